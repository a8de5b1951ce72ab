package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheTableIsWhole(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	descriptions := map[string]bool{}
	for _, c := range Checks {
		if !name.MatchString(c.ID) || seen[c.ID] || descriptions[c.Description] {
			t.Errorf("check %q, %q: want a name and a description that no other has", c.ID, c.Description)
		}
		if c.Description == "" || c.Means == "" || c.Do == "" || c.run == nil {
			t.Errorf("check %s lacks a column", c.ID)
		}
		if !slices.Contains([]Severity{Fatal, Error, Warning}, c.Severity) {
			t.Errorf("check %s has severity %q", c.ID, c.Severity)
		}
		seen[c.ID], descriptions[c.Description] = true, true
	}
}

// Linkerd's JSON has a block for each run of checks of one category.
func TestTheChecksOfACategoryStandTogether(t *testing.T) {
	var order []string
	for _, c := range Checks {
		if len(order) == 0 || order[len(order)-1] != c.Category {
			order = append(order, c.Category)
		}
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(order))); len(unique) != len(order) {
		t.Errorf("the categories come as %q", order)
	}
}

// An ID leads to the file of its check.
func TestEachCheckIsInAFileOfItsName(t *testing.T) {
	for _, c := range Checks {
		file := strings.ReplaceAll(c.ID, "-", "_") + ".go"
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(text), `ID: "`+c.ID+`"`) {
			t.Errorf("%s holds no row of check %s", file, c.ID)
		}
	}
}

// A check's test is beside it, and uses something that the check's file declares.
func TestEachCheckHasATestBesideIt(t *testing.T) {
	for _, c := range Checks {
		name := strings.ReplaceAll(c.ID, "-", "_")
		tested := false
		declared := declarations(parse(t, name+".go"))
		ast.Inspect(parse(t, name+"_test.go"), func(n ast.Node) bool {
			identifier, is := n.(*ast.Ident)
			tested = tested || is && declared[identifier.Name]
			return true
		})
		if !tested {
			t.Errorf("%s_test.go uses nothing of %s.go", name, name)
		}
	}
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// declarations are the names of a file's row, functions and methods.
func declarations(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names[d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if row, is := s.(*ast.ValueSpec); is && d.Tok == token.VAR {
					names[row.Names[0].Name] = true
				}
			}
		}
	}
	return names
}
