package cloudmonitoring

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// partialPrefix is in the text of refusals after which the other points of the request are
// written. There are refusals without it that have a summary, and older ones without a summary.
const partialPrefix = "One or more TimeSeries could not be written"

// An answer is what Google says to a request, as far as it can be relied on.
type answer struct {
	// text is Google's, "" where the request was accepted.
	text string
	// waiting is the reason to send the request again.
	waiting *Reason
	// principal is who was denied, where that is known.
	principal string
	// partial says that the points of the request are settled: refused of them are not
	// written, and the others are.
	partial bool
	refused int
	// parts are the reasons for which points were refused.
	parts []part
	// named are the series that the text names, in rising order: at most the number of
	// points that were sent.
	named []int
}

// A part is one reason of a refusal, with as many points as its text names.
type part struct {
	reason *Reason
	text   string
	named  []int
}

// accepted says whether all points were written.
func (a *answer) accepted() bool { return a.text == "" && a.waiting == nil }

// exact says that nothing was written, and that the text names the series that are to blame.
func (a *answer) exact() bool {
	return a.waiting == nil && !a.partial && len(a.named) > 0 && strings.Contains(a.text, "Field timeSeries[")
}

// onlyStarts says that another start may help all points that were refused.
func (a *answer) onlyStarts() bool {
	return !slices.ContainsFunc(a.parts, func(p part) bool { return !p.reason.start })
}

// readAnswer reads the answer to a request of a number of points.
func readAnswer(err error, number int) answer {
	if err == nil {
		return answer{}
	}
	got := status.Convert(err)
	a := answer{text: got.Message()}
	if a.text == "" {
		a.text = got.Code().String()
	}
	summary := summaryOf(got)
	a.partial = summary != nil || strings.Contains(a.text, partialPrefix)
	if !a.partial {
		if a.waiting = waits(got.Code()); a.waiting != nil {
			return a
		}
	}
	a.readParts(number)
	switch {
	case !a.partial:
		a.refused = number
	case summary != nil:
		a.refused = min(max(int(summary.GetTotalPointCount()-summary.GetSuccessPointCount()), 0), number)
	default:
		a.refused = a.countWithoutSummary(number)
	}
	return a
}

// summaryOf returns the summary that comes with an answer, or nil.
func summaryOf(got *status.Status) *monitoringpb.CreateTimeSeriesSummary {
	if got.Code() == codes.OK {
		return nil
	}
	for _, detail := range got.Details() {
		if summary, is := detail.(*monitoringpb.CreateTimeSeriesSummary); is {
			return summary
		}
	}
	return nil
}

var (
	// The series of a part: timeSeries[3,8-12].
	indices = regexp.MustCompile(`timeSeries\[([0-9,\- ]*)\]`)
	// Where a part of the text ends and the next one begins.
	boundary = regexp.MustCompile(`; (Field timeSeries\[|timeSeries\[|[A-Z])`)
	// An example has label names and values in it, which are not the reason.
	example = regexp.MustCompile(`\(example .*?\}\): `)
	// How many points of a part were written.
	monarch = regexp.MustCompile(`only accepted (\d+) of (\d+) points`)
)

// maxText limits how much of a text is looked at: Google's are some kilobytes long at most.
const maxText = 1 << 18

// readParts finds the reasons and series that the text names.
func (a *answer) readParts(number int) {
	text := a.text[:min(len(a.text), maxText)]
	_, rest, found := strings.Cut(text, partialPrefix+": ")
	if !found {
		rest = text
	}
	begin := 0
	add := func(end int) {
		one := part{text: rest[begin:end], named: namedIn(rest[begin:end], number)}
		one.reason = refuses(example.ReplaceAllString(one.text, ""))
		a.parts = append(a.parts, one)
		a.named = append(a.named, one.named...)
	}
	for _, at := range boundary.FindAllStringIndex(rest, -1) {
		// A part without series belongs to the one after it.
		if indices.MatchString(rest[begin:at[0]]) {
			add(at[0])
			begin = at[0] + len("; ")
		}
	}
	add(len(rest))
	slices.Sort(a.named)
	a.named = slices.Compact(a.named)
}

// namedIn reads lists such as 3,8-12. Numbers of points that were not sent are ignored.
func namedIn(text string, number int) []int {
	var all []int
	for _, list := range indices.FindAllStringSubmatch(text, -1) {
		for item := range strings.SplitSeq(list[1], ",") {
			first, last, isRange := strings.Cut(strings.TrimSpace(item), "-")
			from, err := strconv.Atoi(first)
			if err != nil {
				continue
			}
			to := from
			if isRange {
				if to, err = strconv.Atoi(last); err != nil {
					continue
				}
			}
			for i := from; i <= min(to, number-1); i++ {
				all = append(all, i)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// countWithoutSummary returns how many points were refused at most, by the text alone: as
// many as it says, else as many as it names, else all.
func (a *answer) countWithoutSummary(number int) int {
	total := 0
	for _, part := range a.parts {
		refused := len(part.named)
		if match := monarch.FindStringSubmatch(part.text); match != nil {
			// Both were matched as digits; what is too long for a number is 0.
			accepted, _ := strconv.Atoi(match[1])
			of, _ := strconv.Atoi(match[2])
			refused = max(of-accepted, 1)
		}
		total += refused
	}
	if total == 0 {
		return number
	}
	return min(total, number)
}

// exampleMetric is the metric of a part's example.
var exampleMetric = regexp.MustCompile(`\(example metric\.type="([^"]+)"`)

// exampleFirst sorts the series of the metric that is the example to the front.
func (p *part) exampleFirst(metricOf func(index int) string) {
	found := exampleMetric.FindStringSubmatch(p.text)
	if found == nil {
		return
	}
	other := func(index int) int {
		if metricOf(index) == found[1] {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(p.named, func(x, y int) int { return other(x) - other(y) })
}

// blame assigns the refused points of a settled request to reasons: one entry for each
// point, nil where the point was written. Texts name more series than were refused; those of
// the metric that is the example come first.
func (a *answer) blame(number int, metricOf func(index int) string) []*part {
	for i := range a.parts {
		a.parts[i].exampleFirst(metricOf)
	}
	blamed := make([]*part, number)
	left := a.refused
	put := func(index int, one *part) {
		if left > 0 && blamed[index] == nil {
			blamed[index] = one
			left--
		}
	}
	// First what is named, in turn from each part, so that each has its share.
	for round := 0; left > 0; round++ {
		more := false
		for i := range a.parts {
			if round < len(a.parts[i].named) {
				put(a.parts[i].named[round], &a.parts[i])
				more = true
			}
		}
		if !more {
			break
		}
	}
	for index := 0; left > 0 && index < number; index++ {
		put(index, &a.parts[0])
	}
	return blamed
}
