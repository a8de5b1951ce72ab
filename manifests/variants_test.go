package manifests

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	kubernetesyaml "k8s.io/apimachinery/pkg/util/yaml"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// variants reads the values of testdata/values, by file name without extension. The tests
// on a real API server read the same files.
func variants(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("testdata/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no variants: %v", err)
	}
	found := map[string]map[string]any{}
	for _, file := range files {
		found[strings.TrimSuffix(filepath.Base(file), ".yaml")] = readValues(t, file)
	}
	return found
}

func readValues(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return values
}

// forEachVariant runs a test for the objects of every variant.
func forEachVariant(t *testing.T, test func(t *testing.T, values map[string]any, objects []runtime.Object)) {
	t.Helper()
	for name, values := range variants(t) {
		t.Run(name, func(t *testing.T) {
			test(t, values, objectsOf(t, Options{Values: values}))
		})
	}
}

func objectsOf(t *testing.T, options Options) []runtime.Object {
	t.Helper()
	stream, err := Render(options)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, stream)
}

// decode reads a stream of objects as strictly as the API server can: an unknown field, a
// field that appears twice, or one of the wrong type fails the test.
func decode(t *testing.T, stream []byte) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubernetes.AddToScheme, certmanager.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := kubernetesyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream)))
	var objects []runtime.Object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		objects = append(objects, object)
	}
}

// the returns the object of a type with that name, and fails the test if there is none.
func the[T runtime.Object](t *testing.T, objects []runtime.Object, name string) T {
	t.Helper()
	found, ok := find[T](objects, name)
	if !ok {
		t.Fatalf("there is no %T with the name %s", found, name)
	}
	return found
}

func find[T runtime.Object](objects []runtime.Object, name string) (T, bool) {
	for _, object := range objects {
		if typed, ok := object.(T); ok && nameOf(object) == name {
			return typed, true
		}
	}
	var zero T
	return zero, false
}

func nameOf(object runtime.Object) string {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return ""
	}
	return accessor.GetName()
}

func kindOf(object runtime.Object) string {
	return object.GetObjectKind().GroupVersionKind().Kind
}
