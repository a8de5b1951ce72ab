package points_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

func TestEachReasonHasExamples(t *testing.T) {
	s := begin(t)
	s.scrape("a", 10_000, v{"g", nan}, v{"untyped", 1}, v{`h_bucket{le="1"}`, 1}, v{"h_sum", 1})
	s.scrape("a", 20_000, v{"g", nan}, v{"untyped", 2})
	got := s.d.Examples(2)
	target := `instance="a", job="job"`
	want := map[series.Reason][]points.Example{
		series.NotFinite:           {{Series: `g{` + target + `}`}},
		series.MetadataNotFound:    {{Series: `untyped{` + target + `}`, Detail: "untyped"}},
		series.IncompleteHistogram: {{Series: `h{` + target + `}`}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again := s.d.Examples(2)[series.NotFinite]; len(again) != 0 {
		t.Errorf("nothing happened since the call before, but got %v", again)
	}
}
