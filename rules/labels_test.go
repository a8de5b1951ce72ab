package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordingRule returns the only rule of a file that records expr.
func recordingRule(t *testing.T, expr string) *Rule {
	t.Helper()
	text := "groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      " + strings.ReplaceAll(expr, "\n", "\n      ") + "\n"
	file, errs := Parse([]byte(text))
	if len(errs) > 0 {
		t.Fatalf("Parse(%s): %v", expr, errs)
	}
	return file.Rules()[0]
}

func TestLabels(t *testing.T) {
	const (
		every   = "others: if the source has it"
		nothing = "others: absent"
	)
	tests := []struct{ name, expr, want string }{
		{"a bare selector keeps every label", `x`, every},
		{"an equality matcher pins the label", `x{job="a"}`, `job: always "a"; ` + every},
		{"an equality matcher with the empty value removes the label", `x{job=""}`, "job: absent; " + every},
		{"a regular expression of literals pins a set", `x{job=~"b|a"}`, `job: always "a" "b"; ` + every},
		{"a set that holds the empty value leaves the label open", `x{job=~"a|"}`, `job: if the source has it "a"; ` + every},
		{"a matcher that refuses the empty value makes the label certain", `x{job!=""}`, "job: always; " + every},
		{".+ makes the label certain", `x{job=~".+"}`, "job: always; " + every},
		{"!= says nothing of the label", `x{job!="a"}`, "job: if the source has it; " + every},
		{"two matchers of a label hold together", `x{job=~"a|b",job!="",job=~"b|c"}`, `job: always "b"; ` + every},
		{"a range function keeps the labels", `rate(x{job="a"}[5m])`, `job: always "a"; ` + every},
		{"an offset and an @ modifier change nothing", `x{job="a"} offset 5m @ 3`, `job: always "a"; ` + every},
		{"parentheses and minus change nothing", `-(x{job="a"})`, `job: always "a"; ` + every},
		{"a subquery keeps the labels", `max_over_time(rate(x{job="a"}[1m])[5m:])`, `job: always "a"; ` + every},

		{"sum alone drops all", `sum(x{job="a"})`, nothing},
		{"by keeps what it names", `sum by (job, pod) (x{job="a"})`, `job: always "a"; pod: if the source has it; ` + nothing},
		{"by after the argument is the same", `sum(x) by (pod)`, "pod: if the source has it; " + nothing},
		{"an empty by drops all", `sum by () (x)`, nothing},
		{"by cannot bring back what was dropped", `sum by (job, pod) (sum by (pod) (x))`, "pod: if the source has it; " + nothing},
		{"without drops what it names", `sum without (pod) (x)`, "pod: absent; " + every},
		{"an empty without keeps all", `sum without () (x)`, every},
		{"without after by", `sum without (pod) (sum by (job, pod) (x))`, "job: if the source has it; " + nothing},
		{"topk keeps all in spite of by", `topk by (job) (3, x)`, every},
		{"bottomk keeps all", `bottomk(3, x)`, every},
		{"count_values adds a label", `count_values by (job) ("version", x)`, "job: if the source has it; version: always, altered; " + nothing},
		{"count_values without drops its own label again", `count_values without (version) ("version", x)`, "version: absent; " + every},
		{"quantile and group drop as sum does", `quantile by (job) (0.9, group by (job, pod) (x))`, "job: if the source has it; " + nothing},

		{"a scalar operand leaves the labels", `2 * x{job="a"} + 1`, `job: always "a"; ` + every},
		{"two scalars have none", `1 + time()`, nothing},
		{"a match on all labels keeps what both have", `sum by (job, pod) (x) / sum by (job) (y)`, "job: if the source has it; pod: absent; " + nothing},
		{"on keeps what it names", `x / on (job, pod) y`, "job: if the source has it; pod: if the source has it; " + nothing},
		{"on with a pinned label pins both", `x / on (job) y{job="a"}`, `job: always "a"; ` + nothing},
		{"ignoring drops what it names", `x / ignoring (pod) y`, "pod: absent; " + every},
		{"group_left keeps the left side's labels", `x * on (pod) group_left sum by (pod) (y)`, "pod: if the source has it; " + every},
		{"group_left copies labels of the right side", `x * on (pod) group_left (node) sum by (pod, node) (y)`, "node: if the source has it, copied; pod: if the source has it; " + every},
		{"group_left removes what the right side lacks", `x * on (pod) group_left (node) sum by (pod) (y)`, "node: absent; pod: if the source has it; " + every},
		{"group_right keeps the right side's labels", `sum by (pod) (y) * on (pod) group_right x{job="a"}`, `job: always "a"; pod: if the source has it; ` + every},
		{"a comparison keeps the labels", `x{job="a"} > 5`, `job: always "a"; ` + every},
		{"a comparison with bool does too", `5 < bool x{job="a"}`, `job: always "a"; ` + every},
		{"and keeps the left side", `x and on (job) y{job="a"}`, `job: always "a"; ` + every},
		{"unless keeps the left side", `x{job="a"} unless on () y`, `job: always "a"; ` + every},
		{"or keeps on some series what one side has", `sum by (job) (x{job="a"}) or vector(0)`, `job: on some series "a"; ` + nothing},
		{"or joins the values of both sides", `x{job="a"} or y{job="b"}`, `job: always "a" "b"; ` + every},

		{"absent has what its matchers pin", `absent(x{job="a", pod=~"b", node!="c"})`, `job: always, constant "a"; ` + nothing},
		{"absent removes a label that two matchers name", `absent(x{job="a", job="b"})`, nothing},
		{"absent of an expression has no labels", `absent(sum(x{job="a"}))`, nothing},
		{"absent_over_time is the same", `absent_over_time(x{job="a"}[5m])`, `job: always, constant "a"; ` + nothing},
		{"vector, scalar, time and numbers have none", `vector(scalar(x{job="a"}) + time() + 1)`, nothing},
		{"a date function without argument has none", `hour()`, nothing},
		{"a date function keeps the labels", `hour(x{job="a"})`, `job: always "a"; ` + every},
		{"histogram_quantile drops le", `histogram_quantile(0.9, sum by (job, le) (rate(x_bucket[5m])))`, "job: if the source has it; " + nothing},
		{"histogram_quantile of a selector drops le alone", `histogram_quantile(0.9, rate(x_bucket[5m]))`, "le: absent; " + every},
		{"sort keeps all", `sort_desc(x{job="a"})`, `job: always "a"; ` + every},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, recordingRule(t, test.expr).Labels.String()); diff != "" {
				t.Errorf("labels of %s (-want +got):\n%s", test.expr, diff)
			}
		})
	}
}

func TestLabelReplaceAndJoin(t *testing.T) {
	const every = "others: if the source has it"
	tests := []struct{ name, expr, want string }{
		{"(.*) and $1 copy a label", `label_replace(x, "svc_app", "$1", "app", "(.*)")`, "svc_app: if the source has it, copied; " + every},
		{"(.+) leaves series without the source alone", `label_replace(sum by (app) (x), "svc_app", "$1", "app", "(.+)")`, "app: if the source has it; svc_app: if the source has it, copied; others: absent"},
		{"a known source is worked out", `label_replace(x{app="web-1"}, "svc", "${1}", "app", "(\\w+)-.*")`, `app: always "web-1"; svc: always, altered "web"; ` + every},
		{"a known source that does not match changes nothing", `label_replace(x{app="web"}, "svc", "no", "app", "db")`, `app: always "web"; svc: if the source has it; ` + every},
		{"a constant that always matches", `label_replace(x, "job", "b", "app", ".*")`, `job: always, constant "b"; ` + every},
		{"a constant that matches at times", `label_replace(x{job="a"}, "job", "b", "app", "web.*")`, `job: always, altered "a" "b"; ` + every},
		{"an empty replacement removes the label", `label_replace(x, "job", "", "job", ".*")`, "job: absent; " + every},
		{"an empty replacement that matches at times", `label_replace(x{job=~".+"}, "job", "", "app", "web.*")`, "job: on some series; " + every},
		{"a reference to no group removes the label", `label_replace(x, "job", "$1_x", "job", "(.*)")`, "job: absent; " + every},
		{"a part of a label is altered", `label_replace(x, "instance", "$1", "instance", "([^:]+):.*")`, "instance: if the source has it, altered; " + every},
		{"a part that may be empty can remove the label", `label_replace(x, "instance", "$1", "instance", "(.*):.*")`, "instance: on some series, altered; " + every},
		{"a dropped source is the empty value", `label_replace(sum by (job) (x), "a", "<$1>", "pod", "(.*)")`, `a: always, altered "<>"; job: if the source has it; others: absent`},
		{"the same label through (.*) is unchanged", `label_replace(x, "job", "$1", "job", "(.*)")`, "job: if the source has it; " + every},

		{"label_join makes a label", `label_join(x, "all", "-", "job", "pod")`, "all: always, altered; " + every},
		{"label_join of known values", `label_join(x{job="a", pod="b"}, "all", "-", "job", "pod")`, `all: always, altered "a-b"; job: always "a"; pod: always "b"; ` + every},
		{"label_join of one label copies it", `label_join(x{job="a"}, "svc", "-", "job")`, `job: always "a"; svc: always, copied "a"; ` + every},
		{"label_join of nothing removes the label", `label_join(x, "job", "-")`, "job: absent; " + every},
		{"label_join of dropped labels without separator", `label_join(sum by (job) (x), "job", "", "pod", "node")`, "job: absent; others: absent"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, recordingRule(t, test.expr).Labels.String()); diff != "" {
				t.Errorf("labels of %s (-want +got):\n%s", test.expr, diff)
			}
		})
	}
}
