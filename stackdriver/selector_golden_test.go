package stackdriver

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goldenSelector is one line of testdata/selectors.golden: what the real parser
// of the sidecar says to a selector.
type goldenSelector struct {
	line     int
	text     string
	accepted bool
	matchers []string
}

func readGoldenSelectors(t testing.TB) []goldenSelector {
	t.Helper()
	golden, err := os.ReadFile("testdata/selectors.golden")
	if err != nil {
		t.Fatal(err)
	}
	var selectors []goldenSelector
	for i, line := range strings.Split(string(golden), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		text, err := strconv.Unquote(columns[0])
		if err != nil || len(columns) < 2 {
			t.Fatalf("testdata/selectors.golden:%d: not a quoted selector and a verdict: %s", i+1, line)
		}
		selectors = append(selectors, goldenSelector{i + 1, text, columns[1] == "accept", columns[2:]})
	}
	return selectors
}

func TestSelectorsGetTheVerdictOfTheSidecarsOwnParser(t *testing.T) {
	goldens := readGoldenSelectors(t)
	if len(goldens) < 250 {
		t.Errorf("testdata/selectors.golden has only %d selectors", len(goldens))
	}
	for _, golden := range goldens {
		selector, err := ParseSelector(golden.text)
		if accepted := err == nil; accepted != golden.accepted {
			t.Errorf("selectors.golden:%d: %q: accepted: %v, the sidecar: %v (error: %v)",
				golden.line, golden.text, accepted, golden.accepted, err)
			continue
		}
		if err != nil {
			checkSelectorError(t, golden.text, err)
			continue
		}
		if diff := cmp.Diff(golden.matchers, matcherTexts(selector)); diff != "" {
			t.Errorf("selectors.golden:%d: %q: matchers differ (-sidecar +ours):\n%s", golden.line, golden.text, diff)
		}
	}
}

func matcherTexts(selector Selector) []string {
	var texts []string
	for _, matcher := range selector.Matchers {
		texts = append(texts, matcher.String())
	}
	return texts
}

// checkSelectorError checks what holds for the error of any selector.
func checkSelectorError(t *testing.T, text string, err error) {
	t.Helper()
	var refusal *SelectorError
	if !errors.As(err, &refusal) {
		t.Fatalf("%q: the error %v is not a *SelectorError", text, err)
	}
	if refusal.offset < 0 || refusal.length < 0 || refusal.offset+refusal.length > len(text) {
		t.Errorf("%q: the error at %d, %d bytes long, is outside the text", text, refusal.offset, refusal.length)
	}
	if refusal.Message == "" || refusal.Kind == "" || refusal.Code == "" || refusal.Fix == "" {
		t.Errorf("%q: incomplete error: %+v", text, refusal)
	}
}
