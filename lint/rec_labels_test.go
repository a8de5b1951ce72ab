package lint

import (
	"strings"
	"testing"
)

func TestRecordedLabels(t *testing.T) {
	for name, test := range map[string]recordingTest{
		"nothing wrong": {rules: recording("sum by (job, instance) (rate(request_total[1m]))")},
		"a label of pods": {
			rules: recording("sum by (job, instance, pod, namespace, version) (rate(request_total[1m]))"),
			want:  []string{"warning REC005 5:50"},
		},
		"a label of pods, copied": {
			rules: recording(`label_replace(sum by (job, instance, app) (rate(request_total[1m])), "svc_app", "$1", "app", "(.*)")`),
		},
		"as many labels as there may be": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}\n"),
		},
		"one label too many": {
			rules: recording("sum by (job, instance) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x, k: x}\n"),
			want:  []string{"error REC007 4:13"},
		},
		"one label too many, which may be missing": {
			rules: recording("sum by (job, instance, direction) (rate(request_total[1m]))", "    labels: {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}\n"),
			want:  []string{"warning REC007 4:13"},
		},
		"the example's namespace": {
			rules: recording(`sum by (job, instance) (rate(request_total{namespace="default"}[1m]))`),
			want:  []string{"warning REC017 5:40"},
		},
	} {
		t.Run(name, test.run)
	}
}

func TestNamesAndValuesOfLabels(t *testing.T) {
	for name, test := range map[string]struct{ rules, want string }{
		"a name that begins with _": {recording(`label_replace(rate(request_total[1m]), "_x", "$1", "direction", "(.*)")`), "REC008 error a_rules.yml:5:51+2"},
		"a value that is too long":  {recording("rate(request_total[1m])", "    labels: {x: "+strings.Repeat("a", 1025)+"}\n"), "REC008 error a_rules.yml:6:17+0"},
		"a value that is not":       {recording("rate(request_total[1m])", "    labels: {x: "+strings.Repeat("a", 1024)+"}\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			expectAbout(t, setup{include: recorded, rules: test.rules}.input(), "REC008", test.want)
		})
	}
}
