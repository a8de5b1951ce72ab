package stackdriver

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestEveryEntryAndValueHasItsPlace(t *testing.T) {
	config := parseConfig(t, `# comment
metric_renames:
- from: job:x
  to: "x"
- {to: z, from: 'job:y'}
static_metadata:
-   metric: job:x
    type: counter
aggregated_counters:
- metric: c
  filters:
  - up
  - >-
    down
`)
	value := func(text string, line, column int) Value {
		return Value{Position: source.Position{Line: line, Column: column}, Text: text}
	}
	want := &Config{
		Renames: []Rename{
			{source.Position{Line: 3, Column: 3}, value("job:x", 3, 9), value("x", 4, 7)},
			{source.Position{Line: 5, Column: 3}, value("job:y", 5, 17), value("z", 5, 8)},
		},
		StaticMetadata: []StaticMetadata{
			{Position: source.Position{Line: 7, Column: 5}, Metric: value("job:x", 7, 13), Type: value("counter", 8, 11)},
		},
		AggregatedCounters: []AggregatedCounter{
			{Position: source.Position{Line: 10, Column: 3}, Metric: value("c", 10, 11), Filters: []Value{value("up", 12, 5), value("down", 13, 5)}},
		},
	}
	if diff := cmp.Diff(want, config, cmpopts.IgnoreFields(Value{}, "quote")); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}

func TestValuesSayWhereTheirCharactersStand(t *testing.T) {
	config := parseConfig(t, "metric_renames: [{from: äb, to: 'äb'}, {from: \"a\\tb\", to: \"a\n b\"}, {to: x}]")
	renames := config.Renames
	for name, test := range map[string]struct {
		got, want source.Position
	}{
		"in a plain scalar":              {renames[0].From.At(len("ä")), source.Position{Line: 1, Column: 26}},
		"in a quoted scalar":             {renames[0].To.At(len("ä")), source.Position{Line: 1, Column: 35}},
		"behind the end":                 {renames[0].To.At(99), source.Position{Line: 1, Column: 36}},
		"in a scalar with escapes":       {renames[1].From.At(2), renames[1].From.Position},
		"in a scalar over several lines": {renames[1].To.At(2), renames[1].To.Position},
		"in a value that is missing":     {renames[2].From.At(0), source.Position{}},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %v, want %v", name, test.got, test.want)
		}
	}
}

func TestUnreadableConfigsSayWhere(t *testing.T) {
	_, err := ParseConfig([]byte("metric_renames:\n\t- from: a\n"))
	var unreadable *ConfigError
	if !errors.As(err, &unreadable) || unreadable.Range.Start != (source.Position{Line: 2, Column: 1}) {
		t.Fatalf("got %v", err)
	}
	const want = "line 2, column 1: a tab indents this line; YAML wants spaces (found character that cannot start any token)"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
