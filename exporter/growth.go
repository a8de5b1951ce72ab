package exporter

import "time"

// growth knows when each of some counts has grown last. Its zero value has not looked yet.
type growth struct {
	seen map[string]uint64
	last map[string]time.Time
}

// look compares the counts with those of the look before. At the first one it is not known
// when they grew: they may be those of an earlier process.
func (g *growth) look(counts map[string]uint64, now time.Time) {
	if g.seen != nil {
		for name, n := range counts {
			if n > g.seen[name] {
				g.last[name] = now
			}
		}
	} else {
		g.last = map[string]time.Time{}
	}
	g.seen = counts
}
