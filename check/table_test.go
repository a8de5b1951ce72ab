package check

import (
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
