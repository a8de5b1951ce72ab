package points

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
)

// lowestSchema is the coarsest of the exponential ones.
const lowestSchema = -4

// knownSchema reports whether Prometheus 2.55 has buckets of the schema.
func knownSchema(schema int32) bool {
	return histogram.IsExponentialSchema(schema) || histogram.IsCustomBucketsSchema(schema)
}

// since returns what a native histogram has counted since another one, or nil where they
// do not go together.
func since(current, base *histogram.FloatHistogram) *histogram.FloatHistogram {
	if base == nil {
		return current
	}
	// Both are changed where their buckets differ.
	counted, err := current.Copy().Sub(base.Copy())
	if err != nil {
		return nil
	}
	return counted
}

// exponential makes a distribution of a native histogram, or nil of one that makes no
// sense. What is not above zero goes below the first bucket.
func exponential(h *histogram.FloatHistogram) *Distribution {
	if h == nil {
		return nil
	}
	if h.UsesCustomBuckets() {
		return custom(h)
	}
	made, _ := fitting(h)
	return made
}

// fitting makes a distribution of a native histogram without bounds, or nil, and returns it
// with the resolution that it has in there: the highest one whose buckets Google takes.
func fitting(h *histogram.FloatHistogram) (*Distribution, *histogram.FloatHistogram) {
	for {
		made, fits := exponentialOf(h)
		if fits || h.Schema <= lowestSchema {
			return made, h
		}
		h = h.CopyToSchema(h.Schema - 1)
	}
}

// exponentialOf makes a distribution with the buckets of the histogram, if Google takes so
// many.
func exponentialOf(h *histogram.FloatHistogram) (*Distribution, bool) {
	lowest, highest, found := int32(0), int32(0), false
	for buckets := h.PositiveBucketIterator(); buckets.Next(); {
		bucket := buckets.At()
		if bucket.Count <= 0 {
			continue
		}
		if !found {
			lowest, found = bucket.Index, true
		}
		highest = bucket.Index
	}
	below := h.ZeroCount
	for buckets := h.NegativeBucketIterator(); buckets.Next(); {
		below += buckets.At().Count
	}
	if !found {
		return describe(h, &Distribution{Bounds: []float64{0}, Counts: []int64{0, whole(below)}}), true
	}
	size := int(highest-lowest) + 1
	if size+2 > maxBuckets {
		return nil, false
	}
	made := &Distribution{Counts: make([]int64, size+2)}
	made.Counts[0] = whole(below)
	for buckets := h.PositiveBucketIterator(); buckets.Next(); {
		if bucket := buckets.At(); bucket.Count > 0 {
			made.Counts[bucket.Index-lowest+1] = whole(bucket.Count)
		}
	}
	growth := math.Exp2(math.Exp2(-float64(h.Schema)))
	made.Exponential = &Exponential{Buckets: int32(size), Growth: growth, Scale: math.Exp2(float64(lowest-1) * math.Exp2(-float64(h.Schema)))}
	if made.Exponential.Scale == 0 || math.IsInf(made.Exponential.Scale, 0) {
		return nil, true
	}
	return describe(h, made), true
}

// custom makes a distribution of a native histogram with explicit bounds.
func custom(h *histogram.FloatHistogram) *Distribution {
	if len(h.CustomValues) == 0 {
		return nil
	}
	made := &Distribution{Bounds: h.CustomValues, Counts: make([]int64, len(h.CustomValues)+1)}
	for buckets := h.PositiveBucketIterator(); buckets.Next(); {
		bucket := buckets.At()
		if bucket.Index < 0 || int(bucket.Index) >= len(made.Counts) {
			return nil
		}
		made.Counts[bucket.Index] = whole(bucket.Count)
	}
	return merge(describe(h, made))
}

// describe fills in count, mean and deviation, the latter from the middles of the buckets.
func describe(h *histogram.FloatHistogram, made *Distribution) *Distribution {
	for _, count := range made.Counts {
		made.Count += count
	}
	if made.Count == 0 {
		return made
	}
	made.Mean = h.Sum / max(h.Count, 1)
	for all := h.AllBucketIterator(); all.Next(); {
		bucket := all.At()
		if middle := (bucket.Lower + bucket.Upper) / 2; isFinite(middle) && bucket.Count > 0 {
			made.SumOfSquaredDeviation += bucket.Count * (middle - made.Mean) * (middle - made.Mean)
		}
	}
	made.SumOfSquaredDeviation = min(made.SumOfSquaredDeviation, math.MaxFloat64)
	return made
}

// whole is a count as Google takes it.
func whole(count float64) int64 { return max(0, truncate(count)) }
