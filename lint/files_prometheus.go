package lint

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
	"github.com/linkerd-gcm/linkerd-gcm/source"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// prometheus is the pod's Prometheus.
type prometheus struct {
	container *corev1.Container
	// object is the container: its key is the path to it.
	object Object
	// facts are what a sidecar has to know; obstacle says why there are none.
	facts    podspec.Prometheus
	obstacle *podspec.UnsuitablePodError
}

// prometheus returns the pod's Prometheus; false where it is not at hand.
func (s *subject) prometheus() (prometheus, bool) {
	if s.Pod == nil || s.Pod.Spec == nil {
		return prometheus{}, false
	}
	name := cmp.Or(s.Settings.PrometheusContainer, "prometheus")
	for i := range s.Pod.Spec.Containers {
		c := &s.Pod.Spec.Containers[i]
		if c.Name != name {
			continue
		}
		p := prometheus{container: c, object: s.Pod.Object}
		p.object.Key = fmt.Sprintf("%s.containers[%d]", s.Pod.Path, i)
		facts, err := podspec.ReadPrometheus(s.Pod.Spec, c)
		p.facts = facts
		errors.As(err, &p.obstacle)
		return p, true
	}
	return prometheus{}, false
}

// flag returns the value of a flag where it stands.
func (p prometheus) flag(name string) (Text, bool) {
	for _, list := range []struct {
		field string
		words []string
	}{{"command", p.container.Command}, {"args", p.container.Args}} {
		for i, word := range list.words {
			object := p.object
			object.Key += fmt.Sprintf(".%s[%d]", list.field, i)
			if value, joined := strings.CutPrefix(word, name+"="); joined {
				return Text{value, object, 1, len(name) + 2}, true
			}
			if word == name && i+1 < len(list.words) {
				object.Key = fmt.Sprintf("%s.%s[%d]", p.object.Key, list.field, i+1)
				return Text{list.words[i+1], object, 1, 1}, true
			}
		}
	}
	return Text{}, false
}

// whole is a finding about Prometheus' container.
func (p prometheus) whole(format string, args ...any) Finding {
	return Text{Object: p.object}.at(source.Position{}, 0, format, args...)
}

// checkLog finds a pod without Prometheus, and a Prometheus without a log.
func checkLog(s *subject) []Finding {
	p, found := s.prometheus()
	switch {
	case found && p.obstacle != nil && p.obstacle.Reason == podspec.NoWAL:
		return []Finding{p.whole("%s", p.obstacle.Message)}
	case found || !s.Settings.Enabled || s.sidecar != nil || s.Pod == nil || s.Pod.Spec == nil:
		return nil
	}
	var names []string
	for _, c := range s.Pod.Spec.Containers {
		names = append(names, c.Name)
	}
	object := s.Pod.Object
	object.Key = s.Pod.Path + ".containers"
	return []Finding{Text{Object: object}.at(source.Position{}, 0, "the pod has no container %q, only %s", s.Settings.PrometheusContainer, names).
		fixed("name Prometheus' in the annotation %s", settings.PrometheusContainer)}
}

func checkCompression(s *subject) []Finding {
	p, found := s.prometheus()
	if !found {
		return nil
	}
	compression, given := p.flag("--storage.tsdb.wal-compression-type")
	if !given || compression.Value != "zstd" {
		return nil
	}
	return []Finding{compression.whole("Prometheus compresses its write-ahead log with zstd, which the sidecar cannot read").fixed("write snappy, or leave the flag out")}
}

// checkWAL finds a log that no sidecar can read, and a sidecar that reads another
// directory.
func checkWAL(s *subject) []Finding {
	p, found := s.prometheus()
	switch {
	case found && p.obstacle != nil && p.obstacle.Reason != podspec.NoWAL:
		return []Finding{p.whole("%s", p.obstacle.Message)}
	case !s.flagsReadable() || found && p.obstacle != nil:
		return nil
	}
	given, isGiven := s.sidecar.first(walFlag)
	if !isGiven {
		return []Finding{s.sidecar.whole("container %q has no %s: it looks for data/wal in its own file system", s.sidecar.container.Name, walFlag).
			fixed("add %s=%s", walFlag, cmp.Or(p.facts.WALDirectory, "/data/wal"))}
	}
	if ofKubelet(given.Value) {
		return nil
	}
	directory := given.Value
	if !path.IsAbs(directory) && s.sidecar.container.WorkingDir != "" {
		directory = path.Join(s.sidecar.container.WorkingDir, directory)
	}
	read, mounted := placeOf(s.sidecar.container, directory)
	if !mounted {
		return []Finding{given.whole("%s is on no volume of container %q", shown(given.Value), s.sidecar.container.Name).fixed("mount the volume on which Prometheus keeps its data")}
	}
	if !found {
		return nil
	}
	if written, _ := placeOf(p.container, p.facts.WALDirectory); written != read {
		return []Finding{given.whole("the sidecar reads %s, but the write-ahead log of container %q is %s", shown(given.Value), p.container.Name, p.facts.WALDirectory).
			fixed("write %s=%s, with Prometheus' volume mounted at the same path", walFlag, p.facts.WALDirectory)}
	}
	return nil
}

func checkAPIAddress(s *subject) []Finding {
	p, found := s.prometheus()
	if !found || p.obstacle != nil || !s.flagsReadable() {
		return nil
	}
	given, isGiven := s.sidecar.first(apiFlag)
	if !isGiven {
		given = Text{Value: "http://127.0.0.1:9090/"}
	}
	if ofKubelet(given.Value) || endpoint(given.Value) == endpoint(p.facts.APIAddress) {
		return nil
	}
	if !isGiven {
		return []Finding{s.sidecar.whole("container %q asks %s, but Prometheus answers at %s", s.sidecar.container.Name, given.Value, p.facts.APIAddress).
			fixed("add %s=%s", apiFlag, p.facts.APIAddress)}
	}
	return []Finding{given.whole("the sidecar asks %s, but Prometheus answers at %s", shown(given.Value), p.facts.APIAddress).
		fixed("write %s=%s", apiFlag, p.facts.APIAddress)}
}

// endpoint is an address in the one form in which two of them can be compared.
func endpoint(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return u.Scheme + "://" + net.JoinHostPort(host, cmp.Or(u.Port(), "80")) + "/" + strings.Trim(u.Path, "/")
}
