package patches

import (
	"encoding/json"
	"errors"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/sidecars"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/linkerd-gcm/linkerd-gcm/inject/injecttest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/charts"
	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// outcomes says what happens to the pod of each variant that is not simply injected.
var outcomes = map[string]Reason{
	"manual":                "present",
	"manual-always-lower":   "present",
	"manual-ha-persistence": "present",
	"sidecar-example":       "present",
	"rules-only":            MountPathTaken,
	"walpath":               podspec.WALNotOnVolume,
	"walpath-unset":         podspec.WALPathUnknown,
}

func TestCharts(t *testing.T) {
	s := parse(t, nil)
	charts.Each(t, charts.Pod, func(t *testing.T, file charts.File) {
		raw := file.Read(t)
		injection, err := Inject(decode(t, string(raw)), s, nil, "v1.2.3")
		var unsuitable *UnsuitablePodError
		got := Reason("")
		switch {
		case errors.As(err, &unsuitable):
			got = unsuitable.Reason
		case err != nil:
			t.Fatal(err)
		case len(injection.Operations) == 0:
			got = "present"
		}
		if want := outcomes[file.Variant]; got != want {
			t.Fatalf("outcome: want %q, got %q (%v)", want, got, err)
		}
		if got == "" {
			checkAdditive(t, raw, injection)
			checkPodSecurity(t, raw, injection)
		}
	})
}

// TestOracle compares the injected default pod with the pod that the manual procedure
// makes once its mistakes are fixed.
func TestOracle(t *testing.T) {
	s := parse(t, nil)
	charts.Each(t, charts.Pod, func(t *testing.T, file charts.File) {
		if file.Variant != "default" {
			return
		}
		raw, manual := file.Read(t), file.Sibling("manual").Read(t)
		injection, err := Inject(decode(t, string(raw)), s, nil, "v1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		want, got := decode(t, string(manual)), decode(t, string(injecttest.Apply(t, raw, injection.Operations)))
		checkFlags(t, sidecars.Find(&want.Spec), sidecars.Find(&got.Spec))
		for _, name := range []string{stackdriver.Name, "prometheus"} {
			if diff := cmp.Diff(mounts(want, name), mounts(got, name)); diff != "" {
				t.Errorf("mounts of %s (-manual +injected):\n%s", name, diff)
			}
		}
	})
}

// checkFlags wants every flag of the manual container in ours. Its selector has
// a redundant ^, which the default selector leaves out.
func checkFlags(t *testing.T, manual, injected *corev1.Container) {
	t.Helper()
	for _, flag := range manual.Command[1:] {
		flag = strings.Replace(flag, `"^linkerd_job.+"`, `"linkerd_job:.+"`, 1)
		if !slices.Contains(injected.Args, flag) {
			t.Errorf("the manual flag %s has no equal in %v", flag, injected.Args)
		}
	}
}

// mounts returns what a container mounts, by path, whatever the names of the volumes.
// The manual procedure mounts the sidecar's configuration in Prometheus, too, which
// has no effect.
func mounts(pod *corev1.Pod, container string) map[string]string {
	volumes := map[string]string{}
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = v.Name
		if v.ConfigMap != nil {
			volumes[v.Name] = "configmap " + v.ConfigMap.Name
		}
	}
	found := map[string]string{}
	for _, c := range pod.Spec.Containers {
		if c.Name != container {
			continue
		}
		for _, m := range c.VolumeMounts {
			if m.MountPath != "/etc/prometheus/sidecar.yml" {
				found[m.MountPath] = path.Join(volumes[m.Name], m.SubPath)
			}
		}
	}
	return found
}

// checkAdditive wants nothing but additions, every original value where it was,
// and nothing more to add to the result.
func checkAdditive(t *testing.T, raw []byte, injection Injection) {
	t.Helper()
	for _, operation := range injection.Operations {
		if operation.Operation != "add" {
			t.Errorf("operation %s %s", operation.Operation, operation.Path)
		}
	}
	patched := injecttest.Apply(t, raw, injection.Operations)
	before, after := map[string]any{}, map[string]any{}
	leaves(t, raw, before)
	leaves(t, patched, after)
	for pointer, value := range before {
		if diff := cmp.Diff(value, after[pointer]); diff != "" {
			t.Errorf("%s (-before +after):\n%s", pointer, diff)
		}
	}
	again, err := Inject(decode(t, string(patched)), parse(t, nil), nil, "v1.2.3")
	if err != nil || len(again.Operations) > 0 {
		t.Errorf("injecting the injected pod gives %v, %v", again.Operations, err)
	}
}

// leaves collects every scalar and null of a document by its path. Empty lists and
// maps have none; null and empty mean the same to Kubernetes.
func leaves(t *testing.T, document []byte, into map[string]any) {
	t.Helper()
	var root any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	var walk func(at string, node any)
	walk = func(at string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for key := range maps.Keys(node) {
				walk(at+"/"+key, node[key])
			}
		case []any:
			for i, element := range node {
				walk(at+"/"+strconv.Itoa(i), element)
			}
		case nil:
		default:
			into[at] = node
		}
	}
	walk("", root)
}

// checkPodSecurity wants the injected pod to pass "restricted" where the
// original does.
func checkPodSecurity(t *testing.T, raw []byte, injection Injection) {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	violations := func(document []byte) []string {
		pod := decode(t, string(document))
		level := psa.LevelVersion{Level: psa.LevelRestricted, Version: psa.LatestVersion()}
		var found []string
		for _, result := range evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				found = append(found, result.ForbiddenDetail)
			}
		}
		return found
	}
	if diff := cmp.Diff(violations(raw), violations(injecttest.Apply(t, raw, injection.Operations))); diff != "" {
		t.Errorf("violations of Pod Security restricted (-before +after):\n%s", diff)
	}
}

// TestAwkwardPod injects a pod that has every shape that a struct would lose.
func TestAwkwardPod(t *testing.T) {
	containers := []any{map[string]any{
		"name": "prometheus", "args": []string{"--storage.tsdb.path=/data"}, "futureField": map[string]any{"ü": []any{nil, "☃"}},
		"volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/data", "futureOption": true}},
	}}
	for range 99 {
		containers = append(containers, map[string]any{"name": "other", "command": nil, "env": []any{}})
	}
	raw, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"a/b~c": "ü\u2028"}, "futureMeta": 1.5},
		"spec":     map[string]any{"containers": containers, "volumes": nil, "futureSpec": []any{map[string]any{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	injection, err := Inject(decode(t, string(raw)), parse(t, map[string]string{settings.CredentialsSecret: "gcm"}), nil, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	checkAdditive(t, raw, injection)
}
