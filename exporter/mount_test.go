package exporter

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// A mount is a folder into which a ConfigMap is mounted that need not exist. Each version is
// a folder of its own, and ..data a link to it that is replaced at once
// (kubernetes, pkg/volume/util/atomic_writer.go).
type mount struct {
	t        *testing.T
	folder   string
	versions int
}

// mounted has the rig's configuration in a mount that has nothing in it yet.
func (r *rig) mounted() *mount {
	r.t.Helper()
	m := &mount{t: r.t, folder: filepath.Join(r.folder, "mount")}
	m.replace(nil)
	r.options.ConfigFile = filepath.Join(m.folder, "sidecar.yml")
	return m
}

// hold makes this the text of the ConfigMap.
func (m *mount) hold(text string) {
	m.t.Helper()
	m.replace(&text)
	if _, err := os.Lstat(filepath.Join(m.folder, "sidecar.yml")); err != nil {
		try(m.t, os.Symlink(filepath.Join("..data", "sidecar.yml"), filepath.Join(m.folder, "sidecar.yml")))
	}
}

// vanish is what comes of deleting the ConfigMap.
func (m *mount) vanish() {
	m.t.Helper()
	m.replace(nil)
	try(m.t, os.Remove(filepath.Join(m.folder, "sidecar.yml")))
}

func (m *mount) replace(text *string) {
	m.t.Helper()
	m.versions++
	version := "..2026_11_27_12_00_00." + string(rune('0'+m.versions))
	try(m.t, os.MkdirAll(filepath.Join(m.folder, version), 0o750))
	if text != nil {
		try(m.t, os.WriteFile(filepath.Join(m.folder, version, "sidecar.yml"), []byte(*text), 0o600))
	}
	old, _ := os.Readlink(filepath.Join(m.folder, "..data")) // There is none before the first.
	try(m.t, os.Symlink(version, filepath.Join(m.folder, "..data_tmp")))
	try(m.t, os.Rename(filepath.Join(m.folder, "..data_tmp"), filepath.Join(m.folder, "..data")))
	if old != "" {
		try(m.t, os.RemoveAll(filepath.Join(m.folder, old)))
	}
}

// applies waits until a configuration is in use, and has the log go on with it.
func (r *rig) applies(want configuration.Case, since time.Time) status.Configuration {
	r.t.Helper()
	report := r.reported(string(want)+" applies", func(s status.Report) bool {
		return s.Configuration.Case == string(want) && !s.Configuration.Loaded.Before(since)
	})
	r.pass(time.Minute, 15*time.Second)
	return report.Configuration
}

// TestTheConfigurationComesAndGoes has a ConfigMap that is created, edited twice and deleted,
// while the exporter runs.
func TestTheConfigurationComesAndGoes(t *testing.T) {
	r := newRig(t, 2)
	m := r.mounted()
	r.start()
	since := noon
	for _, change := range []struct {
		make   func()
		want   configuration.Case
		absent bool
	}{
		{func() {}, configuration.IncludeApplies, true},
		{func() { m.hold(renames) }, configuration.BothApply, false},
		{func() { m.hold("metric_renames: [{from: load, to: weight}]\n") }, configuration.BothApply, false},
		{func() { m.hold("# nothing\n") }, configuration.IncludeApplies, false},
		{m.vanish, configuration.IncludeApplies, true},
	} {
		change.make()
		if c := r.applies(change.want, since); c.Absent != change.absent || c.Error != "" {
			t.Errorf("%+v", c)
		}
		since = r.settled().Now // What was read under this configuration is not of the next.
	}
	all := arrived(r.emulator)
	got := map[string]int{}
	for _, name := range []string{"load", "burden", "weight"} {
		got[name] = len(all[name+"/web-000"])
	}
	if diff := cmp.Diff(map[string]int{"load": 12, "burden": 4, "weight": 4}, got); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
	r.log.checkSums(all)
	r.said(1, "level=WARN msg=\"The configuration file is gone\"")
	r.said(3, "The configuration file has changed and is in use")
}

// TestWithoutAnyConfiguration has the built-in one until there is a file with something in it,
// and again after a restart without.
func TestWithoutAnyConfiguration(t *testing.T) {
	r := newRig(t, 2)
	m := r.mounted()
	r.settings.Include = nil
	r.start()
	r.applies(configuration.BuiltInApplies, noon)
	m.hold("# nothing yet\n")
	r.applies(configuration.BuiltInApplies, r.clock.Now())
	m.hold(idleSummed)
	r.applies(configuration.FileApplies, r.clock.Now())
	r.pass(5*time.Minute, 15*time.Second)
	r.read()
	if all := arrived(r.emulator); len(all["sums/web-000"]) == 0 || len(all["load/web-000"]) > 0 {
		t.Errorf("sums has %d points, and load %d", len(all["sums/web-000"]), len(all["load/web-000"]))
	}
	r.stop()
	m.vanish()
	r.start()
	r.applies(configuration.BuiltInApplies, noon)
	r.said(2, "msg=\"The configuration is in use\" file="+r.options.ConfigFile+" applies=\"the built-in configuration")
}

// TestAnInvalidFileAfterNone restarts with an invalid file where the run before had none: as
// none is what worked last, it goes on.
func TestAnInvalidFileAfterNone(t *testing.T) {
	r := newRig(t, 1)
	m := r.mounted()
	m.hold(renames)
	r.start()
	m.vanish()
	r.applies(configuration.IncludeApplies, noon)
	r.stop()
	m.hold("nonsense: 1\n")
	r.start()
	r.pass(time.Minute, 15*time.Second)
	if s := r.settled(); s.Configuration.Case != string(configuration.IncludeApplies) || s.Configuration.Error == "" {
		t.Errorf("%+v", s.Configuration)
	}
	if all := arrived(r.emulator); len(all["burden/web-000"]) > 0 || len(all["load/web-000"]) != 8 {
		t.Errorf("load has %d points, and burden %d", len(all["load/web-000"]), len(all["burden/web-000"]))
	}
}
