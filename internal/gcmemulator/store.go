package gcmemulator

import (
	"cmp"
	"container/list"
	"maps"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/monitoring/apiv3/v2/monitoringpb"
	"google.golang.org/genproto/googleapis/api/metric"
)

// A descriptor is what Google makes of the first point of a metric (monitoringpb/metric.pb.go,
// TimeSeries: the descriptor is created with the kind and the type of the point). Labels are
// added later and never removed.
type descriptor struct {
	name      string
	kind      metric.MetricDescriptor_MetricKind
	valueType metric.MetricDescriptor_ValueType
	labels    map[string]bool
}

// A series is what is remembered of one time series.
type series struct {
	key        string
	proto      *monitoringpb.TimeSeries // without points
	start, end time.Time
	accepted   int
	recent     []*monitoringpb.Point // the last plotPoints
	place      *list.Element
}

// An Accepted point, in the order of acceptance.
type Accepted struct {
	// Number counts the accepted points from 0.
	Number int
	// Series has everything but the point. It must not be changed.
	Series *monitoringpb.TimeSeries
	Point  *monitoringpb.Point
}

// store is what has been accepted, up to limits. Its owner guards it.
type store struct {
	maxSeries, maxPoints int
	descriptors          map[string]*descriptor
	series               map[string]*series
	byUse                *list.List // of *series, the one that has been silent longest first
	points               []Accepted
	accepted             int // points so far, those that are forgotten included
}

func newStore(maxSeries, maxPoints int) *store {
	return &store{
		maxSeries: maxSeries, maxPoints: maxPoints,
		descriptors: map[string]*descriptor{}, series: map[string]*series{}, byUse: list.New(),
	}
}

// keyOf is the identity of a series: metric type, metric labels, resource and its labels.
func keyOf(t *monitoringpb.TimeSeries) string {
	var key strings.Builder
	write := func(labels map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(labels)) {
			key.WriteString("\x00" + name + "\x01" + labels[name])
		}
	}
	key.WriteString(t.GetMetric().GetType())
	write(t.GetMetric().GetLabels())
	key.WriteString("\x02" + t.GetResource().GetType())
	write(t.GetResource().GetLabels())
	return key.String()
}

// add remembers a point that no rule refuses.
func (s *store) add(key string, c *candidate) {
	name := c.series.GetMetric().GetType()
	if s.descriptors[name] == nil {
		s.descriptors[name] = &descriptor{name: name, kind: c.kind(), valueType: c.valueType(), labels: map[string]bool{}}
	}
	for label := range c.series.GetMetric().GetLabels() {
		s.descriptors[name].labels[label] = true
	}
	known := s.series[key]
	if known == nil {
		known = &series{key: key, proto: &monitoringpb.TimeSeries{
			Metric: c.series.GetMetric(), Resource: c.series.GetResource(), MetricKind: c.kind(), ValueType: c.valueType(), Unit: c.series.GetUnit(),
		}}
		known.place = s.byUse.PushBack(known)
		s.series[key] = known
		s.forget()
	}
	s.byUse.MoveToBack(known.place)
	known.start, known.end = c.start(), c.end()
	known.accepted++
	if len(known.recent) == plotPoints {
		known.recent = append(known.recent[:0], known.recent[1:]...)
	}
	known.recent = append(known.recent, c.point())
	s.points = append(s.points, Accepted{s.accepted, known.proto, c.point()})
	s.accepted++
	// A quarter at a time, so that remembering a point costs the same as ever.
	if len(s.points) > s.maxPoints+s.maxPoints/4 {
		s.points = slices.Clone(s.points[len(s.points)-s.maxPoints:])
	}
}

// forget drops the series that has been silent longest where there are too many.
func (s *store) forget() {
	for len(s.series) > s.maxSeries {
		oldest := s.byUse.Front()
		delete(s.series, s.byUse.Remove(oldest).(*series).key)
	}
}

// sorted returns the series by metric type, then by labels.
func (s *store) sorted() []*series {
	return slices.SortedFunc(maps.Values(s.series), func(a, b *series) int { return cmp.Compare(a.key, b.key) })
}

// since returns the remembered points from a number on.
func (s *store) since(number int) []Accepted {
	first := s.accepted - len(s.points)
	return slices.Clone(s.points[min(max(number-first, 0), len(s.points)):])
}
