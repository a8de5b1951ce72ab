package stackdriver

import (
	"errors"
	"strings"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/answer"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestSelectorErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		kind    SelectorErrorKind
		marked  string // what a caret line would mark
		column  int
		message string // a part of the message
	}{
		"an empty selector":                      {"", EmptySelector, "", 1, "is empty"},
		"only a comment":                         {"# x", EmptySelector, "", 4, "is empty"},
		"an unquoted value":                      {`{__name__=~linkerd}`, InvalidSyntax, "linkerd", 12, "quoted string after __name__=~"},
		"no matchers":                            {`{}`, MatchesEmpty, `{}`, 1, "no matchers"},
		"only a negative matcher":                {`{a!="b"}`, MatchesEmpty, `{a!="b"}`, 1, "at least one that doesn't"},
		"a quoted metric name":                   {`{"foo.bar"}`, QuotedName, `"foo.bar"`, 2, "cannot be quoted"},
		"a quoted label name":                    {`x{a="b","l"="y"}`, QuotedName, `"l"`, 9, "cannot be quoted"},
		"a keyword":                              {`count{a="b"}`, KeywordName, "count", 1, `write {__name__="count"}`},
		"a function":                             {`sum(x)`, KeywordName, "sum", 1, "keyword"},
		"a range":                                {`x{a="b"}[5m]`, WholeExpression, "[", 9, "no ranges"},
		"an offset":                              {`x offset 5m`, WholeExpression, "offset", 3, "no ranges"},
		"a name set twice":                       {`x{a="b",__name__="y"}`, NameTwice, "__name__", 9, "set twice"},
		"a lone backslash":                       {`{a=~"b\.c"}`, InvalidQuoting, `\.`, 7, `written \\`},
		"an open string":                         {`{a="b}`, InvalidQuoting, `"b}`, 4, `closed with "`},
		"an escape that hides the closing quote": {`{a="\x41"}`, InvalidQuoting, `"`, 9, "swallows"},
		"an invalid regular expression":          {`{a=~"("}`, InvalidRegexp, `"("`, 5, `missing closing ): "("`},
		"quotes of a shell":                      {`'{a="b"}'`, InvalidSyntax, `'{a="b"}'`, 1, "remove the outer quotes"},
		"a missing brace":                        {`{a="b"`, InvalidSyntax, ``, 7, "closing }"},
		"a missing comma":                        {`{a="b" c="d"}`, InvalidSyntax, "c", 8, "comma or }"},
		"an exclamation mark":                    {`{a!"b"}`, InvalidSyntax, "!", 3, "!= or !~"},
		"a letter outside ASCII":                 {`{aü="b"}`, InvalidSyntax, "ü", 3, `"ü" inside braces`},
		"a column counted in characters":         {`{a="ü",b}`, InvalidSyntax, "}", 9, "after label b"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSelector(test.text)
			var refusal *SelectorError
			if !errors.As(err, &refusal) {
				t.Fatalf("%s: got error %v", test.text, err)
			}
			if refusal.Kind != test.kind || refusal.Range.Start.Column != test.column || !strings.Contains(refusal.Message, test.message) {
				t.Errorf("%s: got kind %q, column %d, message %q", test.text, refusal.Kind, refusal.Range.Start.Column, refusal.Message)
			}
			if marked := markedIn(test.text, refusal.Range); marked != test.marked {
				t.Errorf("%s: marks %q, want %q", test.text, marked, test.marked)
			}
		})
	}
}

// markedIn returns the piece of a text that a range covers.
func markedIn(text string, in source.Range) string {
	s := source.New([]byte(text))
	return text[s.OffsetOf(in.Start):s.OffsetOf(in.End)]
}

func TestSelectorsAreBounded(t *testing.T) {
	for name, text := range map[string]string{
		"a long selector":           `{a=~"` + strings.Repeat("x", MaxSelectorLength) + `"}`,
		"repetitions that multiply": `{a=~"` + strings.Repeat("a{1000}", 100) + `"}`,
		"large classes repeated":    `{a=~"` + strings.Repeat(`(\\pL\\pN){500}`, 100) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseSelector(text)
			var refusal *SelectorError
			if !errors.As(err, &refusal) || refusal.Kind != TooLarge {
				t.Errorf("got error %v", err)
			}
		})
	}
	names := strings.Repeat("linkerd_job:svc_response_rate_30s:sum|", 400)
	if _, err := ParseSelector(`{__name__=~"` + names + `x"}`); err != nil {
		t.Errorf("a selector of 400 names is refused: %v", err)
	}
}

func TestSelectorsMatchAsTheSidecarDoes(t *testing.T) {
	series := map[string]string{"__name__": "linkerd_job:x", "job": "linkerd-proxy"}
	for text, want := range map[string]bool{
		`linkerd_job:x`:                                 true,
		`{__name__=~"linkerd_job.+"}`:                   true,
		`{__name__=~"^linkerd_job.+$"}`:                 true,
		`{__name__=~"linkerd_job"}`:                     false, // anchored at both ends
		`{__name__!~"linkerd_job",job="linkerd-proxy"}`: true,
		`{job="linkerd-proxy",pod=""}`:                  true, // a missing label is empty
		`{job="linkerd-proxy",pod!=""}`:                 false,
		`{job="linkerd-proxy",pod!="x"}`:                true,
		`linkerd_job:x{job="prometheus"}`:               false,
		`{__name__=~"x)|(?:job:x"}`:                     true,  // ^(?:x)|(?:job:x)$
		`{__name__=~"job)|(?:y"}`:                       false, // ^(?:job)|(?:y)$
	} {
		selector, err := ParseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := selector.Matches(func(name string) string { return series[name] }); got != want {
			t.Errorf("%s: matches: %v, want %v", text, got, want)
		}
	}
}

func TestSelectorsAnswerWhereOnlyTheNameIsKnown(t *testing.T) {
	for text, want := range map[string]answer.Answer{
		`x`:                       answer.Yes,
		`{__name__=~"x|y"}`:       answer.Yes,
		`y`:                       answer.No,
		`x{job="a"}`:              answer.Depends,
		`{job="a"}`:               answer.Depends,
		`y{job="a"}`:              answer.No,
		`{job="a",__name__!="x"}`: answer.No,
		`{__name__!="y",job="b"}`: answer.Depends,
	} {
		selector, err := ParseSelector(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := selector.MatchesName("x"); got != want {
			t.Errorf("%s: matches x: %v, want %v", text, got, want)
		}
	}
}

func TestNewerPrometheusAcceptsWhatTheSidecarRefuses(t *testing.T) {
	for text, want := range map[string]bool{
		`{"foo.bar"}`: true, `{}`: true, `{foo!="bar"}`: true, `foo{__name__="bar"}`: true, `sum`: true,
		`{a=b}`: false, `foo[5m]`: false, ``: false,
	} {
		if _, err := ParseSelector(text); err == nil {
			t.Errorf("%s: the sidecar's grammar accepts it", text)
		}
		if got := AcceptedByNewerPrometheus(text); got != want {
			t.Errorf("%s: accepted by newer Prometheus: %v, want %v", text, got, want)
		}
	}
}
