package manifests

import (
	"slices"
	"strings"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// forEachWorkload runs a test for every variant in which the injector runs in the
// cluster.
func forEachWorkload(t *testing.T, test func(t *testing.T, values map[string]any, deployment *appsv1.Deployment, objects []runtime.Object)) {
	t.Helper()
	forEachVariant(t, func(t *testing.T, values map[string]any, objects []runtime.Object) {
		if deployment, ok := find[*appsv1.Deployment](objects, "gcm-injector"); ok {
			test(t, values, deployment, objects)
		} else if values["webhookURL"] == nil {
			t.Error("there is no Deployment")
		}
	})
}

func TestTheInjectorPassesPodSecurityRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	forEachWorkload(t, func(t *testing.T, _ map[string]any, deployment *appsv1.Deployment, objects []runtime.Object) {
		namespace := the[*corev1.Namespace](t, objects, DefaultNamespace)
		if got := namespace.Labels[podsecurity.EnforceLevelLabel]; got != "restricted" {
			t.Errorf("the namespace enforces %q", got)
		}
		level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
		template := deployment.Spec.Template
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec))
		if !result.Allowed {
			t.Error(result.ForbiddenDetail())
		}
		if readOnly := template.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem; readOnly == nil || !*readOnly {
			t.Error("the root file system is writable")
		}
	})
}

func TestTheInjectorIsNotMeshed(t *testing.T) {
	forEachWorkload(t, func(t *testing.T, _ map[string]any, deployment *appsv1.Deployment, _ []runtime.Object) {
		if got := deployment.Spec.Template.Annotations["linkerd.io/inject"]; got != "disabled" {
			t.Errorf("got linkerd.io/inject: %q", got)
		}
	})
}

func TestTheServiceReachesTheWebhookPort(t *testing.T) {
	forEachWorkload(t, func(t *testing.T, _ map[string]any, deployment *appsv1.Deployment, objects []runtime.Object) {
		service := the[*corev1.Service](t, objects, "gcm-injector")
		if !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(deployment.Spec.Template.Labels)) {
			t.Error("the Service does not select the injector's pods")
		}
		port := service.Spec.Ports[0]
		if len(service.Spec.Ports) != 1 || port.Port != 443 {
			t.Errorf("got ports %v, want only 443", service.Spec.Ports)
		}
		want := []corev1.ContainerPort{
			{Name: "webhook", ContainerPort: 10250},
			{Name: "gcm-admin", ContainerPort: 9990},
			{Name: "health", ContainerPort: 9995},
		}
		got := deployment.Spec.Template.Spec.Containers[0].Ports
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if port.TargetPort.String() != want[0].Name {
			t.Errorf("the Service forwards to %s, want %s", port.TargetPort.String(), want[0].Name)
		}
		policy := the[*networkingv1.NetworkPolicy](t, objects, "gcm-injector")
		var open []string
		for _, rule := range policy.Spec.Ingress {
			for _, port := range rule.Ports {
				open = append(open, port.Port.String())
			}
		}
		// A pod's own node, where the kubelet is, always reaches the port for health.
		if diff := cmp.Diff([]string{"webhook", "gcm-admin"}, open); diff != "" {
			t.Errorf("the NetworkPolicy does not open the container's ports: %s", diff)
		}
		if diff := cmp.Diff([]networkingv1.NetworkPolicyEgressRule{{}}, policy.Spec.Egress); diff != "" {
			t.Errorf("the NetworkPolicy blocks the way to the API server: %s", diff)
		}
	})
}

func TestTheNetworkPolicyLetsInWhomTheValuesSay(t *testing.T) {
	from := map[string][]networkingv1.NetworkPolicyPeer{}
	for _, rule := range the[*networkingv1.NetworkPolicy](t, objectsOf(t, Options{Values: variants(t)["everything"]}), "gcm-injector").Spec.Ingress {
		from[rule.Ports[0].Port.String()] = rule.From
	}
	inNamespace := func(name string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": name}}
	}
	if diff := cmp.Diff(map[string][]networkingv1.NetworkPolicyPeer{
		"webhook": {
			{IPBlock: &networkingv1.IPBlock{CIDR: "192.0.2.0/28", Except: []string{"192.0.2.8/32"}}},
			{NamespaceSelector: inNamespace("kube-system"), PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "konnectivity-agent"}}},
		},
		"gcm-admin": {{NamespaceSelector: inNamespace("monitoring")}},
	}, from); diff != "" {
		t.Errorf("who may reach the ports (-want +got):\n%s", diff)
	}
	for _, rule := range the[*networkingv1.NetworkPolicy](t, objectsOf(t, Options{}), "gcm-injector").Spec.Ingress {
		if len(rule.From) > 0 {
			t.Errorf("without values, %s is open to %v only", rule.Ports[0].Port, rule.From)
		}
	}
}

func TestTheCAOfClientsIsMounted(t *testing.T) {
	for name, test := range map[string]struct {
		clients map[string]any
		volume  corev1.VolumeSource
		names   string
	}{
		"a ConfigMap": {
			clients: map[string]any{"caConfigMap": "clients", "names": []any{"kube-apiserver", "other"}},
			volume: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: "clients"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
			}},
			names: "--client-names=kube-apiserver,other",
		},
		"a Secret": {
			clients: map[string]any{"caSecret": "clients"},
			volume:  corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "clients", Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := the[*appsv1.Deployment](t, objectsOf(t, Options{Values: map[string]any{"clientCertificates": test.clients}}), "gcm-injector").Spec.Template.Spec
			container := spec.Containers[0]
			if !slices.Contains(container.Args, "--client-ca-file=/var/run/linkerd-gcm/client-ca/ca.crt") {
				t.Errorf("the flags are %q", container.Args)
			}
			if named := slices.IndexFunc(container.Args, func(arg string) bool { return strings.HasPrefix(arg, "--client-names") }); test.names == "" && named >= 0 ||
				test.names != "" && !slices.Contains(container.Args, test.names) {
				t.Errorf("the flags are %q, want %q", container.Args, test.names)
			}
			if !slices.ContainsFunc(container.VolumeMounts, func(mount corev1.VolumeMount) bool {
				return mount.Name == "client-ca" && mount.MountPath == "/var/run/linkerd-gcm/client-ca" && mount.ReadOnly
			}) {
				t.Errorf("the mounts are %v", container.VolumeMounts)
			}
			for _, volume := range spec.Volumes {
				if volume.Name == "client-ca" {
					if diff := cmp.Diff(test.volume, volume.VolumeSource); diff != "" {
						t.Error(diff)
					}
					return
				}
			}
			t.Error("there is no volume")
		})
	}
}

func TestTwoInjectorsOnTwoNodesByDefault(t *testing.T) {
	forEachWorkload(t, func(t *testing.T, values map[string]any, deployment *appsv1.Deployment, objects []runtime.Object) {
		want := int32(2)
		if replicas, ok := values["replicas"].(float64); ok {
			want = int32(replicas)
		}
		if got := *deployment.Spec.Replicas; got != want {
			t.Errorf("got %d replicas, want %d", got, want)
		}
		spread := deployment.Spec.Template.Spec.TopologySpreadConstraints
		if len(spread) != 1 || spread[0].TopologyKey != corev1.LabelHostname || spread[0].WhenUnsatisfiable != corev1.ScheduleAnyway {
			t.Errorf("the topology spread constraints are %v", spread)
		}
		selectors := []*metav1.LabelSelector{deployment.Spec.Selector, spread[0].LabelSelector}
		budget, ok := find[*policyv1.PodDisruptionBudget](objects, "gcm-injector")
		if ok != (want > 1) {
			t.Errorf("there is a PodDisruptionBudget: %v, with %d replicas", ok, want)
		}
		if ok {
			selectors = append(selectors, budget.Spec.Selector)
		}
		for _, selector := range selectors {
			if diff := cmp.Diff(deployment.Spec.Selector, selector); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestTheFlagsOfTheInjector(t *testing.T) {
	always := []string{
		"--webhook-port=10250", "--metrics-bind-address=:9990", "--health-probe-bind-address=:9995",
		"--namespace=$(POD_NAMESPACE)", "--sidecar-image=$(SIDECAR_IMAGE)",
	}
	info := []string{"--log-level=info", "--log-format=json"}
	selfManaged := []string{"--certificates=self-managed"}
	files := []string{"--certificates=files", "--cert-dir=/var/run/linkerd-gcm/tls"}
	want := map[string][]string{
		"default":      slices.Concat(always, info, selfManaged),
		"one-replica":  slices.Concat(always, info, selfManaged),
		"fail-closed":  slices.Concat(always, info, selfManaged),
		"cert-manager": slices.Concat(always, info, files),
		"provided":     slices.Concat(always, info, files),
		"everything": slices.Concat(always, files, []string{
			"--log-level=debug", "--log-format=plain",
			"--client-ca-file=/var/run/linkerd-gcm/client-ca/ca.crt", "--client-names=kube-apiserver,kube-apiserver.example.com",
			"--allowed-sidecar-images=registry.example:5000/stackdriver-prometheus-sidecar", "--allowed-sidecar-images=registry.example.com/team/",
		}),
	}
	got := map[string][]string{}
	for name, values := range variants(t) {
		deployment, ok := find[*appsv1.Deployment](objectsOf(t, Options{Values: values}), "gcm-injector")
		if ok {
			got[name] = slices.Sorted(slices.Values(deployment.Spec.Template.Spec.Containers[0].Args))
			slices.Sort(want[name])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheServingCertificateIsMountedWhenItIsAFile(t *testing.T) {
	want := map[string]string{"cert-manager": "gcm-injector-tls", "provided": "injector-certificate"}
	forEachWorkload(t, func(t *testing.T, values map[string]any, deployment *appsv1.Deployment, objects []runtime.Object) {
		source, _ := values["certificates"].(string)
		spec := deployment.Spec.Template.Spec
		got := ""
		for _, volume := range spec.Volumes {
			if volume.Secret != nil {
				got = volume.Secret.SecretName
			}
		}
		if got != want[source] {
			t.Fatalf("Secret %q is mounted, want %q", got, want[source])
		}
		mounted := slices.ContainsFunc(spec.Containers[0].VolumeMounts, func(mount corev1.VolumeMount) bool {
			return mount.MountPath == "/var/run/linkerd-gcm/tls" && mount.ReadOnly
		})
		if mounted != (got != "") {
			t.Errorf("the container mounts a certificate: %v", mounted)
		}
		if source == "cert-manager" {
			certificate := the[*certmanager.Certificate](t, objects, "gcm-injector-tls")
			if diff := cmp.Diff([]string{"gcm-injector.linkerd-gcm.svc"}, certificate.Spec.DNSNames); diff != "" || certificate.Spec.SecretName != got {
				t.Errorf("the Certificate writes Secret %s: %s", certificate.Spec.SecretName, diff)
			}
		}
	})
}

func TestTheInjectorDrainsBeforeItStops(t *testing.T) {
	forEachWorkload(t, func(t *testing.T, _ map[string]any, deployment *appsv1.Deployment, _ []runtime.Object) {
		spec := deployment.Spec.Template.Spec
		container := spec.Containers[0]
		drain := container.Lifecycle.PreStop.Sleep.Seconds
		const longestAdmission = 5
		if grace := *spec.TerminationGracePeriodSeconds; drain < 1 || grace <= drain+longestAdmission {
			t.Errorf("sleeps %d s of the %d s before it is killed", drain, grace)
		}
		if live, ready := container.LivenessProbe.HTTPGet, container.ReadinessProbe.HTTPGet; live.Path != "/healthz" || ready.Path != "/readyz" ||
			live.Port.String() != "health" || ready.Port.String() != "health" {
			t.Errorf("the probes request %v and %v", live, ready)
		}
		if surge := deployment.Spec.Strategy.RollingUpdate; surge.MaxUnavailable.IntValue() != 0 {
			t.Errorf("a rollout stops %v injectors before new ones are ready", surge.MaxUnavailable)
		}
	})
}

func TestPlacementIsWhatTheValuesSay(t *testing.T) {
	values := variants(t)["everything"]
	spec := the[*appsv1.Deployment](t, objectsOf(t, Options{Values: values}), "gcm-injector").Spec.Template.Spec
	seconds := int64(60)
	if diff := cmp.Diff([]corev1.Toleration{
		{Key: "dedicated", Operator: "Equal", Value: "true", Effect: "NoExecute", TolerationSeconds: &seconds},
		{Operator: "Exists"},
	}, spec.Tolerations); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"kubernetes.io/os": "linux", "cloud.google.com/gke-nodepool": "system", "123": "456"}, spec.NodeSelector); diff != "" {
		t.Error(diff)
	}
	if spec.PriorityClassName != "system-cluster-critical" {
		t.Errorf("got priority class %q", spec.PriorityClassName)
	}
	if affinity := spec.Affinity; affinity == nil || len(affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) != 1 {
		t.Errorf("got affinity %v", affinity)
	}
	if diff := cmp.Diff([]corev1.LocalObjectReference{{Name: "registry-credentials"}}, spec.ImagePullSecrets); diff != "" {
		t.Error(diff)
	}
	container := spec.Containers[0]
	if container.Image != "registry.example:5000/mirror/linkerd-gcm:v9.8.7" || container.ImagePullPolicy != corev1.PullAlways {
		t.Errorf("got image %s, pulled %s", container.Image, container.ImagePullPolicy)
	}
	if got := container.Resources.Limits.Cpu().String(); got != "1" {
		t.Errorf("got CPU limit %s", got)
	}
}

func TestTheSidecarImageIsTheInjectorsOwnUnlessAValueNamesOne(t *testing.T) {
	for name, values := range variants(t) {
		deployment, ok := find[*appsv1.Deployment](objectsOf(t, Options{Values: values}), "gcm-injector")
		if !ok {
			continue
		}
		container := deployment.Spec.Template.Spec.Containers[0]
		want := container.Image
		if given, ok := values["sidecarImage"].(string); ok {
			want = given
		}
		if got := sidecarImage(container); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// sidecarImage returns the image that an injector's flag --sidecar-image names.
func sidecarImage(injector corev1.Container) string {
	if !slices.Contains(injector.Args, "--sidecar-image=$(SIDECAR_IMAGE)") {
		return ""
	}
	for _, variable := range injector.Env {
		if variable.Name == "SIDECAR_IMAGE" {
			return variable.Value
		}
	}
	return ""
}
