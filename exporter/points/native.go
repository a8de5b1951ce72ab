package points

import "github.com/prometheus/prometheus/tsdb/record"

// Histograms takes a record of native histograms. It returns ErrWait or nil.
func (d *Derivation) Histograms([]record.RefHistogramSample) error { return nil }

// FloatHistograms takes a record of native histograms whose counts are not whole numbers.
// It returns ErrWait or nil.
func (d *Derivation) FloatHistograms([]record.RefFloatHistogramSample) error { return nil }
