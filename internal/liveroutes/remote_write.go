package liveroutes

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"sigs.k8s.io/yaml"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// remote is an item of remote_write in Prometheus' configuration, or of remoteWrite in the
// charts' values.
type remote struct {
	URL   string           `json:"url"`
	Rules []map[string]any `json:"write_relabel_configs"`
}

// remotesOf are those of Prometheus' configuration.
func remotesOf(config string) []remote {
	var file struct {
		RemoteWrite []remote `json:"remote_write"`
	}
	_ = yaml.Unmarshal([]byte(config), &file) // what is not valid has been said already
	return file.RemoteWrite
}

// checkRemoteWrite compares what linkerd-viz' Prometheus has with what would be printed, and asks
// it whether samples arrive.
func (c *Cluster) checkRemoteWrite(ctx context.Context, v Viz, route routes.Route, r routes.Request, all *results) {
	const add = "upgrade linkerd-viz with the values that this command prints with --url, and without --check"
	var shown []string
	for _, have := range v.remotes {
		shown = append(shown, routes.ShownURL(have.URL))
	}
	at := slices.IndexFunc(v.remotes, func(have remote) bool { return have.URL == r.URL })
	switch {
	case !v.configured:
		all.add(Doubtful, "", "whether linkerd-viz' Prometheus has remote_write is not known")
		return
	case len(v.remotes) == 0:
		all.add(Fails, add, "linkerd-viz' Prometheus has no remote_write in its configuration (ConfigMap %s/%s)", v.Namespace, viz.ConfigMap)
		return
	case r.URL == "":
		all.add(Doubtful, "give --url, and the other flags with which it was printed", "linkerd-viz' Prometheus has remote_write to %s; whether that is the right one is not known", strings.Join(shown, ", "))
		return
	case at < 0:
		all.add(Fails, add, "linkerd-viz' Prometheus has no remote_write to --url, but to %s", strings.Join(shown, ", "))
		return
	}
	wanted, err := printed(v, route, r)
	switch {
	case err != nil:
		all.add(Doubtful, "", "linkerd-viz' Prometheus has remote_write to %s; what it should send is not known: %s", shown[at], err)
	case !reflect.DeepEqual(wanted.Rules, v.remotes[at].Rules):
		all.add(Doubtful, "compare them with what this command prints without --check, with the same flags as then",
			"linkerd-viz' Prometheus has remote_write to %s with other rules (write_relabel_configs), and may send other series than these flags choose", shown[at])
	default:
		all.add(Works, "", "linkerd-viz' Prometheus has remote_write to %s, with the rules that are printed", shown[at])
	}
	c.checkAnswer(ctx, v, r, func() question {
		s := sent{url: r.URL}
		return question{about: "whether samples arrive", page: "/metrics", read: s.read, report: s.report}
	}, all)
}

// printed is the item that the route prints.
func printed(v Viz, route routes.Route, r routes.Request) (remote, error) {
	r.Viz = v.Viz
	var values struct {
		Prometheus struct {
			RemoteWrite []remote `json:"remoteWrite"`
		} `json:"prometheus"`
	}
	out, err := route.Print(r)
	if err != nil {
		return remote{}, err
	}
	if err := yaml.Unmarshal([]byte(out.Config), &values); err != nil {
		return remote{}, fmt.Errorf("reading what is printed: %w", err)
	}
	return values.Prometheus.RemoteWrite[0], nil
}

// sent is what Prometheus has sent to a URL since it began, by its own metrics
// (storage/remote/queue_manager.go): attempts, which are counted before there is an answer, of
// which some are counted as failures. Samples whose answer is awaited are pending, as are those
// that are not sent yet.
type sent struct {
	url                                string
	attempts, failed, retried, pending float64
	known                              bool
}

// maxMetrics is how many bytes of Prometheus' own metrics are read, which are some hundred
// thousand.
const maxMetrics = 64 << 20

func (s *sent) read(from io.Reader) error {
	found, err := families(io.LimitReader(from, maxMetrics))
	if err != nil {
		return err
	}
	const prefix = "prometheus_remote_storage_samples_"
	_, s.known = found[prefix+"total"]
	for suffix, into := range map[string]*float64{"total": &s.attempts, "failed_total": &s.failed, "retried_total": &s.retried, "pending": &s.pending} {
		for _, m := range found[prefix+suffix].GetMetric() {
			if labelOf(m, "url") == s.url {
				*into += valueOf(m)
			}
		}
	}
	return nil
}

func valueOf(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
}

func (s *sent) report(how string, all *results) {
	const log = "see Prometheus' log"
	const wait = "wait a minute, and ask again; where it stays so, " + log
	arrived := s.attempts - s.failed - s.retried
	unknown := arrived <= s.pending // all of them may be on their way
	switch {
	case !s.known:
		all.add(Doubtful, "", "%s does not say how many samples it has sent", how)
	case s.attempts == 0:
		all.add(Doubtful, wait, "%s has sent no samples yet", how)
	case arrived <= 0 || unknown && s.failed > 0:
		all.add(Fails, log, "%s has sent nothing that is known to have arrived: of %.0f samples, %.0f were refused and %.0f are tried again", how, s.attempts, s.failed, s.retried)
	case unknown:
		all.add(Doubtful, wait, "%s has begun to send %.0f samples, and none is known to have arrived yet", how, s.attempts)
	case s.failed > 0:
		all.add(Doubtful, log, "%s has sent %.0f samples since it began, and %.0f were refused", how, arrived, s.failed)
	default:
		all.add(Works, "", "%s has sent %.0f samples since it began, and none was refused", how, arrived)
	}
}
