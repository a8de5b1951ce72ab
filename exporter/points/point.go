package points

import "github.com/linkerd-gcm/linkerd-gcm/exporter/series"

// A Point is one value of a time series. Times are milliseconds since 1970.
type Point struct {
	Series *series.Series
	// Start is 0 for gauges.
	Start, End int64
	Value      Value
	// Samples is the number of samples of Prometheus that share the point's fate.
	Samples int
	// Epoch is whatever the caller wants to recognise the point by.
	Epoch uint64
}

// A Value is a number or a distribution, as Series.Value says.
type Value struct {
	Double       float64
	Int64        int64
	Distribution *Distribution
}

// A Distribution is a histogram as Google Cloud Monitoring has it. It never changes.
type Distribution struct {
	Count                       int64
	Mean, SumOfSquaredDeviation float64
	// Bounds are the explicit upper bounds, where Exponential is nil. They may be shared
	// by many distributions.
	Bounds      []float64
	Exponential *Exponential
	// Counts has one element more than there are bounds, for what is above.
	Counts []int64
}

// Exponential says where the bounds of an exponential distribution are: the bucket i,
// from 1 to Buckets, reaches from Scale*Growth^(i-1) to Scale*Growth^i.
type Exponential struct {
	Buckets       int32
	Growth, Scale float64
}
