package cloudmonitoring

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A reading is what should be read from an answer.
type reading struct {
	Waiting string
	Partial bool
	Exact   bool
	Refused int
	Reasons []string
	Named   []int
}

func readingOf(a answer) reading {
	r := reading{Partial: a.partial, Exact: a.exact(), Refused: a.refused, Named: a.named}
	if a.waiting != nil {
		r.Waiting = a.waiting.ID
	}
	for _, part := range a.parts {
		r.Reasons = append(r.Reasons, part.reason.ID)
	}
	return r
}

// withSummary adds a summary to a refusal.
func withSummary(t *testing.T, text string, total, success int32) error {
	t.Helper()
	answer, err := status.New(codes.InvalidArgument, text).WithDetails(&monitoringpb.CreateTimeSeriesSummary{TotalPointCount: total, SuccessPointCount: success})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Err()
}

func refusal(text string) error { return status.Error(codes.InvalidArgument, text) }

// TestAnswersThatUsersHaveReported has texts in the forms of issue threads, with 200 points.
func TestAnswersThatUsersHaveReported(t *testing.T) {
	const target = `prometheus_target{cluster:c, instance:i:1, job:j, location:us-central1, namespace:n}`
	all := make([]int, 200)
	for i := range all {
		all[i] = i
	}
	for name, test := range map[string]struct {
		err  error
		want reading
	}{
		"2019: one of all": {
			refusal(partialPrefix + ": Points must be written in order. One or more of the points specified had an older end time than the most recent point.: timeSeries[10]"),
			reading{Partial: true, Refused: 1, Reasons: []string{"end_order"}, Named: []int{10}},
		},
		"2019: two reasons": {
			refusal(partialPrefix + ": Metric kind for metric external.googleapis.com/prometheus/x must be GAUGE, but is CUMULATIVE.: timeSeries[0-2]; Unrecognized region or location.: timeSeries[7,9]"),
			reading{Partial: true, Refused: 5, Reasons: []string{"kind_conflict", "location"}, Named: []int{0, 1, 2, 7, 9}},
		},
		"2024: all named, one refused": {
			withSummary(t, partialPrefix+": One or more points were written more frequently than the maximum sampling period configured for the metric.: "+
				target+" timeSeries[0-199]: prometheus.googleapis.com/up/gauge{}", 200, 199),
			reading{Partial: true, Refused: 1, Reasons: []string{"too_frequent"}, Named: all},
		},
		"2026: one of two hundred": {
			withSummary(t, partialPrefix+`: timeSeries[0-199] (example metric.type="prometheus.googleapis.com/x/histogram", metric.labels={"service": "Label key"}, `+
				`resource.type="prometheus_target", resource.labels={"job": "kong"}): Monarch only accepted 199 of 200 points. Example error: `+
				`New reset timestamp '2026/06/25-16:11:15.869' must not be older than existing reset timestamp '2026/06/25-16:11:45.869'.`, 200, 199),
			reading{Partial: true, Refused: 1, Reasons: []string{"start_order"}, Named: all},
		},
		"2026 without its summary": {
			refusal(partialPrefix + `: timeSeries[0-199] (example metric.type="a/b", metric.labels={}, resource.type="r", resource.labels={}): Monarch only accepted 150 of 200 points. Example error: x`),
			reading{Partial: true, Refused: 50, Reasons: []string{"other"}, Named: all},
		},
		"a summary without the words": {
			withSummary(t, "Points must be written in order.", 200, 180),
			reading{Partial: true, Refused: 20, Reasons: []string{"end_order"}},
		},
		"a summary that cannot be": {
			withSummary(t, "What?", 900, -5),
			reading{Partial: true, Refused: 200, Reasons: []string{"other"}},
		},
		"the words without anything": {
			refusal(partialPrefix), reading{Partial: true, Refused: 200, Reasons: []string{"other"}},
		},
		"a field": {
			refusal(`Field timeSeries[1].points[0].interval.start_time had an invalid value of "2020-06-12T13:48:47.794571-07:00": The start time must be before the end time (2020-06-12T13:48:47.794571-07:00) for the non-gauge metric 'knative.dev/x'.`),
			reading{Exact: true, Refused: 200, Reasons: []string{"interval"}, Named: []int{1}},
		},
		"several fields": {
			refusal(`Field timeSeries[119].points[0].distributionValue had an invalid value: Distribution |explicit_buckets.bounds| does not have at least one entry.; ` +
				`Field timeSeries[47].metric.type had an invalid value of "a:b": The metric type must be a URL-formatted string with a domain and non-empty path.`),
			reading{Exact: true, Refused: 200, Reasons: []string{"distribution", "metric_type"}, Named: []int{47, 119}},
		},
		"a series that was not sent": {refusal("Field timeSeries[300] had an invalid value"), reading{Refused: 200, Reasons: []string{"other"}}},
		"nothing to go by":           {refusal(""), reading{Refused: 200, Reasons: []string{"other"}}},
		"unavailable":                {status.Error(codes.Unavailable, "x"), reading{Waiting: "unavailable"}},
		"no status at all":           {errors.New("x"), reading{Waiting: "internal"}},
		"a range that is too long":   {refusal(partialPrefix + ": x: timeSeries[198-99999999999999999999, 199-99999999]"), reading{Partial: true, Refused: 1, Reasons: []string{"other"}, Named: []int{199}}},
		"accepted":                   {nil, reading{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, readingOf(readAnswer(test.err, 200))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestBlameFollowsTheCounts(t *testing.T) {
	a := readAnswer(withSummary(t, partialPrefix+": New reset timestamp: timeSeries[0-9]; Points must be written in order: timeSeries[10-19]", 20, 15), 20)
	counts := map[string]int{}
	for _, part := range a.blame(20, noMetric) {
		if part != nil {
			counts[part.reason.ID]++
		}
	}
	if diff := cmp.Diff(map[string]int{"start_order": 3, "end_order": 2}, counts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(partialPrefix+": Points must be written in order: timeSeries[3,8-12]; x: timeSeries[0]", 3, 200, 7)
	f.Add("Field timeSeries[47].metric.type had an invalid value", 3, 0, 0)
	f.Add("timeSeries[1-] only accepted 9999999999999999999999 of 1 points", 3, 1, 2)
	f.Fuzz(func(t *testing.T, text string, code, total, success int) {
		answer := status.New(codes.Code(code%17), text) //nolint:gosec // any code
		if total != 0 {
			detailed, err := answer.WithDetails(&monitoringpb.CreateTimeSeriesSummary{
				TotalPointCount: int32(total), SuccessPointCount: int32(success), //nolint:gosec // any number
			})
			if err == nil {
				answer = detailed
			}
		}
		const number = 20
		a := readAnswer(answer.Err(), number)
		if a.accepted() {
			if answer.Code() != codes.OK {
				t.Fatalf("%v is taken for accepted", answer)
			}
			return
		}
		if a.waiting != nil {
			return
		}
		blamed := 0
		for _, part := range a.blame(number, noMetric) {
			if part != nil {
				blamed++
			}
		}
		if a.refused < 0 || a.refused > number || blamed != a.refused {
			t.Fatalf("%d refused, %d blamed", a.refused, blamed)
		}
		for _, index := range a.named {
			if index < 0 || index >= number {
				t.Fatalf("series %d of %d is named", index, number)
			}
		}
	})
}

// TestTheTableOfReasons is complete and has each reason once.
func TestTheTableOfReasons(t *testing.T) {
	var ids []string
	waiting := map[codes.Code]string{}
	for _, reason := range Reasons {
		if slices.Contains(ids, reason.ID) || reason.ID == "" {
			t.Errorf("%q is there twice, or empty", reason.ID)
		}
		ids = append(ids, reason.ID)
		if !strings.HasSuffix(reason.Meaning, ".") || !strings.HasSuffix(reason.Fix, ".") {
			t.Errorf("%s: meaning and fix are not sentences: %q, %q", reason.ID, reason.Meaning, reason.Fix)
		}
		if (reason.Result == "") != (len(reason.codes) > 0) || (reason.Result == Refused) != (reason.pattern != nil) {
			t.Errorf("%s: a reason waits for codes, or is found by a pattern, or is ours", reason.ID)
		}
		for _, code := range reason.codes {
			if waiting[code] != "" {
				t.Errorf("%v is in %s and in %s", code, waiting[code], reason.ID)
			}
			waiting[code] = reason.ID
		}
	}
	for _, id := range []string{"too_old", "set_aside", "google_internal", "reanchored", "other"} {
		if reasonOf(id) == nil {
			t.Errorf("there is no reason %s", id)
		}
	}
}

func noMetric(int) string { return "" }

// TestTheExampleIsBlamedFirst has a text that names more series than were refused, as Google
// groups them.
func TestTheExampleIsBlamedFirst(t *testing.T) {
	a := readAnswer(status.Error(codes.InvalidArgument, `One or more TimeSeries could not be written: timeSeries[0-3] `+
		`(example metric.type="m/b", metric.labels={"a": "x"}): Monarch only accepted 3 of 4 points.`), 4)
	metrics := []string{"m/a", "m/a", "m/b", "m/a"}
	for i, part := range a.blame(len(metrics), func(i int) string { return metrics[i] }) {
		if (part != nil) != (i == 2) {
			t.Errorf("series %d of %s: blamed %t", i, metrics[i], part != nil)
		}
	}
}
