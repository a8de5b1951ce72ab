package check

import "testing"

func TestChanged(t *testing.T) {
	for name, test := range map[string]struct {
		before, after map[string]string
		want          string
	}{
		"nothing of the ConfigMaps": {map[string]string{"a/k": "1"}, map[string]string{"a/k": "1"}, "the annotations, or the injector's default image, have changed"},
		"one text":                  {map[string]string{"a/k": "1", "b/k": "2"}, map[string]string{"a/k": "1", "b/k": "3"}, "ConfigMap b/k has changed"},
		"one is gone":               {map[string]string{"a/k": "1"}, nil, "ConfigMap a/k has changed"},
		"another one":               {map[string]string{"a/k": "1"}, map[string]string{"b/k": "1"}, "ConfigMaps a/k and b/k have changed"},
	} {
		if got := changed(test.before, test.after); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
