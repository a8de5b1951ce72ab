package manifests

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestEveryVariantRendersTheSameBytesTwice(t *testing.T) {
	for name, values := range variants(t) {
		t.Run(name, func(t *testing.T) {
			first, err := Render(Options{Values: values})
			if err != nil {
				t.Fatal(err)
			}
			second, err := Render(Options{Values: values})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(first), string(second)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheNamespaceComesFirstAndTheWebhookConfigurationsLast(t *testing.T) {
	forEachVariant(t, func(t *testing.T, _ map[string]any, objects []runtime.Object) {
		var kinds []string
		for _, object := range objects {
			kinds = append(kinds, kindOf(object))
		}
		last := len(kinds) - 2
		if kinds[0] != "Namespace" || kinds[last] != "MutatingWebhookConfiguration" || kinds[last+1] != "ValidatingWebhookConfiguration" {
			t.Errorf("the order is %v", kinds)
		}
		if slices.Index(kinds, "Certificate") > slices.Index(kinds, "Deployment") {
			t.Errorf("the Certificate comes after the Deployment that waits for it: %v", kinds)
		}
	})
}

func TestWhatIsRendered(t *testing.T) {
	always := []string{
		"ClusterRole/linkerd-gcm-injector",
		"ClusterRoleBinding/linkerd-gcm-injector",
		"MutatingWebhookConfiguration/linkerd-gcm-webhook-config",
		"Namespace/linkerd-gcm",
		"ServiceAccount/gcm-injector",
		"ValidatingWebhookConfiguration/linkerd-gcm-validator-webhook-config",
	}
	inCluster := []string{"Deployment/gcm-injector", "NetworkPolicy/gcm-injector", "Service/gcm-injector"}
	budget := []string{"PodDisruptionBudget/gcm-injector"}
	selfManaged := []string{"Role/gcm-injector", "RoleBinding/gcm-injector"}
	certManager := []string{
		"Certificate/gcm-injector-issuer", "Certificate/gcm-injector-tls",
		"Issuer/gcm-injector", "Issuer/gcm-injector-self-signed",
	}
	check := []string{"ClusterRole/linkerd-gcm-check"}
	want := map[string][]string{
		"default":              slices.Concat(always, check, inCluster, budget, selfManaged),
		"one-replica":          slices.Concat(always, inCluster, selfManaged),
		"fail-closed":          slices.Concat(always, check, inCluster, budget, selfManaged),
		"cert-manager":         slices.Concat(always, check, inCluster, budget, certManager),
		"everything":           slices.Concat(always, check, []string{"Role/linkerd-gcm-check"}, inCluster, budget, certManager),
		"provided":             slices.Concat(always, check, inCluster, budget),
		"webhook-url":          slices.Concat(always, check, selfManaged),
		"webhook-url-provided": slices.Concat(always, check),
	}
	got := map[string][]string{}
	for name, values := range variants(t) {
		for _, object := range objectsOf(t, Options{Values: values}) {
			got[name] = append(got[name], kindOf(object)+"/"+nameOf(object))
		}
		slices.Sort(got[name])
		slices.Sort(want[name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEverythingGoesToTheNamespaceOfTheRelease(t *testing.T) {
	for name, values := range variants(t) {
		t.Run(name, func(t *testing.T) {
			stream, err := Render(Options{Namespace: "123", Values: values})
			if err != nil {
				t.Fatal(err)
			}
			for _, object := range decode(t, stream) {
				accessor, err := meta.Accessor(object)
				if err != nil {
					t.Fatal(err)
				}
				clusterScoped := strings.HasPrefix(kindOf(object), "Cluster") || strings.HasSuffix(kindOf(object), "WebhookConfiguration")
				if got := accessor.GetNamespace(); kindOf(object) != "Namespace" && !clusterScoped && got != "123" {
					t.Errorf("%s %s goes to namespace %q", kindOf(object), accessor.GetName(), got)
				}
			}
			text := string(stream)
			for _, line := range strings.Split(text, "\n") {
				if strings.Contains(line, DefaultNamespace+`"`) || strings.Contains(line, "."+DefaultNamespace+".") {
					t.Errorf("the default namespace is still in %q", line)
				}
			}
		})
	}
}

func TestTheVersionIsTheImageTagUnlessAValueSaysOtherwise(t *testing.T) {
	tests := map[string]struct {
		options Options
		want    string
	}{
		"the chart's own version":                     {Options{}, "ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0"},
		"the version that is passed in":               {Options{Version: "v1.2.3"}, "ghcr.io/linkerd-gcm/linkerd-gcm:v1.2.3"},
		"a version that is not a valid image tag":     {Options{Version: "v1.2.3+dirty"}, "ghcr.io/linkerd-gcm/linkerd-gcm:v1.2.3_dirty"},
		"the tag in the values overrides the version": {Options{Version: "v1.2.3", Values: image("tag", "v2")}, "ghcr.io/linkerd-gcm/linkerd-gcm:v2"},
		"the repository is that of the values":        {Options{Version: "v1.2.3", Values: image("repository", "r.example/i")}, "r.example/i:v1.2.3"},
		"a digest needs no tag":                       {Options{Version: "v1.2.3", Values: image("digest", digest)}, "ghcr.io/linkerd-gcm/linkerd-gcm@" + digest},
		"a tag with a digest stays":                   {Options{Values: map[string]any{"image": map[string]any{"tag": "v2", "digest": digest}}}, "ghcr.io/linkerd-gcm/linkerd-gcm:v2@" + digest},
		"a tag that YAML could read as a number":      {Options{Values: image("tag", "1.10")}, "ghcr.io/linkerd-gcm/linkerd-gcm:1.10"},
		"a repository whose host has a port":          {Options{Values: image("repository", "r:5000/i")}, "r:5000/i:v0.1.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			deployment := the[*appsv1.Deployment](t, objectsOf(t, test.options), "gcm-injector")
			container := deployment.Spec.Template.Spec.Containers[0]
			if container.Image != test.want || sidecarImage(container) != test.want {
				t.Errorf("got image %s and sidecar %s, want %s for both", container.Image, sidecarImage(container), test.want)
			}
		})
	}
}

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func image(key, value string) map[string]any {
	return map[string]any{"image": map[string]any{key: value}}
}

func TestHelmDoesNotRenderTheNamespace(t *testing.T) {
	tests := map[string]struct {
		service string
		values  map[string]any
		want    bool
	}{
		"the CLI renders the namespace":           {"CLI", nil, true},
		"Helm does not":                           {"Helm", nil, false},
		"Helm does when a value says so":          {"Helm", map[string]any{"createNamespace": true}, true},
		"the CLI does whatever the value says":    {"CLI", map[string]any{"createNamespace": false}, true},
		"Helm does not when a value says so, too": {"Helm", map[string]any{"createNamespace": false}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stream, err := render(Options{Values: test.values}, test.service)
			if err != nil {
				t.Fatal(err)
			}
			if _, got := find[*corev1.Namespace](decode(t, stream), DefaultNamespace); got != test.want {
				t.Errorf("Namespace rendered: %v, want %v", got, test.want)
			}
		})
	}
}

func TestContradictoryValuesAreRefusedWithASentence(t *testing.T) {
	const pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
	provided := func(secretName, caBundle string) map[string]any {
		return map[string]any{"secretName": secretName, "caBundle": caBundle}
	}
	tests := map[string]struct {
		values map[string]any
		want   string
	}{
		"provided without a CA": {
			map[string]any{"certificates": "provided", "providedCertificate": provided("mine", "")},
			"certificates is `provided`, so providedCertificate.caBundle must hold, in PEM, the CA that signed the certificate",
		},
		"provided with a CA that is base64 already": {
			map[string]any{"certificates": "provided", "providedCertificate": provided("mine", "LS0tLS1CRUdJTg==")},
			"providedCertificate.caBundle must be PEM text with a line `-----BEGIN CERTIFICATE-----`, and must not be base64-encoded",
		},
		"provided without a Secret": {
			map[string]any{"certificates": "provided", "providedCertificate": provided("", pem)},
			"certificates is `provided`, so providedCertificate.secretName must name the Secret with tls.crt and tls.key",
		},
		"a Secret that would not be used": {
			map[string]any{"providedCertificate": provided("mine", "")},
			"providedCertificate is set but certificates is `self-managed`: set certificates to `provided`, or leave providedCertificate empty",
		},
		"a CA that would not be used": {
			map[string]any{"certificates": "cert-manager", "providedCertificate": provided("", pem)},
			"providedCertificate is set but certificates is `cert-manager`: set certificates to `provided`, or leave providedCertificate empty",
		},
		"cert-manager for an injector outside the cluster": {
			map[string]any{"certificates": "cert-manager", "webhookURL": "https://192.0.2.7:10250"},
			"webhookURL is set, and an injector outside the cluster cannot get its certificate from cert-manager: set certificates to `self-managed` or `provided`",
		},
		"two CAs of clients": {
			map[string]any{"clientCertificates": map[string]any{"caConfigMap": "a", "caSecret": "b"}},
			"clientCertificates has both caConfigMap and caSecret: name the CA once",
		},
		"names of clients without a CA": {
			map[string]any{"clientCertificates": map[string]any{"names": []any{"a"}}},
			"clientCertificates.names is set, and no CA: name it in caConfigMap or caSecret, or whoever reaches the port may send admission requests",
		},
		"fail closed on one replica": {
			map[string]any{"failurePolicy": "Fail", "replicas": 1},
			"failurePolicy is `Fail` and replicas is 1: Prometheus could not start during a restart of the injector; set replicas to 2 or more, or failurePolicy to `Ignore`",
		},
		"another extension's label": {
			map[string]any{"commonLabels": map[string]any{"linkerd.io/extension": "viz"}},
			"commonLabels sets `linkerd.io/extension`, which the chart itself sets: remove it",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Render(Options{Values: test.values})
			if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}
