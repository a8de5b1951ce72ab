package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/wal"
)

// snapshot is like one of a derivation.
type snapshot struct {
	Series  []oneSeries
	Counts  map[string]uint64
	Horizon int64
}

type oneSeries struct {
	Identity               series.Identity
	Labels                 labels.Labels
	MetricType             string
	Start, End, Time, Sent int64
	Base, Value            float64
}

var (
	now  = time.UnixMilli(1_700_000_000_000)
	here = wal.Position{Checkpoint: "checkpoint.00000003", Segment: 4, Offset: 55, Checksum: 666}
)

func testSnapshot(n int) snapshot {
	s := snapshot{Counts: map[string]uint64{"accepted": 5}, Horizon: 7}
	for i := range n {
		one := oneSeries{
			Labels: labels.FromStrings("__name__", "response_total", "namespace", fmt.Sprintf("ns-%d", i%20), "pod", fmt.Sprintf("web-%d-6d4cf56db6-abcde", i%500),
				"job", "linkerd-proxy", "instance", fmt.Sprintf("10.2.%d.%d:4191", i/250%250, i%250), "direction", "outbound", "dst_service", fmt.Sprintf("svc-%d", i%97),
				"status_code", "200", "classification", "success", "tls", "true"),
			MetricType: "external.googleapis.com/prometheus/response_total",
			Start:      1_700_000_000_000, End: 1_700_000_000_000 + int64(i), Time: 1_700_000_010_000, Sent: 1_700_000_010_000, Base: 3, Value: float64(i) * 1.5,
		}
		binary.BigEndian.PutUint64(one.Identity[:], uint64(i)*0x9e3779b97f4a7c15)
		s.Series = append(s.Series, one)
	}
	return s
}

func testJournal(from, n int) Journal {
	var j Journal
	for i := from; i < from+n; i++ {
		var identity series.Identity
		binary.BigEndian.PutUint64(identity[:], uint64(i)*0x9e3779b97f4a7c15)
		j.Acknowledged = append(j.Acknowledged, series.Acknowledged{Identity: identity, End: 1_700_000_000_000 + int64(i), Proved: -int64(i)})
		if i%3 == 0 {
			j.Reanchored = append(j.Reanchored, Reanchored{Identity: identity, At: here}, Reanchored{Identity: identity, At: wal.Position{Segment: i, Offset: 1 << 40}})
		}
	}
	return j
}

// open returns a file that is closed when the test ends. It does not wait for the disk, which
// no test can tell.
func open(t testing.TB, path string) *File[snapshot] {
	f := New[snapshot](path)
	f.disk = disk{create: createUnsynced, settle: func(string) {}}
	t.Cleanup(f.Close)
	return f
}

type unsynced struct{ file }

func (unsynced) Sync() error { return nil }

func createUnsynced(path string) (file, error) {
	made, err := create(path)
	return unsynced{made}, err
}

func save(t testing.TB, f *File[snapshot], c *Copy[snapshot]) {
	t.Helper()
	if written, err := f.Save(c, now); err != nil || !written {
		t.Fatal(written, err)
	}
}

func load(t testing.TB, path string) *Copy[snapshot] {
	t.Helper()
	loaded, err := open(t, path).Load()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func same(t testing.TB, what string, got, want *Copy[snapshot]) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// again returns a path in a folder that is emptied each time.
func again(t testing.TB) func() string {
	path := newPath(t)
	return func() string {
		for _, name := range []string{"", ".tmp", ".unreadable"} {
			if err := ignoreMissing(os.Remove(path + name)); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), fileName) }

func join(all ...Journal) Journal {
	var j Journal
	for _, one := range all {
		j.Acknowledged = append(j.Acknowledged, one.Acknowledged...)
		j.Reanchored = append(j.Reanchored, one.Reanchored...)
	}
	return j
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	path := newPath(t)
	f := open(t, path)
	if loaded, err := f.Load(); loaded != nil || err != nil {
		t.Fatal("no file: ", loaded, err)
	}
	if written, err := f.Append(testJournal(0, 1)); written || err != nil {
		t.Fatal("there is nothing to append to: ", written, err)
	}
	first := &Copy[snapshot]{Position: here, Snapshot: testSnapshot(3), Body: []byte("anything"), Journal: testJournal(0, 3)}
	save(t, f, first)
	same(t, "the copy", load(t, path), first)

	appended := []Journal{testJournal(3, 5), testJournal(4, 1)}
	for _, j := range appended {
		if written, err := f.Append(j); !written || err != nil {
			t.Fatal(written, err)
		}
	}
	with := &Copy[snapshot]{Position: first.Position, Snapshot: first.Snapshot, Body: first.Body, Journal: join(first.Journal, appended[0], appended[1])}
	same(t, "the copy and its journal", load(t, path), with)

	// After a restart, the journal goes on.
	g := open(t, path)
	if _, err := g.Load(); err != nil {
		t.Fatal(err)
	}
	if written, err := g.Append(testJournal(9, 2)); !written || err != nil {
		t.Fatal(written, err)
	}
	with.Journal = join(with.Journal, testJournal(9, 2))
	same(t, "after a restart", load(t, path), with)

	second := &Copy[snapshot]{Position: wal.Position{Segment: 9, Offset: 7}, Snapshot: testSnapshot(2)}
	save(t, g, second)
	same(t, "the next copy", load(t, path), second)
	if leftover, _ := filepath.Glob(path + ".*"); len(leftover) > 0 {
		t.Errorf("left behind: %v", leftover)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode: %v, %v", info.Mode(), err)
	}
}

func TestNothingIsWrittenTwice(t *testing.T) {
	f := open(t, newPath(t))
	c := &Copy[snapshot]{Position: here, Snapshot: testSnapshot(3)}
	save(t, f, c)
	if written, err := f.Save(c, now); written || err != nil {
		t.Error("the same copy: ", written, err)
	}
	if written, err := f.Append(Journal{}); written || err != nil {
		t.Error("an empty journal: ", written, err)
	}
	if _, err := f.Append(testJournal(0, 1)); err != nil {
		t.Fatal(err)
	}
	if written, err := f.Save(c, now); !written || err != nil {
		t.Error("the same copy, with a journal behind the last: ", written, err)
	}
}

func TestDue(t *testing.T) {
	f := open(t, newPath(t))
	if !f.Due(now) {
		t.Error("there is no file, and none is due")
	}
	save(t, f, &Copy[snapshot]{})
	if f.Due(now.Add(SaveEvery - 1)) {
		t.Error("due too early")
	}
	if !f.Due(now.Add(SaveEvery)) {
		t.Error("not due after a minute")
	}
	for f.journal < maxJournal {
		if f.Due(now) {
			t.Fatal("due although the journal is short")
		}
		if _, err := f.Append(testJournal(0, 50_000)); err != nil {
			t.Fatal(err)
		}
	}
	if !f.Due(now) {
		t.Error("not due although the journal is long")
	}
	save(t, f, &Copy[snapshot]{})
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if written, err := f.Append(testJournal(0, 1)); written || err != nil || !f.Due(now) {
		t.Error("the file was removed, and none is due: ", written, err)
	}
}

// TestKilledAtEveryByte cuts off what is written, at each of its bytes.
func TestKilledAtEveryByte(t *testing.T) {
	path := newPath(t)
	f := open(t, path)
	first := &Copy[snapshot]{Position: here, Snapshot: testSnapshot(2), Journal: testJournal(0, 1)}
	save(t, f, first)
	bare := mustRead(t, path)
	ends := []int{len(bare)}
	journals := []Journal{testJournal(1, 2), testJournal(3, 1), testJournal(9, 4)}
	for _, j := range journals {
		if _, err := f.Append(j); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, len(mustRead(t, path)))
	}
	text := mustRead(t, path)

	t.Run("of the journal", func(t *testing.T) {
		path := again(t)
		for length := len(bare); length <= len(text); length++ {
			path := path()
			mustWrite(t, path, text[:length])
			whole := 0
			for whole < len(journals) && ends[whole+1] <= length {
				whole++
			}
			want := *first
			want.Journal = join(first.Journal, join(journals[:whole]...))
			g := open(t, path)
			loaded, err := g.Load()
			if err != nil {
				t.Fatal(err)
			}
			same(t, fmt.Sprintf("cut at %d of %d", length, len(text)), loaded, &want)

			// What is appended then is not behind what is torn.
			if _, err := g.Append(testJournal(20, 1)); err != nil {
				t.Fatal(err)
			}
			want.Journal = join(want.Journal, testJournal(20, 1))
			same(t, "appended to it", load(t, path), &want)
			g.Close()
		}
	})
	t.Run("of a copy", func(t *testing.T) {
		path := again(t)
		for length := range bare {
			path := path()
			mustWrite(t, path, text)
			mustWrite(t, path+".tmp", bare[:length])
			want := *first
			want.Journal = join(first.Journal, join(journals...))
			g := open(t, path)
			loaded, err := g.Load()
			if err != nil {
				t.Fatal(err)
			}
			same(t, "the copy before", loaded, &want)
			save(t, g, &Copy[snapshot]{})
			same(t, "the next copy", load(t, path), &Copy[snapshot]{})
			g.Close()
		}
	})
	t.Run("of a copy that has its name already", func(t *testing.T) {
		path := again(t)
		for length := range bare {
			path := path()
			mustWrite(t, path, bare[:length])
			setAside(t, path, bare[:length])
		}
	})
}

// setAside loads a file that can't be used.
func setAside(t *testing.T, path string, text []byte) {
	t.Helper()
	f := open(t, path)
	loaded, err := f.Load()
	var unreadable *UnreadableError
	if loaded != nil || !errors.As(err, &unreadable) || unreadable.Aside != path+".unreadable" {
		t.Fatalf("of %d bytes: %v, %v", len(text), loaded != nil, err)
	}
	if aside := mustRead(t, unreadable.Aside); !bytes.Equal(aside, text) {
		t.Errorf("what was set aside has %d bytes, want %d", len(aside), len(text))
	}
	if loaded, err := f.Load(); loaded != nil || err != nil {
		t.Errorf("it is there still: %v, %v", loaded != nil, err)
	}
	save(t, f, &Copy[snapshot]{Position: here})
	same(t, "the next copy", load(t, path), &Copy[snapshot]{Position: here})
	f.Close()
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	path := newPath(t)
	save(t, open(t, path), &Copy[snapshot]{Position: here, Snapshot: testSnapshot(2)})
	whole := mustRead(t, path)
	_, behind, _ := bytes.Cut(whole, []byte("\n"))
	other := newPath(t)
	g := New[string](other)
	t.Cleanup(g.Close)
	if _, err := g.Save(&Copy[string]{Snapshot: "of another program"}, now); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty":                {},
		"another file":         []byte(`{"version":1,"offset":5}` + "\n"),
		"of a version to come": append(head(version+1), behind...),
		"of a version before":  append(head(oldestVersion-1), behind...),
		"of another type":      mustRead(t, other),
		"a copy of nothing":    appendFrame(head(version), copyFrame, nil),
		"a journal alone":      appendFrame(head(version), journalFrame, testJournal(0, 1).encode()),
		"not gob":              appendFrame(head(version), copyFrame, []byte{2, 4, 1, 2}),
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			mustWrite(t, path, text)
			setAside(t, path, text)
		})
	}
	t.Run("each byte flipped", func(t *testing.T) {
		path := again(t)
		for i := range whole {
			text := slices.Clone(whole)
			text[i] ^= 0x41
			path := path()
			mustWrite(t, path, text)
			setAside(t, path, text)
		}
	})
}

// TestVersionBefore reads a snapshot of the release before, which had fewer fields, one that
// is gone, and the same format.
func TestVersionBefore(t *testing.T) {
	path := newPath(t)
	type before struct {
		Series []struct {
			Identity series.Identity
			End      int64
			Gone     string
		}
	}
	var b before
	b.Series = append(b.Series, struct {
		Identity series.Identity
		End      int64
		Gone     string
	}{series.Identity{1, 2}, 5, "x"})
	f := New[before](path)
	t.Cleanup(f.Close)
	if _, err := f.Save(&Copy[before]{Position: here, Snapshot: b, Journal: testJournal(0, 2)}, now); err != nil {
		t.Fatal(err)
	}
	same(t, "today", load(t, path), &Copy[snapshot]{
		Position: here, Journal: testJournal(0, 2), Snapshot: snapshot{Series: []oneSeries{{Identity: series.Identity{1, 2}, End: 5}}},
	})
}

// full is a file on a disk that has space for some bytes only.
type full struct {
	file
	space *int
}

func (f full) Write(b []byte) (int, error) {
	n, failure := f.fit(b)
	written, err := f.file.Write(b[:n])
	return written, errors.Join(err, failure)
}

func (f full) WriteAt(b []byte, at int64) (int, error) {
	n, failure := f.fit(b)
	written, err := f.file.WriteAt(b[:n], at)
	return written, errors.Join(err, failure)
}

func (f full) fit(b []byte) (int, error) {
	n := min(len(b), *f.space)
	*f.space -= n
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func TestDiskFullAtEveryByte(t *testing.T) {
	first := &Copy[snapshot]{Position: here, Snapshot: testSnapshot(1)}
	second := &Copy[snapshot]{Snapshot: testSnapshot(3)}
	sized := newPath(t)
	save(t, open(t, sized), second)
	size := len(mustRead(t, sized))
	path := again(t)
	for space := range size {
		path := path()
		f := open(t, path)
		save(t, f, first)
		f.disk.create = func(path string) (file, error) {
			made, err := createUnsynced(path)
			return full{made, &space}, err
		}
		if written, err := f.Save(second, now); written || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) {
			t.Fatalf("%d bytes of %d: %v, %v", space, size, written, err)
		}
		if _, err := os.Stat(path + ".tmp"); !errors.Is(err, os.ErrNotExist) {
			t.Fatal("half a copy takes space: ", err)
		}
		// The journal of the copy before goes on.
		if written, err := f.Append(testJournal(0, 1)); !written || err != nil {
			t.Fatal(written, err)
		}
		same(t, "the copy before", load(t, path), &Copy[snapshot]{Position: here, Snapshot: first.Snapshot, Journal: testJournal(0, 1)})
		f.disk.create = createUnsynced
		save(t, f, second)
		same(t, "the copy, once there is space", load(t, path), second)
		f.Close()
	}
}

func TestDiskFullWhileAppending(t *testing.T) {
	frame := len(appendFrame(nil, journalFrame, testJournal(0, 4).encode()))
	path := again(t)
	for space := range frame {
		path := path()
		f := open(t, path)
		free := 1 << 20
		f.disk.create = func(path string) (file, error) {
			made, err := createUnsynced(path)
			return full{made, &free}, err
		}
		save(t, f, &Copy[snapshot]{Position: here})
		free = space
		if written, err := f.Append(testJournal(0, 4)); written || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d bytes of %d: %v, %v", space, frame, written, err)
		}
		same(t, "the copy", load(t, path), &Copy[snapshot]{Position: here})
		free = 1 << 20
		if written, err := f.Append(testJournal(0, 5)); !written || err != nil {
			t.Fatal(written, err)
		}
		same(t, "once there is space", load(t, path), &Copy[snapshot]{Position: here, Journal: testJournal(0, 5)})
		f.Close()
	}
}

// TestAFolderThatCannotBeWritten has a file in the folder's place: root may write to any
// folder, whatever its mode.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(folder, fileName)
	mustWrite(t, folder, nil)
	f := open(t, path)
	if written, err := f.Save(&Copy[snapshot]{}, now); written || err == nil || !strings.Contains(err.Error(), "--state-file") {
		t.Error(written, err)
	}
	if !f.Due(now) {
		t.Error("nothing was saved, and nothing is due")
	}
	if written, err := f.SaveCompanion(Configuration, []byte("a: b")); written || err == nil {
		t.Error(written, err)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	save(t, f, &Copy[snapshot]{Position: here})
	same(t, "once there is a folder", load(t, path), &Copy[snapshot]{Position: here})
}

func TestAReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write to a folder whatever its mode; TestAFolderThatCannotBeWritten has no such exception")
	}
	path := newPath(t)
	save(t, open(t, path), &Copy[snapshot]{Position: here})
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	if _, err := f.Load(); err != nil {
		t.Fatal(err)
	}
	if written, err := f.Save(&Copy[snapshot]{}, now); written || !errors.Is(err, os.ErrPermission) {
		t.Error(written, err)
	}
}

// TestALinkIsNotFollowed leaves a link in the place of the file that a copy is written to.
func TestALinkIsNotFollowed(t *testing.T) {
	path := newPath(t)
	target := filepath.Join(t.TempDir(), "precious")
	mustWrite(t, target, []byte("precious"))
	if err := os.Symlink(target, path+".tmp"); err != nil {
		t.Fatal(err)
	}
	save(t, open(t, path), &Copy[snapshot]{Position: here})
	if got := string(mustRead(t, target)); got != "precious" {
		t.Errorf("what the link leads to is now %q", got)
	}
}

func TestTheLastConfiguration(t *testing.T) {
	f := open(t, newPath(t))
	if text, err := f.LoadCompanion(Configuration); text != nil || err != nil {
		t.Fatal(text, err)
	}
	for _, text := range []string{"include: []\n", "", "a: b\n"} {
		if written, err := f.SaveCompanion(Configuration, []byte(text)); !written || err != nil {
			t.Fatal(written, err)
		}
		if written, err := f.SaveCompanion(Configuration, []byte(text)); written || err != nil {
			t.Fatal("the same again: ", written, err)
		}
		if got, err := f.LoadCompanion(Configuration); got == nil || string(got) != text || err != nil {
			t.Errorf("%q, %v; want %q", got, err, text)
		}
	}
}

// TestPositionOfAnotherVolume loads a state beside another log than its own.
func TestPositionOfAnotherVolume(t *testing.T) {
	path := newPath(t)
	save(t, open(t, path), &Copy[snapshot]{Position: here})
	r := wal.NewReader(filepath.Join(filepath.Dir(path), "wal"))
	t.Cleanup(r.Close)
	if ok, err := r.Resume(load(t, path).Position); ok || err != nil {
		t.Error(ok, err)
	}
}

func TestDefaultPath(t *testing.T) {
	for log, want := range map[string]string{
		"/data/wal": "/data/gcm_exporter.state", "/data/wal/": "/data/gcm_exporter.state", "data/wal": "data/gcm_exporter.state",
		"wal": "gcm_exporter.state", ".": "../gcm_exporter.state",
	} {
		if got := DefaultPath(log); got != want {
			t.Errorf("beside %s: %s, want %s", log, got, want)
		}
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustWrite(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzLoad loads any file: what is read from it can be saved, and read again.
func FuzzLoad(f *testing.F) {
	c := Copy[snapshot]{Position: here, Snapshot: testSnapshot(1), Journal: testJournal(0, 1)}
	encoded, err := c.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(encoded...), testJournal(0, 4).encode(), true)
	f.Add(appendFrame(head(version), copyFrame, encoded...), []byte{}, false)
	f.Fuzz(func(t *testing.T, encoded, journal []byte, seal bool) {
		text := slices.Concat(encoded, journal)
		if seal {
			text = appendFrame(appendFrame(head(version), copyFrame, encoded), journalFrame, journal)
		}
		path := newPath(t)
		mustWrite(t, path, text)
		g := open(t, path)
		loaded, err := g.Load()
		if err != nil {
			return
		}
		save(t, g, &Copy[snapshot]{})
		save(t, g, loaded)
		same(t, "again", load(t, path), loaded)
	})
}

// BenchmarkSave saves 20,000 series, without waiting for the disk.
func BenchmarkSave(b *testing.B) {
	f := open(b, newPath(b))
	c := &Copy[snapshot]{Position: here, Snapshot: testSnapshot(20_000), Journal: testJournal(0, 20_000)}
	b.Run("encode", func(b *testing.B) {
		size := 0
		for b.Loop() {
			encoded, err := c.encode()
			if err != nil {
				b.Fatal(err)
			}
			size = len(slices.Concat(encoded...))
		}
		b.ReportMetric(float64(size), "bytes")
	})
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			c.Position.Offset++
			save(b, f, c)
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			load(b, f.path)
		}
	})
	b.Run("append", func(b *testing.B) {
		j := testJournal(0, 20_000)
		for b.Loop() {
			if _, err := f.Append(j); err != nil {
				b.Fatal(err)
			}
			if f.size > maxFile/2 {
				b.StopTimer()
				save(b, f, c)
				b.StartTimer()
			}
		}
	})
}
