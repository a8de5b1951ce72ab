package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ruleID matches a string literal that is the id of a rule.
var ruleID = regexp.MustCompile(`^"[A-Z]{3}\d{3}"$`)

// TestEveryCodeIsARule holds the ids that other packages write into their diagnostics to the
// rows of the table, and to where the rows say that their findings come from.
func TestEveryCodeIsARule(t *testing.T) {
	for folder, origins := range map[string][]origin{
		"../settings":               {bySettings},
		"../rules":                  {byRules},
		"../stackdriver":            {byConfig, bySelectors},
		"../exporter/configuration": {byConfig},
	} {
		ids := idsIn(t, folder)
		if len(ids) == 0 {
			t.Errorf("%s mentions no rule", folder)
		}
		for _, id := range ids {
			if rule, found := Find(id); !found || !slices.Contains(origins, rule.from) {
				t.Errorf("%s diagnoses %s, which the table says is from %q", folder, id, rule.from)
			}
		}
	}
}

// idsIn returns the ids of rules in the code of a package.
func idsIn(t *testing.T, folder string) (ids []string) {
	t.Helper()
	files, err := fs.Glob(os.DirFS(folder), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), folder+"/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, is := node.(*ast.BasicLit); is && ruleID.MatchString(literal.Value) {
				ids = append(ids, strings.Trim(literal.Value, `"`))
			}
			return true
		})
	}
	return ids
}
