package main

import "testing"

func TestConfigurationIsDecodedAsTheRealSidecarDoes(t *testing.T) {
	tests := map[string]struct {
		text    string
		err     string
		renamed string // what metric a is exported as
	}{
		"an empty file":                         {text: "", renamed: "a"},
		"a rename":                              {text: "metric_renames: [{from: a, to: b}]", renamed: "b"},
		"the last of two renames counts":        {text: "metric_renames: [{from: a, to: b}, {from: a, to: c}]", renamed: "c"},
		"keys in another case":                  {text: "Metric_Renames: [{FROM: a, To: b}]", renamed: "b"},
		"an unknown key is ignored":             {text: "metric_renmes: [{from: a, to: b}]", renamed: "a"},
		"a second document is ignored":          {text: "{}\n---\nmetric_renames: [{from: a, to: b}]", renamed: "a"},
		"a number becomes a string":             {text: "metric_renames: [{from: a, to: 5}]", renamed: "5"},
		"yes becomes true":                      {text: "metric_renames: [{from: a, to: yes}]", renamed: "true"},
		"a rename to nothing":                   {text: "metric_renames: [{from: a}]", renamed: ""},
		"untyped is a metric type":              {text: "static_metadata: [{metric: a, type: untyped}]", renamed: "a"},
		"a value type in capitals":              {text: "static_metadata: [{metric: a, type: gauge, value_type: DOUBLE}]", err: `invalid value type "DOUBLE"`},
		"a metric without a type":               {text: "static_metadata: [{metric: a}]", err: `invalid metric type ""`},
		"two aggregated counters with one name": {text: "aggregated_counters: [{metric: a}, {metric: a}]", err: "duplicate counter aggregator metric a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := parseConfig([]byte(test.text))
			if err != nil || test.err != "" {
				if err == nil || err.Error() != test.err {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				return
			}
			if renamed := c.rename("a"); renamed != test.renamed {
				t.Errorf("a is exported as %q, want %q", renamed, test.renamed)
			}
		})
	}
}

func TestConfigurationOfTheWrongShapeIsRefused(t *testing.T) {
	for _, text := range []string{"metric_renames: {from: a, to: b}", "\tmetric_renames: []", "aggregated_counters: [{metric: a, filters: x}]",
		"aggregated_counters: [{metric: a, filters: ['{']}]"} {
		if _, err := parseConfig([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
