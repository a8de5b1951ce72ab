package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestAggregatedCountersAreJudgedWhereTheyStand(t *testing.T) {
	const counters = "aggregated_counters:\n"
	for name, c := range map[string]struct {
		config string
		rules  string
		want   []string
	}{
		"a good counter is no more than billed": {
			config: "- metric: requests\n  filters: ['request_total{direction=\"inbound\"}']\n",
			want:   []string{"AGG004 warning 2:3+0"},
		},
		"the second counter of a name": {
			config: "- metric: requests\n  filters: [request_total]\n- metric: requests\n  filters: [response_total]\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG001 error 4:11+8"},
		},
		"a filter that cannot be read": {
			config: "- metric: requests\n  filters:\n  - request_total{direction=inbound}\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG002 error 4:29+7"},
		},
		"a counter without filters": {
			config: "- metric: requests\n  help: all of them\n",
			want:   []string{"AGG003 warning 2:11+8", "AGG004 warning 2:3+0"},
		},
		"a name of the sidecar's own": {
			config: "- metric: prometheus_sidecar/dropped_series\n  filters: [request_total]\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG006 error 2:11+33"},
		},
		"no name": {
			config: "- filters: [request_total]\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG006 error 2:3+0"},
		},
		"a name with a dot, of which the sources disagree": {
			config: "- metric: linkerd.requests\n  filters: [request_total]\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG006 warning 2:11+16"},
		},
		"a filter that matches a rate": {
			config: "- metric: requests\n  filters: ['{__name__=~\"linkerd_job:.+\"}']\n",
			rules:  "groups:\n- name: a\n  rules:\n  - record: linkerd_job:request_rate:5m\n    expr: rate(request_total[5m])\n",
			want:   []string{"AGG004 warning 2:3+0", "AGG007 error 3:14+28"},
		},
		"a filter that matches a recorded counter": {
			config: "- metric: requests\n  filters: ['{__name__=~\"linkerd_job:.+\"}']\n",
			rules:  "groups:\n- name: a\n  rules:\n  - record: linkerd_job:request_total:sum\n    expr: sum without (le) (request_total)\n",
			want:   []string{"AGG004 warning 2:3+0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := lint.Input{SidecarConfig: text("sidecar.yml", counters+c.config)}
			if c.rules != "" {
				in.RuleFiles = []lint.Text{*text("recording_rules.yml", c.rules)}
			}
			if diff := cmp.Diff(inOrderOf(c.want), places(lint.Checked(t, in), "AGG")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheBackendThatCountersTurnOnMayBeAskedFor(t *testing.T) {
	for backend, want := range map[string][]string{"stackdriver": nil, "prometheus": {"AGG004 warning 2:3+0"}} {
		in := lint.Input{SidecarConfig: text("sidecar.yml", "aggregated_counters:\n- metric: requests\n  filters: [request_total]\n")}
		in.Pod = &lint.Pod{Path: "spec", Spec: &corev1.PodSpec{Containers: []corev1.Container{{
			Name: stackdriver.Name, Args: []string{"--include=request_total", "--monitoring.backend=" + backend},
		}}}}
		if diff := cmp.Diff(want, places(lint.Checked(t, in), "AGG")); diff != "" {
			t.Errorf("with --monitoring.backend=%s (-want +got):\n%s", backend, diff)
		}
	}
}
