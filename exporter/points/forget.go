package points

import (
	"bytes"
	"slices"
)

func (d *Derivation) sweep() {}

// sortedStreams returns all streams in the order of their identities.
func (d *Derivation) sortedStreams() []*stream {
	all := make([]*stream, 0, len(d.streams))
	for _, st := range d.streams {
		all = append(all, st)
	}
	slices.SortFunc(all, func(a, b *stream) int { return bytes.Compare(a.series.Identity[:], b.series.Identity[:]) })
	return all
}
