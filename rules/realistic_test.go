package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

func TestRealisticFilesHaveNoProblem(t *testing.T) {
	paths, err := filepath.Glob("testdata/realistic/*")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file, errs := Parse(text)
			for _, err := range errs {
				t.Error(err)
			}
			for _, rule := range file.Rules() {
				for _, failure := range rule.Failures {
					t.Error(failure)
				}
				checkPlaces(t, text, rule)
			}
		})
	}
}

// checkPlaces checks that each selector's metric name, where it is written in
// full, stands in the file where the rule says.
func checkPlaces(t *testing.T, text []byte, rule *Rule) {
	t.Helper()
	lines := strings.Split(string(text), "\n")
	found := 0
	parser.Inspect(rule.Expr.Tree, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok || selector.Name == "" {
			return nil
		}
		found++
		at := rule.Expr.At(int(selector.PosRange.Start))
		if rest := string([]rune(lines[at.Line-1])[at.Column-1:]); !strings.HasPrefix(rest, selector.Name) {
			t.Errorf("%s: %s at %s is %q", rule.Record, selector.Name, at, rest)
		}
		return nil
	})
	if found > len(rule.Selectors) {
		t.Errorf("%s: %d selectors of %d by name", rule.Record, len(rule.Selectors), found)
	}
}
