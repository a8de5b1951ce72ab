package wal

// Counts is what a reader has read and what it could not read, since it was made.
type Counts struct {
	// Records is how many were returned, and Bytes how many they have decompressed.
	Records, Bytes uint64
	// DamagedPages is of how many pages the rest had to be skipped, and DamagedBytes how
	// much that was, in bytes of the file.
	DamagedPages, DamagedBytes uint64
	// BrokenRecords is how many had frames that don't belong together, or could not be
	// decompressed, though their checksums are right.
	BrokenRecords uint64
	// TornTails is how many files end within a frame that nobody will complete.
	TornTails uint64
	// MissingSegments is how many numbers are missing between segments that were read.
	MissingSegments uint64
	// Restarts is how often the reader went back to the oldest that the log holds.
	Restarts uint64
	// Unknown is how many records were skipped because their kind is newer than this
	// reader, by the number of the kind. Their content is not read, and that is not a loss
	// of the log.
	Unknown map[byte]uint64
}

// Counts returns what was counted so far.
func (r *Reader) Counts() Counts {
	counts := r.counts
	counts.Unknown = map[byte]uint64{}
	for kind, n := range r.unknown {
		if n > 0 {
			counts.Unknown[byte(kind)] = n
		}
	}
	return counts
}
