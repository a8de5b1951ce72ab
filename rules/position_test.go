package rules

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// TestExprAt finds the word HERE of an expression through the expression's
// text, and compares the place with where the word stands in the file.
func TestExprAt(t *testing.T) {
	const head = "groups:\n- name: g\n  rules:\n  - record: r\n    "
	tests := []struct{ name, expr string }{
		{"plain", "expr: sum(x + HERE)\n"},
		{"plain with spaces and a tab after the colon", "expr:   \t sum(HERE)\n"},
		{"plain on the next line", "expr:\n      sum(x + HERE)\n"},
		{"plain over several lines", "expr: sum(x +\n        y +\n\n      HERE)\n"},
		{"plain with characters of several bytes before", "expr: 'x{a=\"äöü€\"} + HERE'\n"},
		{"plain behind a comment", "expr: # why\n      # and how\n      sum(HERE)\n"},
		{"single-quoted", "expr: 'sum(x + HERE)'\n"},
		{"single-quoted with doubled quotes", "expr: 'x{a=''b'', c=''d''} + HERE'\n"},
		{"single-quoted over several lines", "expr: 'sum(x +\n\n\n  HERE)'\n"},
		{"double-quoted", "expr: \"sum(x + HERE)\"\n"},
		{"double-quoted with escapes", "expr: \"x{a=\\\"b\\\\\\\\\\\", c=\\\"\\u00e4\\x41\\\"}\\n + \\tHERE\"\n"},
		{"double-quoted with an escaped line break", "expr: \"sum(x + \\\n       HERE)\"\n"},
		{"literal", "expr: |\n      sum(\n        x + HERE\n      )\n"},
		{"literal with empty lines", "expr: |\n\n      sum(\n\n\n        HERE\n      )\n"},
		{"literal with a line of spaces", "expr: |\n      sum(\n          \n        HERE\n      )\n"},
		{"literal with tabs after the indentation", "expr: |\n      sum(\n      \tx +\t\tHERE\n      )\n"},
		{"literal with chomping and a comment", "expr: |- # why\n      sum(\n        HERE)\n"},
		{"literal with keeping", "expr: |+\n      sum(HERE)\n\n\n"},
		{"literal with an indentation indicator", "expr: |2\n        sum(\n      HERE)\n"},
		{"literal to the end of the file", "expr: |\n      sum(HERE)"},
		{"folded", "expr: >\n      sum(\n      x + HERE\n      )\n"},
		{"folded with more indented lines", "expr: >-\n      sum(\n        x +\n        y +\n\n        z\n      + HERE)\n"},
		{"folded with empty lines", "expr: >\n      sum(\n\n\n      HERE)\n"},
		{"behind an anchor", "expr: &a sum(HERE)\n"},
		{"behind an anchor and a tag", "expr: !!str &a |\n      sum(\n       HERE)\n"},
		{"in a flow mapping", "labels: {}\n    expr: {}\n  - {record: r, expr: \"sum(x + HERE)\"}\n"},
		{"Windows line ends, plain", "expr: sum(x +\r\n      HERE)\r\n"},
		{"Windows line ends, literal", "expr: |\r\n      sum(\r\n        x + HERE\r\n      )\r\n"},
		{"Windows line ends, folded", "expr: >\r\n      sum(\r\n      x +\r\n\r\n      HERE\r\n      )\r\n"},
		{"comments of PromQL", "expr: |\n      # HEAD\n      sum( # why\n        HERE\n      )\n"},
	}
	followers := []struct{ name, text string }{
		{"at the end of the file", ""},
		{"before another rule", "\n  - record: s\n    expr: y\n"},
	}
	for _, test := range tests {
		for _, follower := range followers {
			t.Run(test.name+", "+follower.name, func(t *testing.T) {
				text := []byte(head + test.expr + follower.text)
				want := source.New(text).Position(bytes.Index(text, []byte("HERE")))
				if lines := strings.Split(string(text), "\n"); !strings.HasPrefix(string([]rune(lines[want.Line-1])[want.Column-1:]), "HERE") {
					t.Fatalf("%s is not where the word stands", want)
				}
				file, _ := Parse(text)
				rule := file.Rules()[0]
				if diff := cmp.Diff(want, rule.Expr.At(strings.Index(rule.Expr.Text, "HERE"))); diff != "" {
					t.Errorf("place in %q (-want +got):\n%s", rule.Expr.Text, diff)
				}
			})
		}
	}
}
