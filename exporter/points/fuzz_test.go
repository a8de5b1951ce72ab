package points_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
)

// A tape gives the fuzz test's input piece by piece; at its end there are zeros.
type tape []byte

func (t *tape) byte() byte {
	if len(*t) == 0 {
		return 0
	}
	b := (*t)[0]
	*t = (*t)[1:]
	return b
}

func (t *tape) number() uint64 {
	var eight [8]byte
	n := copy(eight[:], *t)
	*t = (*t)[n:]
	return binary.LittleEndian.Uint64(eight[:])
}

// value is a small number, or any.
func (t *tape) value() float64 {
	switch b := t.byte(); b {
	case 255:
		return math.Float64frombits(t.number())
	case 254:
		return stale
	default:
		return float64(b)
	}
}

func (t *tape) time() int64 {
	switch b := t.byte(); b {
	case 255:
		return int64(t.number())
	default:
		return int64(b) * 10_000
	}
}

// operation reads what the log says next.
func (t *tape) operation() operation {
	all := append(append([]string{"up", "process_start_time_seconds", "n"}, metrics...), rules...)
	switch t.byte() % 8 {
	case 0, 1:
		var refs []record.RefSeries
		for range t.byte()%16 + 1 {
			b := t.byte()
			refs = append(refs, record.RefSeries{Ref: chunks.HeadSeriesRef(b), Labels: withTarget(all[int(t.byte())%len(all)], "proxy", string('a'+rune(b%2)))})
		}
		checkpoint := t.byte()%8 == 0
		return func(d *points.Derivation) error { d.Series(refs, checkpoint); return nil }
	case 2:
		return func(d *points.Derivation) error { d.Lost(); return nil }
	case 3:
		sample := t.native()
		return func(d *points.Derivation) error { return d.Histograms([]record.RefHistogramSample{sample}) }
	case 4:
		if t.byte()%8 == 0 {
			return func(d *points.Derivation) error { d.ForgetReferences(); return nil }
		}
	}
	var samples []record.RefSample
	at := t.time()
	for range t.byte()%16 + 1 {
		samples = append(samples, record.RefSample{Ref: chunks.HeadSeriesRef(t.byte()), T: at, V: t.value()})
		if t.byte()%8 == 0 {
			at = t.time()
		}
	}
	return func(d *points.Derivation) error { return d.Samples(samples) }
}

func (t *tape) native() record.RefHistogramSample {
	h := &histogram.Histogram{Schema: int32(int8(t.byte())), ZeroThreshold: 0.001, ZeroCount: uint64(t.byte()), Count: uint64(t.byte()), Sum: t.value()}
	h.PositiveSpans = []histogram.Span{{Offset: int32(int8(t.byte())), Length: uint32(t.byte() % 4)}}
	for range h.PositiveSpans[0].Length {
		h.PositiveBuckets = append(h.PositiveBuckets, int64(int8(t.byte())))
	}
	return record.RefHistogramSample{Ref: chunks.HeadSeriesRef(t.byte()), T: t.time(), H: h}
}

// FuzzDerivation gives a derivation any records: it never panics, is the same each time,
// also when saved, and counts each sample once.
func FuzzDerivation(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x03\x01\x00\x02\x03\x03\x04\x05\x01\x01\x01\x02\x03\x01\x05\x02\x09\x03\x07"))
	for seed := range uint64(4) {
		w := newWorld(seed)
		input := make([]byte, 600)
		for i := range input {
			input[i] = byte(w.IntN(40))
		}
		f.Add(input)
	}
	resolver := resolverOf(f, everything, func(s *configuration.Settings) { s.MinPeriod = 9_000_000_000; s.MaxSeries = 20 })
	f.Fuzz(func(t *testing.T, input []byte) {
		var whole, cut []string
		d, c := derive(t, resolver, &whole), derive(t, resolver, &cut)
		for left := tape(input); len(left) > 0; {
			operation := left.operation()
			if operation(d) != nil || operation(c) != nil {
				t.Fatal("it waits")
			}
			if len(left)%16 == 0 {
				c = saved(t, c, resolver, &cut)
			}
			added := d.Counts()
			sum := added.Emitted + added.Anchors + added.Held + added.Stale + added.Waiting
			for _, n := range added.Dropped {
				sum += n
			}
			if sum != added.Selected {
				t.Fatalf("%d of %+v", sum, added)
			}
		}
		d.Finish()
		c.Finish()
		if diff := cmp.Diff(whole, cut); diff != "" {
			t.Error(diff)
		}
	})
}
