package monitoring

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamesAreCheckedAgainstTheRulesOfCloudMonitoring(t *testing.T) {
	const custom = "custom.googleapis.com/a"
	for name, test := range map[string]struct {
		rules        []NameRule
		prefix, name string
		want         []NameRuleID
	}{
		"a good name":                         {MetricNameRules, "", "recorded_svc_latency_ms_p50_30s", nil},
		"a name with slashes":                 {MetricNameRules, "", "linkerd/latency", nil},
		"a name of 89 characters":             {MetricNameRules, "", strings.Repeat("a", 89), nil},
		"a name of 90 characters":             {MetricNameRules, "", strings.Repeat("a", 90), []NameRuleID{NameRelativeLength}},
		"a name of 165 characters":            {MetricNameRules, "", strings.Repeat("a", 165), []NameRuleID{NameRelativeLength}},
		"a name of 166 characters":            {MetricNameRules, "", strings.Repeat("a", 166), []NameRuleID{NameTotalLength}},
		"98 characters with a short prefix":   {MetricNameRules, custom, strings.Repeat("a", 98), nil},
		"99 characters with a short prefix":   {MetricNameRules, custom, strings.Repeat("a", 99), []NameRuleID{NameRelativeLength}},
		"a colon":                             {MetricNameRules, "", "a:b", []NameRuleID{NameCharacters}},
		"a hyphen":                            {MetricNameRules, "", "a-b", []NameRuleID{NameCharacters}},
		"a space":                             {MetricNameRules, "", "a b", []NameRuleID{NameCharacters}},
		"an umlaut":                           {MetricNameRules, "", "ä", []NameRuleID{NameCharacters}},
		"a dot":                               {MetricNameRules, "", "a.b", []NameRuleID{NameDot}},
		"a digit at the beginning":            {MetricNameRules, "", "2xx_total", []NameRuleID{NameFirstCharacter}},
		"a colon at the beginning":            {MetricNameRules, "", ":a", []NameRuleID{NameCharacters}},
		"an empty name":                       {MetricNameRules, "", "", []NameRuleID{EmptyName}},
		"a good label":                        {LabelKeyRules, "", "dst_service", nil},
		"a label with an underscore in front": {LabelKeyRules, "", "_a", []NameRuleID{LabelKeyCharacters}},
		"a label with a digit in front":       {LabelKeyRules, "", "7bar", []NameRuleID{LabelKeyCharacters}},
		"a label of 101 characters":           {LabelKeyRules, "", strings.Repeat("a", 101), []NameRuleID{LabelKeyLength}},
		"a value of 1024 characters":          {LabelValueRules, "", strings.Repeat("ä", 1024), nil},
		"a value of 1025 characters":          {LabelValueRules, "", strings.Repeat("a", 1025), []NameRuleID{LabelValueLength}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []NameRuleID
			for _, diagnostic := range CheckNames(test.rules, test.prefix, test.name) {
				got = append(got, diagnostic.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%q breaks other rules (-want +got):\n%s", test.name, diff)
			}
		})
	}
}

func TestMetricsPrefixesAreChecked(t *testing.T) {
	for prefix, good := range map[string]bool{
		"": true, DefaultMetricsPrefix: true, "custom.googleapis.com/linkerd/viz": true,
		"external.googleapis.com/prometheus/": false, "external.googleapis.com": false, "external.googleapis.com/a//b": false,
		"prometheus.googleapis.com/x": false, "linkerd": false, "custom.googleapis.com/a:b": false,
	} {
		if message := CheckMetricsPrefix(prefix); (message == "") != good {
			t.Errorf("%q: got %q", prefix, message)
		}
	}
}
