package points

const (
	// maxInterval is the longest time between two scrapes that counts as usual.
	maxInterval = 5 * 60_000
	// defaultInterval is assumed while no target was scraped twice.
	defaultInterval = 60_000
	// bornWithin is how many intervals the last good scrape before a birth may be away; half
	// of one is added, because scrapes are not exactly on time.
	bornWithin = 3
	// horizonDepth is how far back a process' start is believed, in milliseconds.
	horizonDepth = 6 * 3600_000
)

// birth returns when a series that has its first sample at t began to count, if that is
// known. The series was named by the given record.
func (d *Derivation) birth(t *target, named uint64, fromLog bool, at int64) (int64, bool) {
	if !d.scrapeOf(t, at) {
		return 0, false
	}
	if !t.known {
		return d.processStart(t, at)
	}
	known := t.hasGood && fromLog && named > t.goodRecord && t.goodRecord >= d.lost &&
		t.good < at && at-t.good <= bornWithin*d.usual(t)+d.usual(t)/2
	return t.good, known
}

// scrapeOf reports whether the record that is being applied is of the target's last scrape:
// that of its numbers, or one of native histograms, which follow them.
func (d *Derivation) scrapeOf(t *target, at int64) bool {
	return t != nil && t.current.record != 0 && (t.current.record == d.record || t.current.time == at)
}

// processStart returns the start of the process of a target that is scraped for the first
// time, if it is after all that Google may hold.
func (d *Derivation) processStart(t *target, at int64) (int64, bool) {
	known := t.startedRecord == t.current.record && t.started > max(d.options.Horizon, at-horizonDepth) && t.started < at
	return t.started, known
}

// usual is how often a target is scraped.
func (d *Derivation) usual(t *target) int64 {
	switch {
	case t.interval > 0:
		return t.interval
	case d.interval > 0:
		return d.interval
	}
	return defaultInterval
}
