package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnreadable(t *testing.T) {
	good := setup{rules: rulesFile(aRate, "sum(x)"), config: renaming(aRate, "a:b")}
	for name, c := range map[string]struct {
		change func(s *setup)
		want   []string
	}{
		"wrong, and read all the same":  {func(*setup) {}, nil},
		"nothing at all":                {func(s *setup) { *s = setup{} }, nil},
		"rules that are no YAML":        {func(s *setup) { s.rules = "[" }, []string{"a_rules.yml"}},
		"an expression that is none":    {func(s *setup) { s.rules = rulesFile(aRate, "sum(") }, []string{"a_rules.yml"}},
		"a configuration of no YAML":    {func(s *setup) { s.config = "[" }, []string{"sidecar.yml"}},
		"a configuration of no entries": {func(s *setup) { s.config = "metric_renames: 1" }, []string{"sidecar.yml"}},
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
