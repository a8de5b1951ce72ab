package exporter

import (
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	later := noon.Add(time.Minute)
	var g growth
	g.look(map[string]uint64{"of an earlier process": 7, "still growing": 1}, noon)
	g.look(map[string]uint64{"of an earlier process": 7, "still growing": 2, "new": 1}, later)
	g.look(map[string]uint64{"of an earlier process": 7, "still growing": 3, "new": 1}, later.Add(time.Minute))
	for name, want := range map[string]time.Time{"of an earlier process": {}, "new": later, "still growing": later.Add(time.Minute)} {
		if got := g.last[name]; !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
