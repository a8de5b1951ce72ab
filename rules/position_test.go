package rules

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExprAt finds the word HERE of an expression through the expression's
// text, and compares the place with where the word stands in the file.
func TestExprAt(t *testing.T) {
	const head = "groups:\n- name: g\n  rules:\n  - record: r\n    "
	tests := []struct{ name, expr string }{
		{"plain", "expr: sum(x + HERE)\n"},
		{"plain with blanks after the colon", "expr:   \t sum(HERE)\n"},
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
		{"literal with blank lines", "expr: |\n\n      sum(\n\n\n        HERE\n      )\n"},
		{"literal with a line of blanks", "expr: |\n      sum(\n          \n        HERE\n      )\n"},
		{"literal with tabs after the indentation", "expr: |\n      sum(\n      \tx +\t\tHERE\n      )\n"},
		{"literal with chomping and a comment", "expr: |- # why\n      sum(\n        HERE)\n"},
		{"literal with keeping", "expr: |+\n      sum(HERE)\n\n\n"},
		{"literal with an indentation indicator", "expr: |2\n        sum(\n      HERE)\n"},
		{"literal to the end of the file", "expr: |\n      sum(HERE)"},
		{"folded", "expr: >\n      sum(\n      x + HERE\n      )\n"},
		{"folded with more indented lines", "expr: >-\n      sum(\n        x +\n        y +\n\n        z\n      + HERE)\n"},
		{"folded with blank lines", "expr: >\n      sum(\n\n\n      HERE)\n"},
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
				want := newSource(text).position(bytes.Index(text, []byte("HERE")))
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

func TestSourceTurnsMarksIntoPositionsAndBack(t *testing.T) {
	text := "\ufeffeins: ä\r\nzwei: €\rdrei\u0085vier\u2028fünf\n" + strings.Repeat("ü", 1000) + "sechs\r\n"
	s := newSource([]byte(text))
	tests := []struct {
		name         string
		line, column int // of the YAML parser
		word         string
		want         Position
	}{
		{"past a byte order mark", 1, 1, "eins", Position{1, 1}},
		{"past a Windows line end", 2, 1, "zwei", Position{2, 1}},
		{"past a carriage return, a line end for YAML alone", 3, 1, "drei", Position{2, 9}},
		{"past NEL", 4, 1, "vier", Position{2, 14}},
		{"past a line separator", 5, 1, "fünf", Position{2, 19}},
		{"far out on a line", 6, 1001, "sechs", Position{3, 1001}},
		{"on the empty line at the end", 7, 1, "", Position{4, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			offset := s.offset(test.line, test.column)
			if !strings.HasPrefix(text[offset:], test.word) {
				t.Errorf("offset(%d, %d) leads to %.10q, not to %q", test.line, test.column, text[offset:], test.word)
			}
			if diff := cmp.Diff(test.want, s.position(offset)); diff != "" {
				t.Errorf("position (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSourceCountsCharactersAtEachOffset(t *testing.T) {
	text := strings.Repeat("aä€\r\n𝄞\n", 100) + strings.Repeat("xü", 700)
	s := newSource([]byte(text))
	line, column := 1, 1
	for offset, r := range text {
		if got, want := s.position(offset), (Position{line, column}); got != want {
			t.Fatalf("position(%d) = %s, want %s", offset, got, want)
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
}

func FuzzSource(f *testing.F) {
	f.Add([]byte("a\r\nä\r€\n"), 1, 1)
	f.Fuzz(func(t *testing.T, text []byte, line, column int) {
		s := newSource(text)
		if at := s.offset(line, column); at < 0 || at > len(text) {
			t.Errorf("offset(%d, %d) = %d of %d bytes", line, column, at, len(text))
		}
		if at := s.position(column); at.Line < 1 || at.Line > bytes.Count(text, []byte("\n"))+1 || at.Column < 1 {
			t.Errorf("position(%d) = %s", column, at)
		}
	})
}
