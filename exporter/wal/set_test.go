package wal

import (
	"slices"
	"testing"

	"github.com/prometheus/prometheus/tsdb/chunks"
)

func TestAllMembersOfASet(t *testing.T) {
	members := []chunks.HeadSeriesRef{0, 1, 63, 64, blockBits - 1, blockBits, 5 * blockBits, maxBlocks * blockBits, 1 << 60}
	var set Set
	for _, ref := range slices.Backward(members) {
		set.Add(ref)
	}
	set.Add(2)
	set.Remove(2)
	if got := slices.Collect(set.All()); !slices.Equal(got, members) {
		t.Errorf("%v, not %v", got, members)
	}
	for ref := range set.All() {
		if ref == 1 {
			break
		}
	}
}
