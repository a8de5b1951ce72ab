package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the record of a pod says leads to the same settings again.
func TestGivenLeadsToTheSameSettings(t *testing.T) {
	for name, annotations := range map[string]map[string]string{
		"the least": enabled(),
		"no rules":  enabled(RecordingRules, ""),
		"everything": enabled(
			Location, "us-central1", ClusterName, "c", Include, "{a=\"b\"}\n{c=\"d\"}", RecordingRules, "a,b/other_rules.yml",
			SidecarConfig, "mine/other.yml", SidecarImagePullPolicy, "Always", SidecarCPURequest, "20m", SidecarCPULimit, "1",
			SidecarMemoryRequest, "32Mi", SidecarMemoryLimit, "128Mi", SidecarLogLevel, "debug", SidecarLogFormat, "json",
			MetricsPrefix, "custom.googleapis.com/a", CredentialsSecret, "s", PrometheusContainer, "p",
		),
	} {
		t.Run(name, func(t *testing.T) {
			want, problems := Parse(annotations, nil, Defaults{})
			again := map[string]string{Inject: "enabled"}
			for key, value := range want.Given() {
				again[Prefix+key] = value
			}
			got, more := Parse(again, nil, Defaults{})
			if diff := cmp.Diff(want, got); diff != "" || len(problems)+len(more) > 0 {
				t.Errorf("problems %v %v, settings (-want +got):\n%s", problems, more, diff)
			}
			if len(want.Given()) > len(annotations) {
				t.Errorf("%v has more than was given", want.Given())
			}
		})
	}
}

func TestGivenKnowsEveryAnnotation(t *testing.T) {
	for _, a := range Annotations {
		if _, known := values[a.Key]; !known && a.Key != Inject && a.Key != OnInvalidConfiguration {
			t.Errorf("a pod's record does not say what %s was: add it to the table in given.go", a.Key)
		}
	}
}
