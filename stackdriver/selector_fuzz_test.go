package stackdriver

import (
	"errors"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/oracle"
)

// selectors2019Variable names the environment variable with the path of the
// program that e2e/selectors2019 builds from the libraries that the sidecar
// links. With it, the fuzz tests also compare verdicts; without it, they check
// what must hold for any input.
//
//	go build -C e2e/selectors2019 -o "$PWD/selectors2019" .
//	SELECTORS2019=$PWD/selectors2019 go test -fuzz FuzzParseSelector ./sidecar
const selectors2019Variable = "SELECTORS2019"

// FuzzParseSelector compares verdicts and matchers with the sidecar's parser.
func FuzzParseSelector(f *testing.F) {
	for _, golden := range readGoldenSelectors(f) {
		f.Add(golden.text)
	}
	real := oracle.Named(f, selectors2019Variable, "-serve", "selectors")
	f.Fuzz(func(t *testing.T, text string) {
		selector, err := ParseSelector(text)
		if err != nil {
			checkSelectorError(t, text, err)
		} else if selector.Matches(func(string) string { return "" }) {
			t.Errorf("%q: matches a series without labels", text)
		}
		var refusal *SelectorError
		if real == nil || errors.As(err, &refusal) && refusal.Kind == TooLarge {
			return
		}
		verdict := real.Ask(t, []byte(text))
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
