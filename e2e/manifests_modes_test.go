package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// The ways in which kubectl applies.
var (
	clientSide = []string{"apply", "-f", "-"}
	serverSide = []string{"apply", "--server-side", "-f", "-"}
)

// changed are values that differ from those of every variant.
var changed = map[string]any{
	"replicas":  4,
	"resources": map[string]any{"limits": map[string]any{"cpu": "2000m", "memory": "300Mi"}},
	"logLevel":  "warn",
	"networkPolicy": map[string]any{"metricsFrom": []any{
		map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "prometheus"}}},
	}},
	"sidecarImage":  "registry.example/sidecar:2",
	"failurePolicy": "Fail",
}

// No way to apply conflicts with another one, and what changes arrives. The webhook
// configurations have the same name in the whole cluster, so these tests do not run in
// parallel with others.
func TestManifestsTheWaysToApplyDoNotConflict(t *testing.T) {
	certManagerCRDs(t)
	variants := manifestVariants(t)
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		t.Run(name+", first client-side", func(t *testing.T) {
			applyInTurn(t, variants[name], clientSide, serverSide, clientSide, serverSide)
		})
	}
	for _, name := range []string{"default", "everything"} {
		t.Run(name+", first server-side", func(t *testing.T) {
			applyInTurn(t, variants[name], serverSide, clientSide, serverSide)
		})
	}
}

// applyInTurn applies with kubectl in several ways, one after the other, with the given
// values and changed ones in turn.
func applyInTurn(t *testing.T, values map[string]any, ways ...[]string) {
	t.Helper()
	namespace := fmt.Sprintf("modes-%d", rand.Uint32())
	other := maps.Clone(values)
	maps.Copy(other, changed)
	strict := strictClient(t)
	for i, way := range ways {
		now := []map[string]any{values, other}[i%2]
		stream, err := manifests.Render(manifests.Options{Namespace: namespace, Values: now})
		if err != nil {
			t.Fatal(err)
		}
		objects := parseObjects(t, stream)
		if i == 0 {
			removeAtEnd(t, strict, objects...)
		}
		if printed, err := kubectl(t, string(stream), way...); err != nil {
			t.Errorf("%s, after %v: %v\n%s", strings.Join(way, " "), ways[:i], err, printed)
		}
		for _, object := range objects {
			for _, missing := range missingFrom(object.Object, liveObject(t, strict, object).Object, "") {
				t.Errorf("%s, after %v: %s %s has not arrived: %s", strings.Join(way, " "), ways[:i], object.GetKind(), object.GetName(), missing)
			}
		}
	}
}

// missingFrom returns the fields that were applied and do not have that value in the
// cluster. A list has to have the same length there, and its elements the same order.
func missingFrom(applied, live any, path string) []string {
	var missing []string
	switch applied := applied.(type) {
	case map[string]any:
		fields, ok := live.(map[string]any)
		for name, value := range applied {
			missing = append(missing, missingFrom(value, fields[name], path+"."+name)...)
		}
		if ok || len(missing) > 0 {
			return missing
		}
	case []any:
		if elements, ok := live.([]any); ok && len(elements) == len(applied) {
			for i, value := range applied {
				missing = append(missing, missingFrom(value, elements[i], fmt.Sprintf("%s[%d]", path, i))...)
			}
			return missing
		}
	default:
		if fmt.Sprint(applied) == fmt.Sprint(live) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %v, want %v", path, live, applied)}
}

// kubectl runs kubectl, and returns what it prints.
func kubectl(t *testing.T, stdin string, arguments ...string) (string, error) {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	paths, err := programs.Ensure(t.Context(), root, t.Output(), programs.Kubectl)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), paths[programs.Kubectl], append([]string{"--kubeconfig=" + kubeconfig}, arguments...)...)
	var printed bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &printed, &printed
	err = command.Run()
	return printed.String(), err
}
