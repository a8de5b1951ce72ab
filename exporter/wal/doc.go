// Package wal reads the write-ahead log of a Prometheus that runs, from outside of it.
//
// The log is a folder of numbered segments, and a checkpoint that holds what is still needed
// of the segments that were removed. A segment consists of pages of 32 KiB, a page of frames
// with a checksum each, and a record of one frame or of several in a row, up to the end of
// its segment. Prometheus describes that in tsdb/docs/format/wal.md. A record may be
// compressed, with Snappy or with Zstandard.
//
// Because no frame reaches over the end of a page, reading can begin at any page. That gives
// the reader what Prometheus' own readers don't have: it resumes at a position that was
// saved, and a damaged byte costs the rest of its page and nothing behind it.
//
// # What is lost, and how the reader says so
//
// A record with Lost set says that the log held, or should have held, something between this
// record and the one before it: a damaged page, a record whose frames are not all there, a
// segment that is missing, or samples that Prometheus dropped when it made a checkpoint of
// what had not been read yet. Without Lost, the record follows the one before it. What was
// lost is counted, see Counts.
//
// A record with Again set is the first one after the reader had to go back to the oldest that
// the log holds, because the place where it was, or should resume, is not there any more.
// References to series are void from here on, and records may be repeated.
//
// # What it waits for
//
// Prometheus appends to the newest segment. A frame that is there in part is awaited, and so
// is one with a wrong checksum at the end of the file. Once there is a newer segment, nobody
// will complete it: after two polls it is skipped. A number that is missing among the
// segments is awaited for two polls, too. No log at all is awaited without end.
//
// The package decodes samples, the bulk of a log, and no other records; tsdb/record has
// decoders for those. It knows nothing of what the samples mean.
package wal
