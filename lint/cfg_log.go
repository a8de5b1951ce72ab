package lint

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

var cfgLogRules = []Rule{
	{
		ID: "CFG008", Severity: Error, Concern: Both,
		Title:       "the sidecar reads Prometheus' write-ahead log",
		Why:         "stackdriver-prometheus-sidecar, tail/tail.go, exits with status 1 if --prometheus.wal-directory does not exist, and waits silently if it is empty.",
		Exporter:    "waits for a log that is not there, instead of exiting",
		ExporterWhy: "gcm-exporter, exporter/wal, waits until there is a log in --prometheus.wal-directory, and exports nothing before.",
		check:       checkWAL,
	},
	{
		ID: "CFG009", Severity: Error, Concern: Impossible,
		Title:    "the write-ahead log is not compressed with zstd",
		Why:      "stackdriver-prometheus-sidecar reads the log with Prometheus' tsdb 0.10.0, whose wal/wal.go knows only snappy; it silently ignores everything that zstd compressed.",
		Exporter: "reads zstd",
		check:    checkCompression,
	},
	{
		ID: "CFG010", Severity: Error, Concern: Both,
		Title:       "Prometheus keeps a write-ahead log in the pod",
		Why:         "stackdriver-prometheus-sidecar has nothing else to read from. As an agent, Prometheus (cmd/prometheus/main.go) keeps another kind of log.",
		ExporterWhy: "gcm-exporter has nothing else to read from. As an agent, Prometheus (cmd/prometheus/main.go) keeps another kind of log.",
		check:       checkLog,
	},
}

// exitsWithoutLog is why the log must be where the flag says.
const exitsWithoutLog = "stackdriver-prometheus-sidecar, tail/tail.go, exits with status 1 if the directory of --prometheus.wal-directory does not exist in its own container."

const waitsForLog = "gcm-exporter, exporter/wal, waits for ever for a log that is not in its own container, and exports nothing."

// checkWAL finds a log that no sidecar can read, and a sidecar that reads another
// directory.
func checkWAL(c *context) []Finding {
	p, found := c.prometheus()
	switch {
	case found && p.unsuitable != nil && p.unsuitable.Reason != podspec.NoWAL:
		return []Finding{p.atCause("--storage.tsdb.path").
			WithReason("The sidecar reads Prometheus' write-ahead log from a volume that both containers mount.")}
	case !c.flagsReadable() || found && p.unsuitable != nil:
		return nil
	}
	given, isGiven := c.sidecar.first(walFlag)
	if !isGiven {
		return []Finding{c.sidecar.atText("container %q has no %s: it looks for data/wal in its own file system", c.sidecar.container.Name, walFlag).
			WithReason("%s", c.of(exitsWithoutLog, waitsForLog)).
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
		return []Finding{given.atText("%s is not on a volume of container %q", quote(given.Value), c.sidecar.container.Name).
			WithReason("%s", c.of(exitsWithoutLog, waitsForLog)).WithFix("mount the volume on which Prometheus keeps its data")}
	}
	if !found {
		return nil
	}
	if written, _ := placeOf(p.container, p.facts.WALDirectory); written != read {
		return []Finding{c.otherLog(p, given, directory, written)}
	}
	return nil
}

// otherLog says that the sidecar reads a directory which is not the log, and whether that
// is for the flag, for another volume or for another part of the volume.
func (c *context) otherLog(p prometheus, given Text, directory string, log place) Finding {
	name := c.sidecar.container.Name
	mount, i := podspec.MountOf(c.sidecar.container, directory)
	mounted := fmt.Sprintf("volumeMounts[%d]", i)
	below := strings.Trim(path.Join(mount.SubPath, mount.SubPathExpr), "/")
	inMount, isBelow := strings.CutPrefix(log.subPath+"/", strings.TrimPrefix(below+"/", "/"))
	switch {
	case mount.Name != log.volume:
		return c.sidecar.field(mounted+".name", "the sidecar reads %s on volume %q, but the write-ahead log of container %q is on volume %q", quote(given.Value), mount.Name, p.container.Name, log.volume).
			WithFix("mount volume %q at %s", log.volume, mount.MountPath)
	case isBelow:
		right := path.Join(mount.MountPath, inMount)
		return given.atText("the sidecar reads %s, but there the write-ahead log of container %q is %s", quote(given.Value), p.container.Name, right).
			WithFix("write %s=%s", walFlag, right)
	default:
		own := strings.Trim(path.Join(p.facts.WALMount.SubPath, p.facts.WALMount.SubPathExpr), "/")
		f := c.sidecar.field(mounted, "container %q mounts %s of volume %q at %s, where the write-ahead log is not; container %q mounts %s of it",
			name, partOf(below), mount.Name, mount.MountPath, p.container.Name, partOf(own))
		if own == "" {
			return f.WithFix("remove subPath from the mount")
		}
		return f.WithFix("mount it with the same subPath as container %q", p.container.Name)
	}
}

// partOf names the part of a volume below a subPath.
func partOf(subPath string) string {
	if subPath == "" {
		return "all"
	}
	return "subPath " + quote(subPath)
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
		return []Finding{p.atCause("--agent", "--enable-feature").
			WithReason("As an agent, Prometheus (cmd/prometheus/main.go) keeps another kind of log, and records nothing: it evaluates no rules.")}
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
		WithReason("The sidecar follows the log of the container that the annotation %s names, and there is none.", settings.PrometheusContainer).
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
