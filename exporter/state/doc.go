// Package state keeps what gcm-exporter has to know after a restart: in one file that
// survives a kill at any moment, a full disk and a torn write.
//
// The file begins with a copy: everything that is needed to go on from a position of the log.
// It is written to a file beside it, which is then given its name, so that there is always a
// whole one. A journal follows, appended as it happens: until when Google has accepted what
// was sent, under which start, and which time series were anchored anew. With it, the records
// behind the position can be read again without sending anything twice.
//
//	gcm-exporter state 1\n
//	frame: the copy
//	frame: a piece of the journal
//	…
//
// A frame has its kind, its length and a checksum in front. The journal ends with the first
// frame that is not whole. A file without a whole copy, or of a version that is not known, is
// set aside under a name with ".unreadable" at its end.
//
// The last configuration that worked is kept beside the file.
//
// The package has no clock. What a copy holds, and when one is due, others decide; it encodes
// any value that encoding/gob can.
package state
