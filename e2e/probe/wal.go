package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

var errNoCheckpoint = record.ErrNotFound

const (
	walPoll      = 100 * time.Millisecond
	progressSave = time.Minute
)

// walReader reads Prometheus' write-ahead log: the last checkpoint first, then every
// segment as it grows.
type walReader struct {
	directory string
	start     int64 // samples before this offset were exported by an earlier run
	logger    log.Logger
	seen      *seriesStore
	saved     time.Time
}

// follow returns nil when ctx is done, and an error if the WAL is corrupt or a segment
// was deleted before it was read.
func (r *walReader) follow(ctx context.Context) error {
	next := 0
	checkpoint, index, err := wlog.LastCheckpoint(r.directory)
	switch {
	case err == nil:
		if err := r.readCheckpoint(checkpoint, int64(index)); err != nil {
			return err
		}
		next = index + 1
	case !errors.Is(err, errNoCheckpoint):
		return fmt.Errorf("retrieve last checkpoint: %w", err)
	}
	for ; ctx.Err() == nil; next++ {
		if err := r.awaitSegment(ctx, next); err != nil {
			return err
		}
		if ctx.Err() == nil {
			if err := r.followSegment(ctx, next); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *walReader) readCheckpoint(directory string, index int64) error {
	segments, err := wlog.NewSegmentsReader(directory)
	if err != nil {
		return fmt.Errorf("open checkpoint: %w", err)
	}
	defer segments.Close()
	reader := wlog.NewReader(segments)
	for reader.Next() {
		r.read(reader.Record(), index*wlog.DefaultSegmentSize)
	}
	return reader.Err()
}

// awaitSegment returns once a segment exists or ctx is done.
func (r *walReader) awaitSegment(ctx context.Context, index int) error {
	for {
		first, last, err := wlog.Segments(r.directory)
		switch {
		case err != nil:
			return fmt.Errorf("open next segment: %w", err)
		case first > index:
			return fmt.Errorf("open next segment: next segment %d too high, expected %d", first, index)
		case last >= index:
			return nil
		}
		if !pause(ctx, walPoll) {
			return nil
		}
	}
}

// followSegment reads one segment until the next one exists. Prometheus starts the next
// one only when this one is complete.
func (r *walReader) followSegment(ctx context.Context, index int) error {
	segment, err := wlog.OpenReadSegment(wlog.SegmentName(r.directory, index))
	if err != nil {
		return fmt.Errorf("open next segment: %w", err)
	}
	defer segment.Close()
	reader := wlog.NewLiveReader(r.logger, wlog.NewLiveReaderMetrics(nil), segment)
	for {
		_, last, err := wlog.Segments(r.directory) // Before reading, so that a complete segment is read to its end.
		if err != nil {
			return fmt.Errorf("list segments: %w", err)
		}
		for reader.Next() {
			offset := int64(index)*wlog.DefaultSegmentSize + reader.Offset()
			r.read(reader.Record(), offset)
			r.save(offset)
		}
		if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read segment %d: %w", index, err)
		}
		if last > index || !pause(ctx, walPoll) {
			return nil
		}
	}
}

// read handles one record. Records that cannot be decoded, or of a kind that the real
// sidecar does not know, are skipped.
func (r *walReader) read(rec []byte, offset int64) {
	decoder := record.NewDecoder(labels.NewSymbolTable())
	switch decoder.Type(rec) {
	case record.Series:
		series, err := decoder.Series(rec, nil)
		if err != nil {
			level.Error(r.logger).Log("err", err)
			return
		}
		r.seen.addSeries(series)
	case record.Samples:
		if offset < r.start {
			return
		}
		samples, err := decoder.Samples(rec, nil)
		if err != nil {
			level.Error(r.logger).Log("err", err)
			return
		}
		r.seen.addSamples(samples)
	}
}

func (r *walReader) save(offset int64) {
	if offset <= r.start || time.Since(r.saved) <= progressSave {
		return
	}
	if err := saveProgress(r.directory, offset); err != nil {
		level.Error(r.logger).Log("msg", "saving progress failed", "err", err)
		return
	}
	r.saved = time.Now()
}

// pause waits, and returns false if ctx is done.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
