package points

import "github.com/linkerd-gcm/linkerd-gcm/exporter/series"

// Reanchor says that Google has refused the start of a time series, because it has a later
// point: the next sample only gives a new start and a value to count from.
func (d *Derivation) Reanchor(identity series.Identity) {
	if st := d.streams[identity]; st != nil {
		d.release(st)
		st.reanchor = true
	}
}
