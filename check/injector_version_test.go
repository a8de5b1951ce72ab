package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/installed"
	"github.com/linkerd-gcm/linkerd-gcm/internal/names"
)

func TestVersionsAgree(t *testing.T) {
	runIn(t, injectorVersionCheck, map[string]state{
		"no injector":           {options: Options{Version: "1.0.0"}, want: notApplicable},
		"no version":            {objects: []client.Object{injectorDeployment("1.0.0")}, want: notApplicable},
		"the same":              {objects: []client.Object{injectorDeployment("1.0.0")}, options: Options{Version: "1.0.0"}},
		"the same, as a label":  {objects: []client.Object{injectorDeployment("1.0.0_dev")}, options: Options{Version: "1.0.0+dev"}},
		"the injector is older": {objects: []client.Object{injectorDeployment("1.0.0")}, options: Options{Version: "1.1.0"}, want: "the injector is 1.0.0, and this program is 1.1.0"},
	})
}

func TestJudgeVersions(t *testing.T) {
	for name, test := range map[string]struct {
		found InjectorVersion
		own   string
		want  []string
	}{
		"all the same": {InjectorVersion{[]string{"v1.0.0"}, "v1.0.0"}, "v1.0.0", nil},
		"the label is that of another image": {
			InjectorVersion{[]string{"v0.1.0"}, "5d11d99"}, "v0.1.0",
			[]string{"an injector that runs is v0.1.0, and its Deployment is labelled 5d11d99: it is being rolled out, or its image (image.tag, image.digest) is not that of the chart"},
		},
		"the program counts, not the label": {
			InjectorVersion{[]string{"v0.1.0"}, "v0.1.0"}, "v0.2.0",
			[]string{"the injector is v0.1.0, and this program is v0.2.0: upgrade the older one; the injector with " + applyAgain},
		},
		"the injector cannot be asked": {InjectorVersion{nil, "v0.2.0"}, "v0.2.0", nil},
		"this program has no version":  {InjectorVersion{[]string{"v0.2.0"}, "v0.2.0"}, "", nil},
	} {
		if diff := cmp.Diff(test.want, judgeVersions(test.found, test.own, installed.Way{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What injectors say in their metrics is the truth, and what a label says is not.
func TestVersionsInMetrics(t *testing.T) {
	injector := injectorDeployment("1.0.0")
	injector.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"component": names.Injector}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "linkerd-gcm", Name: "a", Labels: injector.Spec.Selector.MatchLabels}}
	runIn(t, injectorVersionCheck, map[string]state{
		"another one": {
			objects: []client.Object{injector, pod},
			texts:   map[string]string{"/api/v1/namespaces/linkerd-gcm/pods/a:9990/proxy/metrics": "# TYPE gcm_injector_build_info gauge\ngcm_injector_build_info{version=\"1.1.0\"} 1\n"},
			want:    "an injector that runs is 1.1.0, and its Deployment is labelled 1.0.0",
		},
	})
}
