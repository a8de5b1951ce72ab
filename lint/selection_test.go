package lint

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

func TestSelectorsThatOnlyRecordedMetricsCanMatch(t *testing.T) {
	for text, want := range map[string]bool{
		"a:b": true, "ab": false, `{__name__=~"a:.+"}`: true, `{__name__=~"a.+"}`: false,
		`{__name__=~"a:b|c:d"}`: true, `{__name__=~"a:b|cd"}`: false,
		`{__name__=~"a(:b)+"}`: true, `{__name__=~"a(:b)*"}`: false, `{__name__=~"a(:b){2}"}`: true, `{__name__=~"a(:b){0,2}"}`: false,
		`{__name__!~"a:b",job="c"}`: false, `{job="a:b"}`: false,
	} {
		parsed, err := stackdriver.ParseSelector(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := wantsColon(selector{parsed: parsed}); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
