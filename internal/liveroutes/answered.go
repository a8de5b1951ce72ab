package liveroutes

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/linkerd-gcm/linkerd-gcm/routes"
	"github.com/linkerd-gcm/linkerd-gcm/viz"
)

// sampleLimit is how many samples a scrape may have, 0 for any number, and what says so.
type sampleLimit struct {
	samples int
	of      string
}

// question is what a route asks of Prometheus.
type question struct {
	// about says what the answer tells.
	about string
	page  string
	query url.Values
	read  func(io.Reader) error
	// report says what the answer means, after how it came.
	report func(how string, all *results)
}

// questionOf is a route's own request.
func questionOf(v Viz, route routes.Route, r routes.Request, limit sampleLimit) question {
	if route.Name == "api" {
		var found series
		return question{"what the query returns", "/api/v1/query", url.Values{"query": {r.Query}}, found.read, found.report}
	}
	r.Viz = v.Viz
	counted := samples{}
	return question{"how many samples a scrape has", "/federate", url.Values{"match[]": r.Selectors()}, counted.read, func(how string, all *results) { counted.report(how, v, limit, all) }}
}

// checkAnswer asks Prometheus from where it can: through the API server, which is not meshed and,
// where that is not let in, from inside the pod.
func (c *Cluster) checkAnswer(ctx context.Context, v Viz, r routes.Request, ask func() question, all *results) {
	q := ask()
	path := fmt.Sprintf("/api/v1/namespaces/%s/services/http:%s:%d/proxy%s", v.Namespace, v.Service, viz.PrometheusPort, v.PathPrefix+q.page)
	const how = "asked through the API server, Prometheus"
	switch a, err := c.ask(ctx, path, q.query.Encode(), q.read); {
	case a.code == http.StatusForbidden && a.ofAPIServer == "" && v.Server == "":
		all.add(Fails, "unless the cluster has it, it is that of an annotation: kubectl"+r.ClusterFlags+" --namespace "+v.Namespace+" get deployment prometheus --output yaml",
			"%s answers 403, although no Server refuses it: the default policy of its proxy does, %s", how, cmp.Or(v.DefaultPolicy, "which is not known"))
	case a.code == http.StatusForbidden:
		c.checkInPod(ctx, v, ask(), a, all)
	default:
		all.checkAnswered(how, a, err, q)
	}
}

// inPodTimeout is how long Prometheus may take to answer: longer than any scrape may.
const inPodTimeout = 2 * time.Minute

// checkInPod asks where no policy applies, after the API server's proxy was refused.
func (c *Cluster) checkInPod(ctx context.Context, v Viz, q question, refused answer, all *results) {
	why := refusal(v, refused)
	if v.pod == "" {
		all.add(Doubtful, "", "%s is not known: %s; and no pod of Prometheus is known to be ready", q.about, why)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, inPodTimeout)
	defer cancel()
	a, err := c.askInPod(ctx, v.Namespace, v.pod, viz.PrometheusPort, v.PathPrefix+q.page+"?"+q.query.Encode(), q.read)
	if err != nil && !errors.Is(err, errNotText) {
		fix := ""
		if strings.Contains(strings.ToLower(err.Error()), "forbidden") { // the dialers return texts alone
			fix = "ask for the permission to create pods/portforward in namespace " + v.Namespace
		}
		all.add(Doubtful, fix, "%s is not known: %s; %s", q.about, why, err)
		return
	}
	all.checkAnswered("asked from inside its pod, Prometheus", a, err, q)
}

// refusal says who has refused a request through the API server, and why.
func refusal(v Viz, refused answer) string {
	const answered = "through the API server, the answer of Prometheus is 403, "
	switch {
	case refused.ofAPIServer != "":
		return "the API server does not ask Prometheus: " + refused.ofAPIServer
	case len(v.Servers) == 0:
		return answered + "and Linkerd's policies are not known"
	default:
		return fmt.Sprintf(answered+"as Server %s/%s has it", v.Namespace, v.Server)
	}
}

func (all *results) checkAnswered(how string, a answer, err error, q question) {
	switch {
	case errors.Is(err, errNotText):
		all.add(Fails, "", "%s answers, but %s", how, err)
	case err != nil:
		all.add(Doubtful, "", "%s", err)
	case a.code != http.StatusOK:
		all.add(Fails, "", "%s answers %d: %s", how, a.code, a.firstLine())
	default:
		q.report(how, all)
	}
}

// errNotText is what an answer is that Prometheus would not give.
var errNotText = errors.New("it is not in the format of Prometheus")

// samples counts those of each job.
type samples map[string]int

// block is how much of an answer is parsed at once, and how long a line may be.
const block = 1 << 20

// read counts the samples of an answer of federation.
func (s samples) read(from io.Reader) error {
	lines := bufio.NewReaderSize(from, block)
	var text bytes.Buffer
	for {
		line, err := lines.ReadSlice('\n')
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("reading the answer: %w", err)
		}
		text.Write(line)
		if last || text.Len() > block {
			if err := s.parse(&text); err != nil {
				return err
			}
			text.Reset()
		}
		if last {
			return nil
		}
	}
}

// parse counts the samples of some lines.
func (s samples) parse(lines io.Reader) error {
	families, err := families(lines)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			s[labelOf(m, model.JobLabel)]++
		}
	}
	return err
}

func labelOf(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// families parses a text in Prometheus' format.
func families(text io.Reader) (found map[string]*dto.MetricFamily, err error) {
	defer func() { // the parser panics at some texts that are not valid
		if recover() != nil {
			err = errNotText
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if found, err = parser.TextToMetricFamilies(text); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotText, err)
	}
	return found, nil
}

// report says how many samples a scrape has.
func (s samples) report(how string, v Viz, limit sampleLimit, all *results) {
	total := 0
	var counts []string
	for _, job := range slices.Sorted(maps.Keys(s)) {
		total += s[job]
		counts = append(counts, fmt.Sprintf("%s %d", job, s[job]))
	}
	switch {
	case total == 0:
		all.add(Doubtful, "", "%s answers, but has no series of jobs %s", how, strings.Join(v.Jobs, ", "))
	case limit.samples > 0 && total > limit.samples:
		all.add(Fails, "raise "+limit.of+", or give --recorded only", "a scrape has %d samples (%s), which is more than the %d of %s: it would fail as a whole", total, strings.Join(counts, ", "), limit.samples, limit.of)
	default:
		all.add(Works, "", "%s answers with %d samples: %s", how, total, strings.Join(counts, ", "))
	}
}

// series counts those that a query returns.
type series struct {
	Data struct {
		Type   string            `json:"resultType"`
		Result []json.RawMessage `json:"result"`
	} `json:"data"`
}

// maxSeries is how many bytes of an answer to a query are read.
const maxSeries = 256 << 20

func (s *series) read(from io.Reader) error {
	err := json.NewDecoder(io.LimitReader(from, maxSeries)).Decode(s)
	if errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
		return fmt.Errorf("%w: %w", errNotText, err)
	}
	return err
}

func (s *series) report(how string, all *results) {
	switch {
	case s.Data.Type == "scalar" || s.Data.Type == "string": // of which the result is no list of series
		all.add(Works, "", "%s answers the query with a %s", how, s.Data.Type)
	case len(s.Data.Result) == 0:
		all.add(Doubtful, "", "%s answers, but no series is what --query asks for", how)
	default:
		all.add(Works, "", "%s answers the query with %d series", how, len(s.Data.Result))
	}
}
