package lint

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestRulesThatCannotBeReadMayRecordAnything(t *testing.T) {
	in := setup{include: `{__name__=~"linkerd_svc:.+"}`, rules: rulesFile(aRate, rateExpr)}.input()
	other := in.RuleFiles[0]
	other.Object.Key, other.Value = "b_rules.yml", "["
	in.RuleFiles = append(in.RuleFiles, other)
	for _, f := range Checked(t, in) {
		if f.Rule == "SEL006" && f.Severity == Error {
			t.Error(f)
		}
	}
}

func TestWhatIsGivenTwiceIsFoundOnce(t *testing.T) {
	in := setup{include: recorded, rules: rulesFile(aRate, "sum(x)"), config: renaming(aRate, "a:b")}.input()
	want := brief(Checked(t, in))
	in.RuleFiles = append(in.RuleFiles, in.RuleFiles[0])
	expect(t, in, want)
}

func TestMessagesStayOnTheirLine(t *testing.T) {
	findings := Checked(t, Input{Include: []Text{{Value: "a\"\r\x1b[31m\""}}})
	if want := `: unexpected "\r\x1b[31m" after the selector`; len(findings) != 1 || !strings.Contains(findings[0].Message, want) {
		t.Errorf("got %q, want a message with %s", findings, want)
	}
	for text, want := range map[string]string{
		`ä "b" \n\`: `ä "b" \n\`, "ä\r\n\"\x1b[31m\"\xff\xc3": `ä\r\n"\x1b[31m"\xff\xc3`, "\u0085\u2028\ufffd": `\u0085` + "\u2028\ufffd",
	} {
		if got := excerpt.Escape(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	in := setup{include: recorded + "\n{\n" + recorded + "\nother:rate\n{__name__=~\".+\"}", rules: rulesFile(aRate, rateExpr, "_x", rateExpr), config: renaming(aRate, "a:b", aRate, "a.b")}.input()
	in.RuleFiles = append(in.RuleFiles, Text{
		Value: rulesFile("linkerd_job:b", sumExpr, "c", rateExpr), Object: Object{Kind: "ConfigMap", Name: "rules", Key: "b_rules.yml"}, Position: source.Start,
	})
	want := brief(Checked(t, in))
	if len(want) < 8 {
		t.Fatalf("want many findings, got %q", want)
	}
	for range 20 {
		rand.Shuffle(len(in.Include), func(i, j int) { in.Include[i], in.Include[j] = in.Include[j], in.Include[i] })
		slices.Reverse(in.RuleFiles)
		expect(t, in, want)
	}
}

func TestUnreadable(t *testing.T) {
	good := setup{rules: rulesFile(aRate, "sum(x)"), config: renaming(aRate, "a:b")}
	for name, c := range map[string]struct {
		change func(s *setup)
		want   []string
	}{
		"wrong, and read all the same":     {func(*setup) {}, nil},
		"nothing at all":                   {func(s *setup) { *s = setup{} }, nil},
		"rules that are not YAML":          {func(s *setup) { s.rules = "[" }, []string{"a_rules.yml"}},
		"an expression that is invalid":    {func(s *setup) { s.rules = rulesFile(aRate, "sum(") }, []string{"a_rules.yml"}},
		"a configuration that is not YAML": {func(s *setup) { s.config = "[" }, []string{"sidecar.yml"}},
		"a configuration of no entries":    {func(s *setup) { s.config = "metric_renames: 1" }, []string{"sidecar.yml"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			var got []string
			for _, object := range Check(s.input()).Unreadable {
				got = append(got, object.Key)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
