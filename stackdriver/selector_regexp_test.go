package stackdriver

import (
	"regexp"
	"testing"
)

// TestExpressionsMatchWhatTheyMatchWithoutTheirPrefix compares matchers with the bare
// regular expression, which is anchored by concatenation.
func TestExpressionsMatchWhatTheyMatchWithoutTheirPrefix(t *testing.T) {
	values := []string{"", "a", "ab", "b", "xb", "ax", "foo", "xfoo", "fo", "A", "AB", "a\nb", "\nfoo", "linkerd_job:x", "xlinkerd_job:x"}
	for pattern, prefix := range map[string]string{
		`linkerd_job:.+`:             "linkerd_job:",
		`foo`:                        "foo",
		`foo|fob`:                    "fo",
		`a)|(?:b`:                    "",
		`[^\x00-\x{10FFFF}])|(?:foo`: "",
		`(?i)ab`:                     "",
		`(?m)^foo`:                   "",
		`(?m:^foo$)|a`:               "",
		`|foo`:                       "",
		`a?b`:                        "",
		`)(?:`:                       "",
		`\bfoo`:                      "",
		``:                           "",
	} {
		compiled, got, err := compileAnchored(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if got != prefix {
			t.Errorf("%s: the prefix is %q, want %q", pattern, got, prefix)
		}
		m := Matcher{Type: MatchRegexp, anchored: compiled, prefix: got}
		bare := regexp.MustCompile("^(?:" + pattern + ")$")
		for _, value := range values {
			if got, want := m.Matches(value), bare.MatchString(value); got != want {
				t.Errorf("%s matches %q: got %v, want %v", pattern, value, got, want)
			}
		}
	}
}
