package injection

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// TestConfigurationThatIsBrokenWhileNoInjectorRuns breaks a ConfigMap while no injector runs. The
// next pod is refused, where kubectl describe of its owners shows why; the one that
// runs stays, and once the ConfigMap is fixed the new one starts by itself.
func TestConfigurationThatIsBrokenWhileNoInjectorRuns(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.annotate(annotations())
	first := n.upgrade(nil)
	n.whileDown(func() {
		n.expect(u, "breaking it while no injector runs", applying(configName, configKey, badConfig), answer{})
	})
	before := n.pods()
	n.restart()
	problem := "REN007: ConfigMap " + n.name + "/linkerd-prometheus-sidecar-config, " + badRename
	event := n.awaitEvent("ReplicaSet/prometheus-", "FailedCreate: ")
	for _, piece := range []string{
		`admission webhook "gcm-injector.linkerd.io" denied the request: `, problem, "linkerd:request_rate",
		"Fix this, or annotate the namespace with gcm.linkerd.io/on-invalid=admit to start Prometheus without the sidecar",
	} {
		if !strings.Contains(event, piece) {
			t.Errorf("want the event to say %q, got %s", piece, event)
		}
	}
	n.awaitEvent("Deployment/prometheus Warning InjectionRefused: ", problem)
	if _, runs := n.pods()[first.Name]; !runs {
		t.Errorf("the earlier pod is gone")
	}
	n.expect(u, "fixing it", applying(configName, configKey, sidecarConfig), answer{})
	if diff := cmp.Diff([]string{"prometheus", injected}, containers(n.awaitNewPod(before))); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
}

// TestBrokenConfigurationIsAdmittedOnRequest starts Prometheus without the sidecar,
// and says so in an event and in warnings.
func TestBrokenConfigurationIsAdmittedOnRequest(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.annotate(annotations(settings.OnInvalidConfiguration, "admit"))
	problem := "REN007: ConfigMap " + n.name + "/linkerd-prometheus-sidecar-config, " + badRename
	n.expect(u, "breaking it", applying(configName, configKey, badConfig), answer{warned: []string{problem}})
	if diff := cmp.Diff([]string{"prometheus"}, containers(n.upgrade(nil))); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	n.awaitEvent("Deployment/prometheus Warning InjectionBypassed: the pod starts without the sidecar; ", problem)
	u.warnings = nil
	pod := n.prometheus(nil)
	if err := u.client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"prometheus"}, containers(pod)); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	want := []string{"the pod starts without the sidecar, because its configuration is wrong", problem}
	if len(u.warnings) != 2 || u.warnings[0] != want[0] || !strings.HasPrefix(u.warnings[1], want[1]) {
		t.Errorf("warnings %q, want %q", u.warnings, want)
	}
}

// TestUnlabelledConfigMapIsCheckedWithThePod names a ConfigMap whose changes are not
// sent to the injector, which may contain anything when a pod needs it.
func TestUnlabelledConfigMapIsCheckedWithThePod(t *testing.T) {
	n, u := newNamespace(t, nil), newUser(t)
	n.expect(u, "making it", applying("mine", configKey, sidecarConfig), answer{})
	n.expect(u, "naming it", annotating(flat(annotations(settings.SidecarConfig, "mine"))...), answer{})
	n.expect(u, "breaking it", applying("mine", configKey, badConfig), answer{})
	err := u.client.Create(t.Context(), n.prometheus(nil))
	if want := "REN007: ConfigMap " + n.name + "/mine, " + badRename; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want a refusal that says %s, got %v", want, err)
	}
	n.expect(u, "labelling it", labelling("mine", `{"linkerd.io/extension":"gcm"}`), answer{})
	n.expect(u, "changing it", applying("mine", configKey, badConfig+"# a comment\n", "linkerd.io/extension", "gcm"), answer{warned: []string{"still wrong: REN007: "}})
}

// TestDryRunLeavesNoEvent creates the same pod with each outcome that has an event, in
// dry-runs and for real, with a different owner.
func TestDryRunLeavesNoEvent(t *testing.T) {
	n := newNamespace(t, nil)
	wrong := map[string]string{settings.Location: "<REGION>"}
	outcomes := map[string]map[string]string{
		"Injected":          nil,
		"InjectionRefused":  wrong,
		"InjectionBypassed": {settings.Location: "<REGION>", settings.OnInvalidConfiguration: "admit"},
	}
	n.annotate(annotations())
	create := func(owner, outcome string, options ...client.CreateOption) {
		t.Helper()
		pod := n.prometheus(func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: owner, UID: "uid", Controller: ptr.To(true)}}
			p.Annotations = outcomes[outcome]
		})
		err := kubernetes.Create(t.Context(), pod, options...)
		if refused := outcome == "InjectionRefused"; (err != nil) != refused {
			t.Errorf("%s: error %v", outcome, err)
		}
		if got := slices.Contains(containers(pod), injected); got != (outcome == "Injected") {
			t.Errorf("%s: containers %v", outcome, containers(pod))
		}
	}
	for outcome := range outcomes {
		create("tried", outcome, dryRun)
	}
	// The events of later pods, of another owner, show that earlier ones would be there.
	for outcome := range outcomes {
		create("other", outcome)
		n.awaitEvent("StatefulSet/other ", outcome+": ")
	}
	for _, event := range n.events() {
		if strings.HasPrefix(event, "StatefulSet/tried") {
			t.Errorf("the dry-run left %s", event)
		}
	}
}
