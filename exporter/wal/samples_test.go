package wal

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/record"
)

func TestSamplesOfWantedSeries(t *testing.T) {
	all := samples(rand.New(rand.NewPCG(1, 1)), 1000)
	all[500] = record.RefSample{Ref: 1 << 62, T: math.MinInt64, V: math.Inf(1)}
	data := new(record.Encoder).Samples(all, nil)
	var wanted, seen, both Set
	var want []record.RefSample
	for i, s := range all {
		both.Add(s.Ref)
		if i%5 != 0 {
			seen.Add(s.Ref)
		}
		if i%3 == 0 || i == 500 {
			wanted.Add(s.Ref)
		}
	}
	for _, s := range all {
		if wanted.Has(s.Ref) || !seen.Has(s.Ref) {
			want = append(want, s)
		}
	}
	before := []record.RefSample{{Ref: 7}}
	got, n, err := Samples(data, &wanted, &seen, before)
	if err != nil || n != len(all) {
		t.Fatal(n, err)
	}
	if diff := cmp.Diff(append(before, want...), got); diff != "" {
		t.Error("samples (-want +got):\n", diff)
	}
	if got, n, err := Samples(data, nil, &both, nil); got != nil || n != len(all) || err != nil {
		t.Error("nothing is wanted: ", got, n, err)
	}
	for cut := range 40 {
		got, _, err := Samples(data[:cut], &wanted, &seen, before)
		if _, failure := new(record.Decoder).Samples(data[:cut], nil); (failure == nil) != (err == nil) {
			t.Errorf("cut at %d: %v, and Prometheus says %v", cut, err, failure)
		}
		if err != nil && len(got) != len(before) {
			t.Errorf("cut at %d: %d samples in spite of %v", cut, len(got), err)
		}
	}
}

func TestSet(t *testing.T) {
	var s Set
	refs := []chunks.HeadSeriesRef{0, 1, 63, 64, blockBits - 1, blockBits, 5_000_000, blockBits*maxBlocks - 1, blockBits * maxBlocks, math.MaxUint64}
	for i, ref := range refs {
		if s.Has(ref) {
			t.Errorf("%d is there before it was added", ref)
		}
		s.Add(ref)
		for j, other := range refs {
			if s.Has(other) != (j <= i) {
				t.Errorf("after %d were added, %d is there: %v", i+1, other, s.Has(other))
			}
		}
	}
	for _, ref := range refs {
		s.Remove(ref)
		s.Remove(ref)
		if s.Has(ref) {
			t.Errorf("%d is there after it was removed", ref)
		}
	}
	s.Remove(blockBits * 9)
	if (*Set)(nil).Has(1) {
		t.Error("a nil set has a member")
	}
}
