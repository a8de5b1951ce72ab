package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

const oneRule = "groups:\n- name: g\n  rules:\n  - record: r\n    expr: x\n"

func TestParseErrors(t *testing.T) {
	const rule = "groups:\n- name: g\n  rules:\n  - record: r\n    "
	tests := []struct {
		name, text string
		want       []string
	}{
		{"no problem", oneRule, nil},
		{"an empty file", "", nil},
		{"a file of comments", "# nothing\n", nil},
		{"null", "groups:\n", nil},

		{"a tab as indentation", "groups:\n\t- name: g\n", []string{`2:1: not valid YAML: found character that cannot start any token`}},
		{"an open bracket", "groups: [\n", []string{"1:1: not valid YAML: did not find expected node content"}},
		{"an unknown key of the file", "grups: []\n", []string{"1:1: field grups not found in the file"}},
		{"an unknown key of a group", "groups:\n- name: g\n  intervall: 5s\n", []string{"3:3: field intervall not found in a group"}},
		{"an unknown key of a rule", oneRule + "    label: {}\n", []string{"6:5: field label not found in a rule"}},
		{"two unknown keys", oneRule + "    label: {}\n    annotation: {}\n", []string{"6:5: field label not found in a rule", "7:5: field annotation not found in a rule"}},
		{"a key twice", oneRule + "    expr: y\n", []string{`6:5: mapping key "expr" already defined at line 5`}},
		{"a map in place of a list", "groups: {}\n", []string{"1:1: cannot unmarshal a map into a list of groups"}},
		{"an interval without unit", "groups:\n- name: g\n  interval: 5\n", []string{`3:13: not a valid duration string: "5"`}},
		{"a limit that is not a number", "groups:\n- name: g\n  limit: many\n", []string{"3:3: cannot unmarshal the string `many` into int"}},

		{"a group without a name", "groups:\n- rules: []\n", []string{"2:3: Groupname must not be empty"}},
		{"a group that is null is left out", "groups:\n-\n- rules: []\n", []string{"3:3: Groupname must not be empty"}},
		{"a group name twice", "groups:\n- name: g\n- name: g\n", []string{`3:9: groupname: "g" is repeated in the same file`}},

		{"a rule that is null is left out", "groups:\n- name: g\n  rules:\n  -\n  - labels: {}\n", []string{
			`5:5: group "g", rule 1, "": field 'expr' must be set in rule`,
			`5:5: group "g", rule 1, "": one of 'record' or 'alert' must be set`,
		}},
		{"a rule with record and alert", oneRule + "    alert: a\n", []string{`4:13: group "g", rule 1, "a": only one of 'record' and 'alert' must be set`}},
		{"no expression", "groups:\n- name: g\n  rules:\n  - record: r\n", []string{`4:5: group "g", rule 1, "r": field 'expr' must be set in rule`}},
		{"an empty expression", rule + "expr: ''\n", []string{`5:11: group "g", rule 1, "r": field 'expr' must be set in rule`}},
		{"an expression that is a map", rule + "expr: {a: b}\n", []string{`5:11: group "g", rule 1, "r": field 'expr' must be set in rule`}},
		{"annotations on a recording rule", oneRule + "    annotations: {a: b}\n", []string{`6:5: group "g", rule 1, "r": invalid field 'annotations' in recording rule`}},
		{"for on a recording rule", oneRule + "    for: 5m\n", []string{`6:5: group "g", rule 1, "r": invalid field 'for' in recording rule`}},
		{"keep_firing_for on a recording rule", oneRule + "    keep_firing_for: 5m\n", []string{`6:5: group "g", rule 1, "r": invalid field 'keep_firing_for' in recording rule`}},

		{"a record name with a dash", "groups:\n- name: g\n  rules:\n  - record: a-b\n    expr: x\n", []string{`4:13: group "g", rule 1, "a-b": invalid recording rule name: a-b`}},
		{"a record name that UTF-8 would allow", "groups:\n- name: g\n  rules:\n  - record: grüße\n    expr: x\n", []string{`4:13: group "g", rule 1, "grüße": invalid recording rule name: grüße`}},
		{"a label name that UTF-8 would allow", oneRule + "    labels:\n      a: b\n      foo.bar: c\n", []string{`8:7: group "g", rule 1, "r": invalid label name: foo.bar`}},
		{"an empty label name", oneRule + "    labels: {'': c}\n", []string{`6:14: group "g", rule 1, "r": invalid label name: `}},
		{"the label __name__", oneRule + "    labels: {__name__: c}\n", []string{`6:14: group "g", rule 1, "r": invalid label name: __name__`}},
		{"an annotation name that UTF-8 would allow", "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: x\n    annotations: {a b: c}\n", []string{`6:19: group "g", rule 1, "a": invalid annotation name: a b`}},
		{"a broken template in a label", "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: x\n    labels: {b: '{{ .x'}\n", []string{`6:17: group "g", rule 1, "a": label "b": template: __alert_a:1: unclosed action`}},
		{"a broken template in an annotation", "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: x\n    annotations:\n      b: ok\n      c: '{{ nope }}'\n", []string{`8:10: group "g", rule 1, "a": annotation "c": template: __alert_a:1: function "nope" not defined`}},

		{"a syntax error", rule + "expr: sum(x\n", []string{`5:16: group "g", rule 1, "r": could not parse expression: unclosed left parenthesis`}},
		{"a syntax error in a block", rule + "expr: |\n      sum by (job) (\n        rate(x[5m)\n      )\n", []string{`7:18: group "g", rule 1, "r": could not parse expression: unexpected ")" in subquery or range, expected ":" or "]"`}},
		{"a missing operand at the end of a block", rule + "expr: |\n      x +\n", []string{`6:10: group "g", rule 1, "r": could not parse expression: unexpected end of input`}},
		{"an unknown function", rule + "expr: 1 + rat(x[5m])\n", []string{`5:15: group "g", rule 1, "r": could not parse expression: unknown function with name "rat"`}},
		{"a function with the wrong type", rule + "expr: rate(x)\n", []string{`5:16: group "g", rule 1, "r": could not parse expression: expected type range vector in call to function "rate", got instant vector`}},
		{"an experimental function", rule + "expr: sort_by_label(x, 'a')\n", []string{`5:11: group "g", rule 1, "r": could not parse expression: function "sort_by_label" is not enabled`}},
		{"a bad regular expression", rule + "expr: x{a=~\"(\"}\n", []string{"5:13: group \"g\", rule 1, \"r\": could not parse expression: error parsing regexp: missing closing ): `(`"}},
		{"a selector of nothing", rule + "expr: '{}'\n", []string{`5:12: group "g", rule 1, "r": could not parse expression: vector selector must contain at least one non-empty matcher`}},
		{"a quoted metric name is allowed", rule + "expr: '{\"foo.bar\"}'\n", nil},
		{"a quoted label name in a selector is allowed", rule + "expr: 'x{\"foo.bar\"=\"a\"}'\n", nil},
		{"a quoted label name in by", rule + "expr: sum by (job, \"foo.bar\") (x)\n", []string{`5:24: group "g", rule 1, "r": could not parse expression: unexpected "\"foo.bar\"" in grouping opts, expected label`}},
		{"a label name with a colon in by", rule + "expr: sum by (a:b) (x)\n", []string{`5:19: group "g", rule 1, "r": could not parse expression: unexpected "a:b" in grouping opts, expected label`}},
		{"a label name with a colon in on", rule + "expr: x / on (job, a:b) y\n", []string{`5:24: group "g", rule 1, "r": could not parse expression: unexpected "a:b" in grouping opts, expected label`}},
		{"a label name with a colon in group_left", rule + "expr: x / on (job) group_left (a:b) y\n", []string{`5:36: group "g", rule 1, "r": could not parse expression: unexpected "a:b" in grouping opts, expected label`}},
		{"problems of several rules", rule + "expr: (\n  - record: s\n    expr: )\n", []string{
			`5:12: group "g", rule 1, "r": could not parse expression: unclosed left parenthesis`,
			`7:12: group "g", rule 2, "s": could not parse expression: unexpected right parenthesis ')'`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, errs := Parse([]byte(test.text))
			var got []string
			for _, err := range errs {
				got = append(got, err.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReadsGroupsAndRules(t *testing.T) {
	text := `groups:
  - name: traffic
    interval: 10s
    limit: 50
    query_offset: 1m
    rules:
      - record: job:requests:rate5m
        expr: sum by (job) (rate(requests_total[5m]))
        labels:
          team: web
          env: &env prod
      - alert: Silence
        expr: absent(up)
        for: 5m
        keep_firing_for: 10m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} is silent"}
      - record: job:errors:rate5m
        expr: job:requests:rate5m * 0
        labels: {env: *env}
  - name: empty
---
groups: []
`
	file, errs := Parse([]byte(text))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := &File{
		Ignored: at(23, 1), Separator: at(22, 1),
		Groups: []Group{{
			Name: "traffic", Position: at(2, 11),
			Interval: 10 * time.Second, IntervalPosition: at(3, 15),
			Limit: 50, QueryOffset: time.Minute,
			Rules: []Rule{{
				Group: "traffic", Number: 1, Interval: 10 * time.Second,
				Record: "job:requests:rate5m", Position: at(7, 17),
				Expr: Expr{Text: "sum by (job) (rate(requests_total[5m]))"},
				Static: []StaticLabel{
					{"env", "prod", at(11, 11), at(11, 16)},
					{"team", "web", at(10, 11), at(10, 17)},
				},
			}, {
				Group: "traffic", Number: 3, Interval: 10 * time.Second,
				Record: "job:errors:rate5m", Position: at(18, 17),
				Expr:   Expr{Text: "job:requests:rate5m * 0"},
				Static: []StaticLabel{{"env", "prod", at(20, 18), at(20, 23)}},
			}},
			Alerts: []Alert{{
				Group: "traffic", Number: 2, Name: "Silence", Position: at(12, 16),
				Expr:   Expr{Text: "absent(up)"},
				Static: []StaticLabel{{"severity", "page", at(16, 18), at(16, 28)}},
			}},
		}, {
			Name: "empty", Position: at(21, 11),
		}},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreUnexported(Expr{}), cmpopts.IgnoreFields(Expr{}, "Tree"),
		cmpopts.IgnoreFields(Rule{}, "Labels", "Value", "Selectors", "Windows", "Aggregations", "Quantiles"),
	}
	if diff := cmp.Diff(want, file, ignore); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestParseTellsWhereAnIgnoredDocumentStarts(t *testing.T) {
	tests := []struct {
		name, text string
		want       source.Position
	}{
		{"one document", oneRule, source.Position{}},
		{"one document with a marker before it", "# first\n---\n" + oneRule, source.Position{}},
		{"a second document", oneRule + "---\n" + oneRule, at(7, 1)},
		{"a second document behind a marker and comments", "---\n" + oneRule + "# more\n---\n# below\ngroups: []\n", at(10, 1)},
		{"a second document that is broken", oneRule + "--- {\n", at(6, 1)},
		{"a third document", oneRule + "---\n---\ngroups: []\n", at(8, 1)},
		{"a marker at the end", oneRule + "---\n# the end\n...\n", source.Position{}},
		{"a comment at the end", oneRule + "--- # the end\n\n", source.Position{}},
		{"a second document in the line of its marker", oneRule + "--- {groups: []}\n", at(6, 1)},
		{"a second document behind the end of the first", oneRule + "...\ngroups: []\n", at(7, 1)},
		{"a second document with a directive", oneRule + "...\n%YAML 1.1\n---\ngroups: []\n", at(9, 1)},
		{"a directive alone at the end", oneRule + "...\n%YAML 1.1\n---\n", source.Position{}},
		{"a second document in lines that end with a carriage return", strings.ReplaceAll(oneRule+"---\ngroups: []\n", "\n", "\r\n"), at(7, 1)},
		{"a third document behind a comment", oneRule + "---\n# second\n---\ngroups: []\n", at(9, 1)},
		{"behind an empty document", "---\n---\ngroups: []\n", at(3, 1)},
		{"behind an empty document with its end", "# a\n---\n...\n---\ngroups: []\n", at(5, 1)},
		{"one document behind a directive", "%YAML 1.1\n---\n" + oneRule, source.Position{}},
		{"one document in the line of its marker", "--- {groups: []}\n", source.Position{}},
		{"one document behind a byte order mark", "\ufeff---\n" + oneRule, source.Position{}},
		{"dashes in an expression", oneRule + "  - record: s\n    expr: |\n      ---x\n", source.Position{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file, errs := Parse([]byte(test.text))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(test.want, file.Ignored); diff != "" {
				t.Errorf("ignored from (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKeepsTheRulesWithoutProblems(t *testing.T) {
	file, errs := Parse([]byte(oneRule + "  - record: broken\n    expr: (\n  - record: s\n    expr: y\n"))
	if len(errs) != 1 || len(file.Rules()) != 2 {
		t.Errorf("%d rules and errors %v, want 2 rules and one error", len(file.Rules()), errs)
	}
}

func TestAliasesAreReadAsTheAnchorsName(t *testing.T) {
	file, errs := Parse([]byte("groups:\n- name: g\n  rules:\n  - record: &name r\n    expr: &total sum(x)\n  - record: *name\n    expr: *total\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	first, second := file.Rules()[0], file.Rules()[1]
	if first.Alias || first.Expr.Alias || !second.Alias || second.Record != "name" {
		t.Errorf("the first is an alias: %v, %v; the second %q: %v", first.Alias, first.Expr.Alias, second.Record, second.Alias)
	}
	expr := second.Expr
	if expr.Text != "total" || !expr.Alias || expr.At(0) != (at(7, 11)) {
		t.Errorf("expression %q, alias %v, at %s", expr.Text, expr.Alias, expr.At(0))
	}
}

func TestMergeKeysBringLabelsAndTheirPlaces(t *testing.T) {
	file, errs := Parse([]byte("groups:\n- name: g\n  rules:\n  - record: r\n    expr: x\n    labels: &base {team: web, env: prod}\n  - record: s\n    expr: y\n    labels:\n      <<: *base\n      env: test\n"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := []StaticLabel{
		{"env", "test", at(11, 7), at(11, 12)},
		{"team", "web", at(6, 20), at(6, 26)},
	}
	if diff := cmp.Diff(want, file.Rules()[1].Static); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func at(line, column int) source.Position { return source.Position{Line: line, Column: column} }
