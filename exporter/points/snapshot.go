package points

import (
	"github.com/prometheus/prometheus/model/histogram"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// A Snapshot is what a derivation knows between two records, but for how much there is of
// what follows it: targets, time series, sums, histograms and sources, in this order. They
// refer to each other by their place among their like; -1 is none. All are encoded with
// encoding/gob, one after the other, so that there is never a second copy of everything;
// JSON has no numbers that are not finite. The same derivation always gives the same.
type Snapshot struct {
	// Configuration is what the resolver says of its own; another one is applied as by
	// Reconfigure.
	Configuration string
	Horizon       int64
	AnchorUntil   int64
	Record, Lost  uint64
	Now, Again    int64
	Interval      int64
	Swept         int64
	Active        int
	Counted       int64
	Inputs        int
	Counts        Counts
	// Seen has the references that were named, as pairs of a first and a last one.
	Seen [][2]uint64
	Open []OpenState
	// Targets and so on are how many of each follow.
	Targets, Streams, Groups, Histograms, Sources int
}

// ScrapeState is a scrape of a target.
type ScrapeState struct {
	Time     int64
	Up, Gone bool
	Record   uint64
}

// TargetState is what is known of a target.
type TargetState struct {
	Job, Instance  string
	Current        ScrapeState
	Good           int64
	GoodRecord     uint64
	HasGood, Known bool
	Interval       int64
	Measured       int64
	Started        int64
	StartedRecord  uint64
}

// StreamState is what is known of a time series in Google Cloud Monitoring.
type StreamState struct {
	MetricType      string
	Kind            monitoring.MetricKind
	Value           monitoring.ValueKind
	Labels          []series.Label
	Resource        string
	ResourceLabels  []series.Label
	Owner           []byte
	Ended, Native   bool
	Sampled         int64
	Admitted        bool
	HasStart        bool
	Start           int64
	Base            float64
	Reanchor        bool
	HasEnd, HasSent bool
	End, Sent       int64
	SentAmount      float64
	Closed          int64
	Held            *HeldState
}

// HeldState is a point that is held back.
type HeldState struct {
	Start, End   int64
	Samples      int
	Double       float64
	Int64        int64
	Distribution *Distribution
}

// GroupState is what is known of a sum.
type GroupState struct {
	Aggregation    string
	Stream, Target int
	Count, Sum     float64
	Bounds, Below  []float64
	Native         *histogram.FloatHistogram
	Form           uint8
	FormedAt       int64
	HasBegan       bool
	Began          int64
	Record         uint64
	Samples        int
	Sampled        int64
}

// PartState is a value of a histogram.
type PartState struct {
	Seen                bool
	Current, Last, Base float64
	// Bound and In are those of a bucket.
	Bound float64
	In    bool
}

// HistogramState is what is known of a histogram.
type HistogramState struct {
	Key                 []byte
	Target, Stream      int
	Native, Recorded    bool
	Groups              []int
	Slots               []PartState
	Sum, Total          PartState
	Bounds              []float64
	Open                bool
	OpenTime            int64
	OpenUses, Samples   int
	NotFinite           bool
	Named               uint64
	FromLog             bool
	HasTime, HasValue   bool
	LastTime, ValueTime int64
	Vanished, Negative  bool
	PausedAt            int64
	Last, Base          *histogram.FloatHistogram
}

// SourceState is what is known of a series of Prometheus.
type SourceState struct {
	Labels              []series.Label
	References          []uint64
	Target              int
	Born                uint64
	FromLog             bool
	Selected            bool
	Resolved, Recorded  bool
	Input               bool
	Streams, Groups     []int
	Histogram           int
	Role                series.Role
	Slot                int
	Refusals            []RefusalState
	NextTry             int64
	HasTime, HasValue   bool
	LastTime, ValueTime int64
	Value               float64
	Vanished            bool
	PausedAt            int64
	Touched             int64
}

// RefusalState says why a series is not exported, or not in a sum.
type RefusalState struct {
	Reason series.Reason
	Detail string
}

// OpenState is a recorded histogram that waits for its other parts.
type OpenState struct {
	Histogram int
	Time      int64
}
