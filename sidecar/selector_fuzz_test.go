package sidecar

import (
	"errors"
	"strings"
	"testing"
)

// FuzzParseSelector compares verdicts and matchers with the sidecar's parser.
func FuzzParseSelector(f *testing.F) {
	for _, golden := range readGoldenSelectors(f) {
		f.Add(golden.text)
	}
	real := startOracle(f, "selectors")
	f.Fuzz(func(t *testing.T, text string) {
		selector, err := ParseSelector(text)
		if err != nil {
			checkSelectorError(t, text, err)
		} else if selector.Matches(func(string) string { return "" }) {
			t.Errorf("%q: matches a series without labels", text)
		}
		var fault *SelectorError
		if real == nil || errors.As(err, &fault) && fault.Fault == TooLarge {
			return
		}
		verdict := real.ask(t, []byte(text))
		if err != nil {
			if !strings.HasPrefix(verdict, "reject\t") {
				t.Errorf("%q: refused with %v; the sidecar: %s", text, err, verdict)
			}
			return
		}
		ours := strings.Join(append([]string{"accept"}, matcherTexts(selector)...), "\t")
		if ours != verdict {
			t.Errorf("%q:\nours:    %s\nsidecar: %s", text, ours, verdict)
		}
	})
}
