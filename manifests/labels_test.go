package manifests

import (
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
)

func TestEveryObjectHasLabelsAndAVersion(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		wanted := map[string]string{"linkerd.io/extension": "gcm", "app.kubernetes.io/version": "v0.1.0"}
		if extra, ok := values["commonLabels"].(map[string]any); ok {
			for name, value := range extra {
				wanted[name] = value.(string)
			}
		}
		check := func(what string, labels map[string]string) {
			for name, want := range wanted {
				if got := labels[name]; got != want {
					t.Errorf("%s: label %s is %q, want %q", what, name, got, want)
				}
			}
		}
		for _, object := range objects {
			accessor, err := meta.Accessor(object)
			if err != nil {
				t.Fatal(err)
			}
			what := kindOf(object) + " " + accessor.GetName()
			check(what, accessor.GetLabels())
			by := "linkerd-gcm/cli v0.1.0"
			if len(values) > 0 {
				by += ", with values"
			}
			if got := accessor.GetAnnotations()["linkerd.io/created-by"]; got != by {
				t.Errorf("%s: created by %q", what, got)
			}
			switch typed := object.(type) {
			case *appsv1.Deployment:
				check("the injector's pods", typed.Spec.Template.Labels)
			case *certmanager.Certificate:
				check("the Secret of "+what, typed.Spec.SecretTemplate.Labels)
			}
		}
	})
}

func TestAVersionMakesValidLabels(t *testing.T) {
	for _, object := range objectsOf(t, Options{Version: "v1.2.3-0.20261122150405-0123456789ab+dirty"}) {
		accessor, err := meta.Accessor(object)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range accessor.GetLabels() {
			if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
				t.Errorf("%s %s: label %s: %v", kindOf(object), accessor.GetName(), name, problems)
			}
		}
	}
}

func TestNoLabelOfTheChartCanBeSetByAValue(t *testing.T) {
	own := map[string]bool{}
	for _, object := range objectsOf(t, Options{}) {
		accessor, err := meta.Accessor(object)
		if err != nil {
			t.Fatal(err)
		}
		for name := range accessor.GetLabels() {
			own[name] = true
		}
	}
	for name := range own {
		values := map[string]any{"commonLabels": map[string]any{name: "mine"}}
		if _, err := Render(Options{Values: values}); err == nil {
			t.Errorf("commonLabels may set %s, and the object would have it twice", name)
		}
	}
}
