package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSelectorsThatAreAGuess has a metric that the selector matches, and one that it does
// not; both lack job and instance.
func TestSelectorsThatAreAGuess(t *testing.T) {
	for name, test := range map[string]struct {
		assumed            bool
		config             string
		want               []string
		unknown, unrenamed []string
	}{
		"known": {false, "{}", []string{"REC002 error a_rules.yml:4:13+15 linkerd_job:a:b has no label instance and no label job, so that its series belong to no target"}, nil, nil},
		"a guess": {true, "{}", []string{
			"REC002 error a_rules.yml:4:13+15 linkerd_job:a:b has no label instance and no label job, so that its series belong to no target",
			"REC002 error a_rules.yml:6:13+9 other:a:b has no label instance and no label job, so that its series belong to no target",
		}, []string{"other:a:b"}, nil},
		"a guess, without a configuration": {true, "", []string{
			"REC002 error a_rules.yml:4:13+15 linkerd_job:a:b has no label instance and no label job, so that its series belong to no target",
			"REC002 error a_rules.yml:6:13+9 other:a:b has no label instance and no label job, so that its series belong to no target",
		}, []string{"other:a:b"}, []string{"linkerd_job:a:b", "other:a:b"}},
		"known, without a configuration": {false, "", []string{"REC002 error a_rules.yml:4:13+15 linkerd_job:a:b has no label instance and no label job, so that its series belong to no target"}, nil, []string{"linkerd_job:a:b"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := setup{include: recorded, rules: rulesFile("linkerd_job:a:b", "sum(rate(x[5m]))", "other:a:b", "sum(rate(x[5m]))"), config: test.config}.input()
			in.IncludeAssumed = test.assumed
			result := Check(in)
			if diff := cmp.Diff(test.want, about(result.Findings, "REC002")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]string{test.unknown, test.unrenamed}, [][]string{result.Assumed, result.Unrenamed}); diff != "" {
				t.Errorf("what is not known (-want +got):\n%s", diff)
			}
		})
	}
}
