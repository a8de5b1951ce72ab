package gcmemulator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Texts is the year of the words in which points are refused. Google has changed them, and
// a client meets all of them in the reports of users.
type Texts int

// The three generations of texts.
const (
	// Texts2019 name exactly the series that were refused, without a summary
	// (stackdriver-prometheus-sidecar pull request 260 and issue 86).
	Texts2019 Texts = 2019
	// Texts2024 name all series of the resource, refused or not, with a summary
	// (prometheus-engine issues 814 and 851: 130 named, 1 refused).
	Texts2024 Texts = 2024
	// Texts2026 name all series of the resource and one as an example, with a summary
	// (prometheus-engine pull request 1970).
	Texts2026 Texts = 2026
)

// PartialPrefix begins the text of a refusal after which the other points are written.
const PartialPrefix = "One or more TimeSeries could not be written: "

// A refused point of a request.
type refused struct {
	index int
	rule  *Rule
	text  string
}

// partial composes the answer to a request of which some points were not written.
func (t Texts) partial(request *monitoringpb.CreateTimeSeriesRequest, points []refused) error {
	text := PartialPrefix + strings.Join(t.groups(request, points), "; ")
	answer := status.New(codes.InvalidArgument, text)
	if t == Texts2019 {
		return answer.Err()
	}
	byCode := map[codes.Code]int32{}
	for _, point := range points {
		byCode[point.rule.Code]++
	}
	total := len(request.GetTimeSeries())
	summary := &monitoringpb.CreateTimeSeriesSummary{
		TotalPointCount:   int32(total),               //nolint:gosec // at most 200
		SuccessPointCount: int32(total - len(points)), //nolint:gosec // at most 200
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		// The messages are empty in every answer that users have reported.
		summary.Errors = append(summary.Errors, &monitoringpb.CreateTimeSeriesSummary_Error{
			Status: &rpcstatus.Status{Code: int32(code)}, PointCount: byCode[code], //nolint:gosec // codes are small
		})
	}
	if withSummary, err := answer.WithDetails(summary); err == nil {
		answer = withSummary
	}
	return answer.Err()
}

// groups composes one part of the text for each reason and resource.
func (t Texts) groups(request *monitoringpb.CreateTimeSeriesRequest, points []refused) []string {
	type group struct{ text, resource string }
	var order []group
	refusedOf, allOf := map[group][]int{}, map[string][]int{}
	for i, series := range request.GetTimeSeries() {
		name := resourceText(series)
		allOf[name] = append(allOf[name], i)
	}
	for _, point := range points {
		key := group{point.text, resourceText(request.GetTimeSeries()[point.index])}
		if t == Texts2019 {
			key.resource = ""
		}
		if _, known := refusedOf[key]; !known {
			order = append(order, key)
		}
		refusedOf[key] = append(refusedOf[key], point.index)
	}
	var texts []string
	for _, key := range order {
		first := request.GetTimeSeries()[refusedOf[key][0]]
		all := allOf[key.resource]
		switch t {
		case Texts2019:
			texts = append(texts, fmt.Sprintf("%s: timeSeries[%s]", strings.TrimSuffix(key.text, "."), ranges(refusedOf[key])))
		case Texts2024:
			texts = append(texts, fmt.Sprintf("%s: %s timeSeries[%s]: %s{%s}", strings.TrimSuffix(key.text, "."), key.resource, ranges(all),
				first.GetMetric().GetType(), labelText(first.GetMetric().GetLabels(), ":", "")))
		default:
			texts = append(texts, t.newest(first, all, len(refusedOf[key]), key.text))
		}
	}
	return texts
}

// newest composes a part of the text of 2026: of several points, or of a resource whose
// points are all refused.
func (t Texts) newest(example *monitoringpb.TimeSeries, all []int, number int, text string) string {
	where := fmt.Sprintf("timeSeries[%s] (example metric.type=%q, metric.labels={%s}, resource.type=%q, resource.labels={%s})",
		ranges(all), example.GetMetric().GetType(), labelText(example.GetMetric().GetLabels(), ": ", `"`),
		example.GetResource().GetType(), labelText(example.GetResource().GetLabels(), ": ", `"`))
	if number == len(all) {
		return fmt.Sprintf("%s: write for resource failed: %s", where, text)
	}
	return fmt.Sprintf("%s: Monarch only accepted %d of %d points. Example error: %s", where, len(all)-number, len(all), text)
}

func resourceText(series *monitoringpb.TimeSeries) string {
	return fmt.Sprintf("%s{%s}", series.GetResource().GetType(), labelText(series.GetResource().GetLabels(), ":", ""))
}

func labelText(labels map[string]string, between, quote string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, quote+key+quote+between+quote+labels[key]+quote)
	}
	return strings.Join(parts, ", ")
}

// ranges writes numbers in rising order as Google does: 3,8-12,43,44.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		if last < i+2 {
			parts = append(parts, strconv.Itoa(numbers[i]))
			i++
			continue
		}
		parts = append(parts, fmt.Sprintf("%d-%d", numbers[i], numbers[last]))
		i = last + 1
	}
	return strings.Join(parts, ",")
}
