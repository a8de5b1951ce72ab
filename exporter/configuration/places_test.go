package configuration

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

func TestEntriesHaveTheirPlaces(t *testing.T) {
	const text = `metric_renames:
- from: "a:b"
  to: &new ä
- {from: yes, to: *new}
aggregated_counters:
- metric: m
  filters: ['x{y="z"}', w]
aggregate:
- by: [a, b]
  metric: >-
    long
    name
`
	at := func(line, column int) source.Position { return source.Position{Line: line, Column: column} }
	want := Entries{
		Renames: []Entry{
			{at(2, 3), map[string][]Word{"from": {{"a:b", at(2, 10)}}, "to": {{"ä", at(3, 7)}}}},
			{at(4, 3), map[string][]Word{"from": {{"yes", at(4, 10)}}, "to": {{"ä", at(4, 19)}}}},
		},
		Counters: []Entry{{at(6, 3), map[string][]Word{"metric": {{"m", at(6, 11)}}, "filters": {{`x{y="z"}`, at(7, 14)}, {"w", at(7, 25)}}}}},
		Aggregates: []Entry{
			{at(9, 3), map[string][]Word{"by": {{"a", at(9, 8)}, {"b", at(9, 11)}}, "metric": {{"long name", at(10, 11)}}}},
		},
	}
	if diff := cmp.Diff(want, ReadEntries([]byte(text))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "[", "a", "metric_renames: 1", "metric_renames: [1, [2]]", "\xff"} {
		ReadEntries([]byte(text))
	}
}
