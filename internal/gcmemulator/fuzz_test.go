package gcmemulator

import (
	"testing"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/distribution"
	"google.golang.org/protobuf/proto"
)

// FuzzCreateTimeSeries sends requests of any shape, twice: what is accepted can be shown and
// listed, and is refused the second time.
func FuzzCreateTimeSeries(f *testing.F) {
	for _, seed := range []*monitoringpb.CreateTimeSeriesRequest{
		request(), request(gauge("web"), gauge("web")), request(counter("web", noon.Add(-time.Minute), noon)),
		request(histogram(exponential(2, 2, 1)), histogram(&distribution.Distribution{Count: 2, BucketOptions: explicit(1), BucketCounts: []int64{1, 1}})),
		{Name: "projects/p", TimeSeries: []*monitoringpb.TimeSeries{{}}},
	} {
		text, err := proto.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		request := &monitoringpb.CreateTimeSeriesRequest{}
		if proto.Unmarshal(text, request) != nil {
			return
		}
		emulator := New(Options{Now: func() time.Time { return noon }, MaxSeries: 10, MaxPoints: 10})
		_, _ = emulator.CreateTimeSeries(t.Context(), request)
		accepted := emulator.Counts().Accepted
		if len(request.GetTimeSeries()) <= 10 {
			_, _ = emulator.CreateTimeSeries(t.Context(), request)
			if again := emulator.Counts().Accepted; again != accepted {
				t.Errorf("%d points were accepted, and %d when they were sent again", accepted, again-accepted)
			}
		}
		for _, path := range []string{"/", "/points", "/refusals"} {
			get(t, emulator, path)
		}
		if _, err := emulator.ListTimeSeries(t.Context(), &monitoringpb.ListTimeSeriesRequest{}); err != nil {
			t.Error(err)
		}
	})
}

func FuzzFilter(f *testing.F) {
	f.Add(`metric.type="a" AND resource.labels.pod="b\"" metric.type=starts_with("c")`)
	f.Fuzz(func(t *testing.T, filter string) {
		terms, err := parseFilter(filter)
		if err != nil && terms != nil {
			t.Errorf("%q has terms, and an error: %v", filter, err)
		}
		for _, term := range terms {
			term.matches(gauge("web"))
		}
	})
}
