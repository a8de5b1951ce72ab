package manifests

import (
	"bytes"
	"encoding/pem"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	mutating   = "linkerd-gcm-webhook-config"
	validating = "linkerd-gcm-validator-webhook-config"
)

// webhook is what the two kinds of webhooks have in common.
type webhook struct {
	Name, Path    string
	Rule          admissionv1.RuleWithOperations
	client        admissionv1.WebhookClientConfig
	namespaces    *metav1.LabelSelector
	failurePolicy admissionv1.FailurePolicyType
}

func webhooksOf(t *testing.T, objects []runtime.Object) []webhook {
	t.Helper()
	var found []webhook
	add := func(name string, rules []admissionv1.RuleWithOperations, client admissionv1.WebhookClientConfig, namespaces *metav1.LabelSelector, policy *admissionv1.FailurePolicyType) {
		if len(rules) != 1 {
			t.Fatalf("%s has %d rules, want one", name, len(rules))
		}
		path := ""
		if client.Service != nil {
			path = *client.Service.Path
		}
		found = append(found, webhook{name, path, rules[0], client, namespaces, *policy})
	}
	for _, w := range the[*admissionv1.MutatingWebhookConfiguration](t, objects, mutating).Webhooks {
		add(w.Name, w.Rules, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
	}
	for _, w := range the[*admissionv1.ValidatingWebhookConfiguration](t, objects, validating).Webhooks {
		add(w.Name, w.Rules, w.ClientConfig, w.NamespaceSelector, w.FailurePolicy)
	}
	return found
}

func TestWhichRequestsTheWebhooksGet(t *testing.T) {
	rule := func(resource string, scope admissionv1.ScopeType, operations ...admissionv1.OperationType) admissionv1.RuleWithOperations {
		return admissionv1.RuleWithOperations{Operations: operations, Rule: admissionv1.Rule{
			APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{resource}, Scope: &scope,
		}}
	}
	const namespaced, cluster = admissionv1.NamespacedScope, admissionv1.ClusterScope
	want := []webhook{
		{Name: "gcm-injector.linkerd.io", Path: "/mutate-pods", Rule: rule("pods", namespaced, "CREATE")},
		{Name: "gcm-validator.linkerd.io", Path: "/validate-config", Rule: rule("namespaces", cluster, "CREATE", "UPDATE")},
		{Name: "gcm-configmap-validator.linkerd.io", Path: "/validate-config", Rule: rule("configmaps", namespaced, "CREATE", "UPDATE", "DELETE")},
	}
	var got []webhook
	for _, w := range webhooksOf(t, objectsOf(t, Options{})) {
		got = append(got, webhook{Name: w.Name, Path: w.Path, Rule: w.Rule})
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(webhook{})); diff != "" {
		t.Error(diff)
	}
}

func TestHowTheAPIServerCallsTheWebhooks(t *testing.T) {
	type call struct {
		Versions     []string
		SideEffects  admissionv1.SideEffectClass
		Timeout      int32
		MatchPolicy  admissionv1.MatchPolicyType
		Reinvocation admissionv1.ReinvocationPolicyType
	}
	want := call{[]string{"v1"}, admissionv1.SideEffectClassNoneOnDryRun, 5, admissionv1.Equivalent, ""}
	forEachVariant(t, func(t *testing.T, _ map[string]any, objects []runtime.Object) {
		for _, w := range the[*admissionv1.MutatingWebhookConfiguration](t, objects, mutating).Webhooks {
			wantMutating := want
			wantMutating.Reinvocation = admissionv1.IfNeededReinvocationPolicy
			got := call{w.AdmissionReviewVersions, *w.SideEffects, *w.TimeoutSeconds, *w.MatchPolicy, *w.ReinvocationPolicy}
			if diff := cmp.Diff(wantMutating, got); diff != "" {
				t.Errorf("%s: %s", w.Name, diff)
			}
		}
		for _, w := range the[*admissionv1.ValidatingWebhookConfiguration](t, objects, validating).Webhooks {
			got := call{w.AdmissionReviewVersions, *w.SideEffects, *w.TimeoutSeconds, *w.MatchPolicy, ""}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", w.Name, diff)
			}
		}
	})
}

func TestTheWebhooksFailOpenUnlessAskedOtherwise(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		want := admissionv1.Ignore
		if values["failurePolicy"] == "Fail" {
			want = admissionv1.Fail
		}
		for _, w := range webhooksOf(t, objects) {
			if w.failurePolicy != want {
				t.Errorf("%s: got failurePolicy %s, want %s", w.Name, w.failurePolicy, want)
			}
		}
	})
}

func TestWhichNamespacesTheWebhooksKeepAwayFrom(t *testing.T) {
	tests := map[string]struct {
		labels labels.Set
		want   bool
	}{
		"the viz namespace, also before Helm labels it": {labels.Set{corev1.LabelMetadataName: "linkerd-viz"}, true},
		"a viz namespace of another name":               {labels.Set{corev1.LabelMetadataName: "metrics", "linkerd.io/extension": "viz"}, true},
		"kube-system":                                   {labels.Set{corev1.LabelMetadataName: "kube-system"}, false},
		"kube-node-lease":                               {labels.Set{corev1.LabelMetadataName: "kube-node-lease"}, false},
		"kube-public":                                   {labels.Set{corev1.LabelMetadataName: "kube-public"}, false},
		"the injector's own":                            {labels.Set{corev1.LabelMetadataName: "somewhere"}, false},
		"one that opts out of Linkerd's webhooks":       {labels.Set{corev1.LabelMetadataName: "linkerd", "config.linkerd.io/admission-webhooks": "disabled"}, false},
	}
	webhooks := webhooksOf(t, objectsOf(t, Options{Namespace: "somewhere"}))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, w := range webhooks {
				selector, err := metav1.LabelSelectorAsSelector(w.namespaces)
				if err != nil {
					t.Fatal(err)
				}
				if got := selector.Matches(test.labels); got != test.want {
					t.Errorf("%s: matches %v, want %v", w.Name, got, test.want)
				}
			}
		})
	}
}

func TestWhichPodsTheInjectorGets(t *testing.T) {
	tests := map[string]struct {
		labels labels.Set
		want   bool
	}{
		"viz's Prometheus":                  {labels.Set{"linkerd.io/extension": "viz", "component": "prometheus", "namespace": "linkerd-viz"}, true},
		"another pod of viz":                {labels.Set{"linkerd.io/extension": "viz", "component": "web"}, false},
		"a Prometheus of somebody else":     {labels.Set{"component": "prometheus"}, false},
		"a Prometheus of another extension": {labels.Set{"linkerd.io/extension": "jaeger", "component": "prometheus"}, false},
		"the injector itself":               {labels.Set{"linkerd.io/extension": "gcm", "component": "gcm-injector"}, false},
		"a pod without labels":              {nil, false},
	}
	configuration := the[*admissionv1.MutatingWebhookConfiguration](t, objectsOf(t, Options{}), mutating)
	selector, err := metav1.LabelSelectorAsSelector(configuration.Webhooks[0].ObjectSelector)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := selector.Matches(test.labels); got != test.want {
				t.Errorf("matches %v, want %v", got, test.want)
			}
		})
	}
}

func TestWhereTheAPIServerFindsTheInjector(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		base, outside := values["webhookURL"].(string)
		for _, w := range webhooksOf(t, objects) {
			if outside {
				want := map[string]string{
					"gcm-injector.linkerd.io":            base + "/mutate-pods",
					"gcm-validator.linkerd.io":           base + "/validate-config",
					"gcm-configmap-validator.linkerd.io": base + "/validate-config",
				}[w.Name]
				if w.client.Service != nil || w.client.URL == nil || *w.client.URL != want {
					t.Errorf("%s: got %v, want only the URL %s", w.Name, w.client, want)
				}
				continue
			}
			service := the[*corev1.Service](t, objects, "gcm-injector")
			want := admissionv1.ServiceReference{Namespace: service.Namespace, Name: service.Name, Path: &w.Path, Port: &service.Spec.Ports[0].Port}
			if diff := cmp.Diff(&want, w.client.Service); diff != "" || w.client.URL != nil {
				t.Errorf("%s: URL %v and %s", w.Name, w.client.URL, diff)
			}
		}
	})
}

func TestTheCABundleIsThereOnlyWhenItIsProvided(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		if values["certificates"] != "provided" {
			stream, err := Render(Options{Values: values})
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(stream, []byte("caBundle:")) {
				t.Error("a caBundle is rendered, and GitOps tools would overwrite the real one with it")
			}
			return
		}
		want := values["providedCertificate"].(map[string]any)["caBundle"].(string)
		for _, w := range webhooksOf(t, objects) {
			if diff := cmp.Diff(want, string(w.client.CABundle)); diff != "" {
				t.Errorf("%s: %s", w.Name, diff)
			}
			if block, _ := pem.Decode(w.client.CABundle); block == nil {
				t.Errorf("%s: the caBundle is not PEM", w.Name)
			}
		}
	})
}

func TestCAInjectorIsAskedForTheCAOfTheServingCertificate(t *testing.T) {
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		want := ""
		if values["certificates"] == "cert-manager" {
			want = "linkerd-gcm/gcm-injector-tls"
		}
		for _, object := range []metav1.Object{
			the[*admissionv1.MutatingWebhookConfiguration](t, objects, mutating),
			the[*admissionv1.ValidatingWebhookConfiguration](t, objects, validating),
		} {
			if got := object.GetAnnotations()["cert-manager.io/inject-ca-from"]; got != want {
				t.Errorf("%s: got %q, want %q", object.GetName(), got, want)
			}
		}
	})
}
