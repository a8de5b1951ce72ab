package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	root   = ".."
	module = "github.com/linkerd-gcm/linkerd-gcm"
)

// TestEveryPackageHasAFloor compares the packages that there are, and what they import, with
// the table of floors in design.md. The linter cannot do that for a package that imports
// nothing of ours.
func TestEveryPackageHasAFloor(t *testing.T) {
	floors, packages := readFloors(t), importsOfPackages(t)
	for name, imports := range packages {
		if _, has := floors[name]; !has {
			t.Errorf("%s is on no floor of design.md", name)
		}
		for _, imported := range imports {
			if floors[imported] <= floors[name] {
				t.Errorf("%s imports %s, which design.md does not have below it", name, imported)
			}
		}
	}
	for name := range floors {
		if _, exists := packages[name]; !exists {
			t.Errorf("design.md has a floor for %s, and there is no such package", name)
		}
	}
}

// TestTheLinterHasTheSameFloors compares the rules of depguard with the table in design.md.
func TestTheLinterHasTheSameFloors(t *testing.T) {
	floors, ruleOf := readFloors(t), map[string]string{}
	for name, rule := range readImportRules(t) {
		for _, above := range rule.packages() {
			if other := ruleOf[above]; other != "" {
				t.Errorf("%s is in two rules of .golangci.yml: %s and %s", above, other, name)
			}
			ruleOf[above] = name
			for _, allowed := range rule.Allow {
				below := strings.TrimPrefix(allowed, module+"/")
				if floors[below] <= floors[above] && !slices.Contains(rule.packages(), below) {
					t.Errorf(".golangci.yml lets %s import %s, which design.md does not have below it", above, below)
				}
			}
		}
	}
	for name, place := range floors {
		// The packages of the top floor may import all others.
		if ruleOf[name] == "" && place >= floorStep {
			t.Errorf("no rule of .golangci.yml says what %s may import", name)
		}
	}
	for name := range ruleOf {
		if _, has := floors[name]; !has {
			t.Errorf(".golangci.yml has a rule for %s, which is on no floor of design.md", name)
		}
	}
}

// TestContributingListsTheFloorsInOrder lets those who read from the top down trust the list.
func TestContributingListsTheFloorsInOrder(t *testing.T) {
	_, list, _ := strings.Cut(readText(t, "CONTRIBUTING.md"), "\n## Where things are\n")
	list, _, _ = strings.Cut(list, "\n## ")
	floors := readFloors(t)
	last, lowest := "", 0
	for _, found := range regexp.MustCompile("`([a-z0-9/]+)`:").FindAllStringSubmatch(list, -1) {
		name := found[1]
		place, has := floors[name]
		if !has {
			continue // a folder, such as e2e
		}
		if place/floorStep < lowest {
			t.Errorf("CONTRIBUTING.md lists %s below %s, and design.md has it above", name, last)
		}
		last, lowest = name, place/floorStep
	}
	if lowest == 0 {
		t.Error("CONTRIBUTING.md lists no packages")
	}
}

// floorStep is how far the first packages of two floors are apart.
const floorStep = 1000

// readFloors returns the place of each package in the table of design.md: the first on the
// top floor is at 0, the one to its right at 1, and the first of the next floor at floorStep.
func readFloors(t *testing.T) map[string]int {
	t.Helper()
	places := map[string]int{}
	rows := regexp.MustCompile(`(?m)^\| \d+ \|([^|]+)\|`).FindAllStringSubmatch(readText(t, "docs/design.md"), -1)
	for floor, row := range rows {
		for i, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			if _, twice := places[name[1]]; twice {
				t.Errorf("design.md has %s twice", name[1])
			}
			places[name[1]] = floor*floorStep + i
		}
	}
	return places
}

// importRule is a rule of depguard.
type importRule struct {
	Files []string `json:"files"`
	Allow []string `json:"allow"`
	Deny  []struct {
		Package string `json:"pkg"`
	} `json:"deny"`
}

// packages are those that the rule is for.
func (r importRule) packages() []string {
	var names []string
	for _, pattern := range r.Files {
		if name, ok := strings.CutPrefix(strings.TrimSuffix(pattern, "/*.go"), "**/"); ok {
			names = append(names, name)
		}
	}
	return names
}

// readImportRules returns the rules that say which of our packages one may import.
func readImportRules(t *testing.T) map[string]importRule {
	t.Helper()
	var config struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]importRule `json:"rules"`
				} `json:"depguard"`
			} `json:"settings"`
		} `json:"linters"`
	}
	if err := yaml.Unmarshal([]byte(readText(t, ".golangci.yml")), &config); err != nil {
		t.Fatal(err)
	}
	rules := config.Linters.Settings.Depguard.Rules
	maps.DeleteFunc(rules, func(_ string, r importRule) bool { return len(r.Deny) != 1 || r.Deny[0].Package != module })
	return rules
}

// importsOfPackages returns the packages of this module and those of it that they import,
// without their tests.
func importsOfPackages(t *testing.T) map[string][]string {
	t.Helper()
	packages := map[string][]string{}
	walkFiles(t, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "e2e/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.ToSlash(filepath.Dir(path))
		packages[name] = append(packages[name], []string{}...)
		for _, spec := range file.Imports {
			if ours, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/"); ok {
				packages[name] = append(packages[name], ours)
			}
		}
	})
	return packages
}

// walkFiles calls visit with each file of the repository that is not test data, by its path
// with slashes. What is built lies in folders whose names begin with a dot, in bin and in dist.
func walkFiles(t *testing.T, visit func(path string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && path != "."
		if entry.IsDir() && (hidden || slices.Contains([]string{"testdata", "bin", "dist"}, path) || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !entry.IsDir() {
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
