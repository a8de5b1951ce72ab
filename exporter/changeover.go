package exporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// What Google's sidecar leaves beside the log (stackdriver-prometheus-sidecar,
// retrieval/manager.go and tail/tail.go): how many bytes of the log it has read, where each
// segment counts as if it were full, less what it may not have sent yet.
const (
	googleProgress    = "stackdriver_sidecar.json"
	googleSegmentSize = 128 << 20
	// maxGoogleProgress is far more than the file ever has, in bytes.
	maxGoogleProgress = 4096
)

// begin says from where samples are exported without a saved state.
func (e *Exporter) begin() {
	from, err := e.changeover()
	if err != nil {
		e.log.Warn("Where Google's sidecar ended is not known; going on as if there had been none", "error", err)
	}
	if from.IsZero() {
		e.oldest = e.started.Add(-recent).UnixMilli()
		return
	}
	e.from = from
	e.derivation.AnchorUntil(e.started.UnixMilli())
	e.log.Info("Google's sidecar has exported this log before. Gauges go on where it ended; counters and distributions begin anew now", "segment", from.Segment, "offset", from.Offset)
}

// changeover returns where Google's sidecar ended, if it has exported this log and no
// gcm-exporter has. Where it ended at the very beginning, that is the first byte.
func (e *Exporter) changeover() (wal.Position, error) {
	if e.saver == nil || e.saver.ranBefore {
		return wal.Position{}, nil
	}
	file, err := os.Open(filepath.Join(e.options.WAL, googleProgress))
	if errors.Is(err, fs.ErrNotExist) {
		return wal.Position{}, nil
	}
	if err != nil {
		return wal.Position{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxGoogleProgress))
	if err != nil {
		return wal.Position{}, fmt.Errorf("reading %s: %w", file.Name(), err)
	}
	var progress struct {
		Offset *int64 `json:"offset"`
	}
	if err := json.Unmarshal(text, &progress); err != nil {
		return wal.Position{}, fmt.Errorf("reading %s: %w", file.Name(), err)
	}
	if progress.Offset == nil {
		return wal.Position{}, fmt.Errorf("%s has no offset", file.Name())
	}
	read := max(*progress.Offset, 1)
	from := wal.Position{Segment: int(read / googleSegmentSize), Offset: read % googleSegmentSize}
	if reached, err := wal.Reaches(e.options.WAL, from); err != nil || !reached {
		return wal.Position{}, errors.Join(err, fmt.Errorf("%s has offset %d, which is not in this log", file.Name(), *progress.Offset))
	}
	return from, nil
}

// exportedByGoogle reports whether a record was sent by Google's sidecar.
func (e *Exporter) exportedByGoogle(rec wal.Record, t int64) bool {
	if !e.from.IsZero() {
		if rec.Checkpoint || rec.End.Before(e.from) {
			e.exportedUntil = t
			return true
		}
		e.from = wal.Position{}
		if e.exportedUntil == 0 {
			e.exportedUntil = t
		}
	}
	e.tookOver(t)
	return false
}

// tookOver notes with the first sample since the start what the counters lose at most: what
// they rose by since the last one that Google's sidecar is known to have sent. Prometheus may
// need minutes to read its log before it scrapes again.
func (e *Exporter) tookOver(t int64) {
	if e.exportedUntil == 0 || t <= e.started.UnixMilli() {
		return
	}
	e.progress.gap("changeover", time.Duration(t-e.exportedUntil)*time.Millisecond)
	e.exportedUntil = 0
}
