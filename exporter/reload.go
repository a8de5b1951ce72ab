package exporter

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/prometheus/prometheus/tsdb/record"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/state"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// watchInterval is how often the configuration file is looked at. Kubernetes brings a
// changed ConfigMap into a pod within a minute or two, without a signal.
const watchInterval = 5 * time.Second

// A file is a configuration file that was read, or was looked for and is not there.
type file struct {
	text []byte
	// parsed is nil where there is no file.
	parsed *configuration.File
	// rejected says why a newer file is not in use.
	rejected error
}

// there reports whether there is a file, be it an empty one.
func (f *file) there() bool { return f.parsed != nil || len(f.text) > 0 }

// sum is the same for files that say the same.
func (f *file) sum() [sha256.Size]byte {
	if !f.there() {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(f.text)
}

// readFile reads and parses the file at a path. None is needed: "" is none, and where there
// is none, one may appear later.
func readFile(path string) (*file, error) {
	if path == "" {
		return &file{}, nil
	}
	opened, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &file{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, configuration.MaxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	parsed, err := parseFile(text)
	if err != nil {
		return &file{text: text}, fmt.Errorf("%s: %w", path, err)
	}
	return parsed, nil
}

func parseFile(text []byte) (*file, error) {
	parsed, err := configuration.ParseFile(text)
	return &file{text: text, parsed: parsed}, err
}

// reload is the configuration file in use, and why a newer one is not.
type reload struct {
	path    string
	include []configuration.Selector

	mu     sync.Mutex
	inUse  *file
	seen   [sha256.Size]byte
	loaded time.Time
	err    error
}

func newReload(options Options, first *file) *reload {
	return &reload{path: options.ConfigFile, include: options.Settings.Include, inUse: first, seen: first.sum(), loaded: options.Clock.Now(), err: first.rejected}
}

// next returns a file that is newer than the one in use, and nil where there is none. The
// error is new, too: it is returned once.
func (r *reload) next() (*file, error) {
	newer, err := readFile(r.path)
	r.mu.Lock()
	defer r.mu.Unlock()
	if newer == nil {
		known := r.err != nil
		r.err = err
		if known {
			return nil, nil
		}
		return nil, err
	}
	if sum := newer.sum(); sum != r.seen {
		r.seen, r.err = sum, err
		if err == nil {
			return newer, nil
		}
		return nil, err
	}
	if err == nil {
		r.err = nil
	}
	return nil, nil
}

// use says that a file is in use from now on.
func (r *reload) use(f *file, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inUse, r.loaded, r.err = f, now, nil
}

// nameAgain reads the log's series up to this place once more, because others matter now.
// They were named before: none of them was born here. What is damaged is skipped at once.
func (e *Exporter) nameAgain() {
	reader := wal.NewReader(e.options.WAL)
	defer reader.Close()
	end := e.progress.end()
	for polls := 0; polls < quietPolls && e.ctx.Err() == nil; {
		rec, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF) && !reader.Waiting():
			return
		case err != nil:
			reader.Poll()
			polls++
			continue
		case behind(rec.End, end):
			return
		}
		polls = 0
		if rec.Kind != record.Series {
			continue
		}
		if refs, err := e.decoder.Series(rec.Data, e.series[:0]); err == nil {
			e.derivation.Series(refs, true)
		}
	}
}

// behind reports whether one place of the log is behind another. Those of checkpoints are
// before all others.
func behind(at, end wal.Position) bool {
	if at.Checkpoint != end.Checkpoint {
		return at.Checkpoint == ""
	}
	return cmp.Or(cmp.Compare(at.Segment, end.Segment), cmp.Compare(at.Offset, end.Offset)) > 0
}

// errNoFile says that there is no file to watch.
var errNoFile = errors.New("there is no --config-file")

// Reload looks at the configuration file now.
func (e *Exporter) Reload() error {
	if e.reload.path == "" {
		return errNoFile
	}
	newer, err := e.reload.next()
	if err != nil {
		e.log.Error("The configuration file is not valid; the one before stays in use", "file", e.reload.path, "error", err)
		return err
	}
	if newer == nil {
		return nil
	}
	e.command(func() { e.reconfigure(newer) })
	return nil
}

// effect is what applies with a file, or without one.
func (r *reload) effect(f *file) configuration.Effect {
	return configuration.Effective(r.include, f.parsed)
}

// resolver returns the one of what applies with a file.
func (e *Exporter) resolver(of *file) *series.Resolver {
	effect, settings := e.reload.effect(of), e.options.Settings
	settings.Include = effect.Include
	return series.NewResolver(settings, effect.File)
}

// reconfigure changes to another configuration at this place of the log.
func (e *Exporter) reconfigure(newer *file) {
	e.derivation.Reconfigure(e.resolver(newer))
	e.nameAgain()
	e.reload.use(newer, e.options.Clock.Now())
	e.keepConfiguration(newer.text)
	if e.saver != nil {
		// What is derived from here on depends on the new file: a restart must not go back
		// before this place with it, even if nothing but a kill ends this process.
		e.barrier(e.options.Clock.Now())
		e.saver.holds = e.saver.pending != nil
	}
	if newer.there() {
		e.applies(newer, e.log.Info, "The configuration file has changed and is in use")
	} else {
		e.applies(newer, e.log.Warn, "The configuration file is gone")
	}
}

// applies says which configuration is in use from now on, and which part of it does nothing.
func (e *Exporter) applies(f *file, say func(string, ...any), message string) {
	effect := e.reload.effect(f)
	say(message, "file", e.reload.path, "applies", effect.Case.Words())
	if e.options.Settings.Destination == configuration.ManagedPrometheus && len(effect.File.Renames) > 0 {
		e.log.Info("metric_renames has no effect: managed-prometheus has each metric under its own name", "file", e.reload.path)
	}
}

// keepConfiguration keeps a file that works, for a restart with one that does not. One that
// is not there is kept as an empty one, which is the same.
func (e *Exporter) keepConfiguration(text []byte) {
	if e.saver == nil || e.reload.path == "" {
		return
	}
	if _, err := e.saver.file.SaveCompanion(state.Configuration, text); err != nil {
		e.note(err, e.options.Clock.Now())
	}
}

// watch looks at the configuration file from time to time.
func (e *Exporter) watch(ctx context.Context) {
	if e.reload.path == "" || e.options.Once {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.options.Clock.After(watchInterval):
			_ = e.Reload() // It has said so itself.
		}
	}
}

// command has the reader do something between two records.
func (e *Exporter) command(do func()) {
	e.commands <- do
	select {
	case e.wakeups <- struct{}{}:
	default:
	}
}
