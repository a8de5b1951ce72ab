package points

import "github.com/prometheus/prometheus/tsdb/chunks"

const (
	pageSize = 512
	// maxPages bounds the slice of pages, against references that Prometheus never gives.
	maxPages = 1 << 20
)

// references finds sources by their references in the log, of which Prometheus gives one
// after the other. Only pages with a source take memory.
type references struct {
	pages []*[pageSize]*source
	above map[chunks.HeadSeriesRef]*source
}

func (r *references) get(ref chunks.HeadSeriesRef) *source {
	page := uint64(ref) / pageSize
	if page < uint64(len(r.pages)) {
		if found := r.pages[page]; found != nil {
			return found[ref%pageSize]
		}
		return nil
	}
	return r.above[ref]
}

func (r *references) set(ref chunks.HeadSeriesRef, s *source) {
	page := uint64(ref) / pageSize
	if page >= maxPages {
		if r.above == nil {
			r.above = map[chunks.HeadSeriesRef]*source{}
		}
		r.above[ref] = s
		return
	}
	for uint64(len(r.pages)) <= page {
		r.pages = append(r.pages, nil)
	}
	if r.pages[page] == nil {
		r.pages[page] = new([pageSize]*source)
	}
	r.pages[page][ref%pageSize] = s
}

func (r *references) remove(ref chunks.HeadSeriesRef) {
	page := uint64(ref) / pageSize
	if page < uint64(len(r.pages)) && r.pages[page] != nil {
		r.pages[page][ref%pageSize] = nil
	}
	delete(r.above, ref)
}
