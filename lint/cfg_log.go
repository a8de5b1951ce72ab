package lint

import (
	"cmp"
	"path"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

var cfgLogRules = []Rule{
	{
		ID: "CFG008", Severity: Error,
		Title: "the sidecar reads Prometheus' write-ahead log",
		Why:   "stackdriver-prometheus-sidecar, tail/tail.go, exits with status 1 if --prometheus.wal-directory does not exist, and waits silently if it is empty.",
		check: checkWAL,
	},
	{
		ID: "CFG009", Severity: Error,
		Title: "the write-ahead log is not compressed with zstd",
		Why:   "stackdriver-prometheus-sidecar reads the log with Prometheus' tsdb 0.10.0, whose wal/wal.go knows only snappy; it silently ignores everything that zstd compressed.",
		check: checkCompression,
	},
	{
		ID: "CFG010", Severity: Error,
		Title: "Prometheus keeps a write-ahead log in the pod",
		Why:   "stackdriver-prometheus-sidecar has nothing else to read from. As an agent, Prometheus (cmd/prometheus/main.go) keeps another kind of log.",
		check: checkLog,
	},
}

// checkWAL finds a log that no sidecar can read, and a sidecar that reads another
// directory.
func checkWAL(c *context) []Finding {
	p, found := c.prometheus()
	switch {
	case found && p.unsuitable != nil && p.unsuitable.Reason != podspec.NoWAL:
		return []Finding{p.atText("%s", p.unsuitable.Message)}
	case !c.flagsReadable() || found && p.unsuitable != nil:
		return nil
	}
	given, isGiven := c.sidecar.first(walFlag)
	if !isGiven {
		return []Finding{c.sidecar.atText("container %q has no %s: it looks for data/wal in its own file system", c.sidecar.container.Name, walFlag).
			WithFix("add %s=%s", walFlag, cmp.Or(p.facts.WALDirectory, "/data/wal"))}
	}
	if given.Unknown {
		return nil
	}
	directory := given.Value
	if !path.IsAbs(directory) && c.sidecar.container.WorkingDir != "" {
		directory = path.Join(c.sidecar.container.WorkingDir, directory)
	}
	read, mounted := placeOf(c.sidecar.container, directory)
	if !mounted {
		return []Finding{given.atText("%s is not on a volume of container %q", quote(given.Value), c.sidecar.container.Name).WithFix("mount the volume on which Prometheus keeps its data")}
	}
	if !found {
		return nil
	}
	if written, _ := placeOf(p.container, p.facts.WALDirectory); written != read {
		return []Finding{given.atText("the sidecar reads %s, but the write-ahead log of container %q is %s", quote(given.Value), p.container.Name, p.facts.WALDirectory).
			WithFix("write %s=%s, with Prometheus' volume mounted at the same path", walFlag, p.facts.WALDirectory)}
	}
	return nil
}

func checkCompression(c *context) []Finding {
	p, found := c.prometheus()
	if !found {
		return nil
	}
	compression, given := p.flag("--storage.tsdb.wal-compression-type")
	if !given || compression.Value != "zstd" {
		return nil
	}
	return []Finding{compression.atText("Prometheus compresses its write-ahead log with zstd, which the sidecar cannot read").WithFix("write snappy, or leave the flag out")}
}

// checkLog finds a pod without Prometheus, and a Prometheus without a log.
func checkLog(c *context) []Finding {
	if c.NoPrometheus != nil {
		return []Finding{c.withoutPrometheus()}
	}
	p, found := c.prometheus()
	switch {
	case found && p.unsuitable != nil && p.unsuitable.Reason == podspec.NoWAL:
		return []Finding{p.atText("%s", p.unsuitable.Message)}
	case found || !c.Settings.Enabled || c.sidecar != nil || c.Pod == nil || c.Pod.Spec == nil:
		return nil
	}
	var names []string
	for _, container := range c.Pod.Spec.Containers {
		names = append(names, container.Name)
	}
	object := c.Pod.Object
	object.Key = c.Pod.Path + ".containers"
	return []Finding{Text{Object: object}.at(source.Position{}, 0, "the pod has no container %q, only %s", c.Settings.PrometheusContainer, names).
		WithFix("name the container of Prometheus in the annotation %s", settings.PrometheusContainer)}
}

// withoutPrometheus is the finding that linkerd-viz runs without a Prometheus of its own.
func (c *context) withoutPrometheus() Finding {
	f := c.NoPrometheus.atText("%s is %s: linkerd-viz runs without a Prometheus, so that there is nothing to export from", c.NoPrometheus.Object.Key, c.NoPrometheus.Value).
		WithReason("The sidecar reads the write-ahead log of a Prometheus in its own pod, and the chart makes no such pod.").
		WithFix("write true, or leave it out")
	if c.OtherPrometheus != "" {
		f = f.WithFix("write true; or put a sidecar beside the Prometheus that linkerd-viz reads, %s", quote(c.OtherPrometheus))
	}
	return f
}

// place is where a directory of a container lies: two containers that have the
// same place see the same files.
type place struct{ volume, subPath string }

// placeOf returns the place of a directory; false where it is on no volume.
func placeOf(c *corev1.Container, directory string) (place, bool) {
	mount, i := podspec.MountOf(c, directory)
	if i < 0 {
		return place{}, false
	}
	return place{mount.Name, podspec.InVolume(mount, directory)}, true
}
