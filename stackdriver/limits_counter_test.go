package stackdriver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

func TestNamesOfCountersAreCheckedAgainstTheRulesOfOpenCensus(t *testing.T) {
	for name, test := range map[string]struct {
		name string
		want []monitoring.NameRuleID
	}{
		"a good counter":                      {"network_transmit_bytes", nil},
		"a counter with a name that is taken": {"prometheus_sidecar/dropped_series", []monitoring.NameRuleID{CounterNameTaken}},
		"a counter with an umlaut":            {"zähler", []monitoring.NameRuleID{CounterNameCharacters}},
		"a counter of 256 characters":         {strings.Repeat("a", 256), []monitoring.NameRuleID{CounterNameLength}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []monitoring.NameRuleID
			for _, diagnostic := range monitoring.CheckNames(CounterNameRules, "", test.name) {
				got = append(got, diagnostic.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%q breaks other rules (-want +got):\n%s", test.name, diff)
			}
		})
	}
}
