package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubernetesyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"
	runtimelog "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/manifests"
)

// manifestVariants returns the values with which the chart is rendered, by name.
func manifestVariants(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../manifests/testdata/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no variants of the chart's values: %v", err)
	}
	variants := map[string]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var values map[string]any
		if err := yaml.Unmarshal(text, &values); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		variants[strings.TrimSuffix(filepath.Base(file), ".yaml")] = values
	}
	return variants
}

// strictClient returns a client that fails the test if the API server warns, or if there
// are unknown fields.
func strictClient(t *testing.T) runtimeclient.Client {
	t.Helper()
	runtimelog.SetLogger(logr.Discard()) // The errors say the same.
	strict := rest.CopyConfig(config)
	strict.WarningHandlerWithContext = warnings{t}
	made, err := runtimeclient.New(strict, runtimeclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return runtimeclient.WithFieldValidation(made, metav1.FieldValidationStrict)
}

type warnings struct{ t *testing.T }

func (w warnings) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	w.t.Errorf("the API server warns: %s", text)
}

func parseObjects(t *testing.T, stream []byte) []*unstructured.Unstructured {
	t.Helper()
	reader := kubernetesyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	var objects []*unstructured.Unstructured
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func renderObjects(t *testing.T, namespace string, values map[string]any) []*unstructured.Unstructured {
	t.Helper()
	stream, err := manifests.Render(manifests.Options{Namespace: namespace, Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return parseObjects(t, stream)
}

// apply is `kubectl apply --server-side`.
func apply(t *testing.T, to runtimeclient.Client, object *unstructured.Unstructured, options ...runtimeclient.ApplyOption) error {
	t.Helper()
	applied := object.DeepCopy()
	options = append(options, runtimeclient.FieldOwner("kubectl"))
	return to.Apply(t.Context(), runtimeclient.ApplyConfigurationFromUnstructured(applied), options...)
}

// removeAtEnd removes objects when the test ends; they may be gone by then.
func removeAtEnd(t *testing.T, from runtimeclient.Client, objects ...*unstructured.Unstructured) {
	t.Helper()
	t.Cleanup(func() {
		// Webhooks are deleted first, so that they are not called for the rest.
		for _, object := range slices.Backward(objects) {
			if err := from.Delete(context.Background(), object); err != nil && !apierrors.IsNotFound(err) {
				t.Errorf("removing %s %s: %v", object.GetKind(), object.GetName(), err)
			}
		}
	})
}

// newNamespace creates a namespace that is removed when the test ends.
func newNamespace(t *testing.T, prefix string, labels, annotations map[string]string) *corev1.Namespace {
	t.Helper()
	name := fmt.Sprintf("%s%d", prefix, rand.Uint32())
	namespace, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := client.CoreV1().Namespaces().Delete(context.Background(), namespace.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Error(err)
		}
	})
	return namespace
}

// eventually waits until the condition returns no error.
func eventually(t *testing.T, condition func() (missing error)) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		missing := condition()
		if missing == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("still after a minute: %v", missing)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// certManagerCRDs installs cert-manager's CustomResourceDefinitions, once, from its Go
// module.
func certManagerCRDs(t *testing.T) {
	t.Helper()
	if err := installCRDs(); err != nil {
		t.Fatal(err)
	}
	// The API server serves them a moment later.
	eventually(t, func() error {
		served, err := client.Discovery().ServerResourcesForGroupVersion("cert-manager.io/v1")
		if err != nil {
			return err
		}
		for _, kind := range certManagerKinds {
			if !slices.ContainsFunc(served.APIResources, func(r metav1.APIResource) bool { return r.Name == kind }) {
				return fmt.Errorf("%s are not served yet", kind)
			}
		}
		return nil
	})
}

var certManagerKinds = []string{"certificates", "issuers"}

var installCRDs = sync.OnceValue(func() error {
	out, err := exec.Command("go", "-C", "..", "mod", "download", "-json", "github.com/cert-manager/cert-manager").Output()
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return err
	}
	admin, err := runtimeclient.New(config, runtimeclient.Options{})
	if err != nil {
		return err
	}
	for _, kind := range certManagerKinds {
		text, err := os.ReadFile(filepath.Join(module.Dir, "deploy", "crds", "cert-manager.io_"+kind+".yaml"))
		if err != nil {
			return err
		}
		definition := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &definition.Object); err != nil {
			return err
		}
		if err := admin.Create(context.Background(), definition); err != nil {
			return err
		}
	}
	return nil
})

func TestManifestsEveryVariantPassesTheAPIServersDryRun(t *testing.T) {
	t.Parallel()
	certManagerCRDs(t)
	namespace := newNamespace(t, "dry-run-", nil, nil).Name
	variants := manifestVariants(t)
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		t.Run(name, func(t *testing.T) {
			strict := strictClient(t)
			for _, object := range renderObjects(t, namespace, variants[name]) {
				if err := apply(t, strict, object, runtimeclient.DryRunAll, runtimeclient.ForceOwnership); err != nil {
					t.Errorf("%s %s: %v", object.GetKind(), object.GetName(), err)
				}
			}
		})
	}
}

func TestManifestsTheCommittedFilesPassTheAPIServersDryRun(t *testing.T) {
	t.Parallel()
	certManagerCRDs(t)
	strict := strictClient(t)
	for _, file := range []string{"install.yaml", "install-cert-manager.yaml"} {
		text, err := os.ReadFile(filepath.Join("../manifests", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range parseObjects(t, text) {
			if object.GetNamespace() != "" {
				continue // The namespace linkerd-gcm does not exist; the variants have namespaces of their own.
			}
			if err := apply(t, strict, object, runtimeclient.DryRunAll, runtimeclient.ForceOwnership); err != nil {
				t.Errorf("%s: %s %s: %v", file, object.GetKind(), object.GetName(), err)
			}
		}
	}
}
