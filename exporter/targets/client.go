package targets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// The limits of one answer of Prometheus.
const (
	maxAnswer = 256 << 20
	timeout   = 20 * time.Second
)

// A Client asks Prometheus' HTTP API. Only two of its pages are needed: targets, and
// targets/metadata.
type Client struct {
	base *url.URL
	http *http.Client
}

// NewClient returns a client of the Prometheus at an address, which may have a path, as with
// --web.route-prefix.
func NewClient(address string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Prometheus' API: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("%q is not the address of Prometheus' API: write it as http://127.0.0.1:9090/", address)
	}
	return &Client{base: base, http: &http.Client{Timeout: timeout}}, nil
}

// errNone is the answer of Prometheus where it has no metadata of a metric.
var errNone = errors.New("not found")

// get asks one page and decodes its data.
func (c *Client) get(ctx context.Context, page string, query url.Values, data any) error {
	address := c.base.JoinPath("api/v1", page)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return fmt.Errorf("asking Prometheus: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("asking Prometheus: %w", err)
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, maxAnswer)
	if response.StatusCode != http.StatusOK {
		return refusal(address, response.StatusCode, body)
	}
	answer := struct {
		Status string `json:"status"`
		Data   any    `json:"data"`
	}{Data: data}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return fmt.Errorf("reading %s: %w", address, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("reading %s: its status is %q, where success was expected", address, answer.Status)
	}
	return nil
}

// refusal makes an error of an answer that is none.
func refusal(address *url.URL, code int, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, 4<<10))
	if err != nil {
		return fmt.Errorf("reading %s: %w", address, err)
	}
	if code == http.StatusNotFound && strings.Contains(string(text), `"errorType":"not_found"`) {
		return errNone
	}
	hint := ""
	if code == http.StatusNotFound {
		hint = ": is the path of --prometheus.api-address that of --web.route-prefix?"
	}
	return fmt.Errorf("asking Prometheus for %s: it answered %d %s%s", address, code, http.StatusText(code), hint)
}

// targets lists the active targets, and says which of them Prometheus has scraped since it
// started.
func (c *Client) targets(ctx context.Context) ([]series.Target, map[producer]bool, error) {
	var data struct {
		ActiveTargets []struct {
			Labels     map[string]string `json:"labels"`
			Discovered map[string]string `json:"discoveredLabels"`
			// LastScrape is the zero time before the first scrape.
			LastScrape *time.Time `json:"lastScrape"`
		} `json:"activeTargets"`
	}
	if err := c.get(ctx, "targets", url.Values{"state": {"active"}}, &data); err != nil {
		return nil, nil, err
	}
	if data.ActiveTargets == nil {
		// Prometheus has an empty list where it has no targets: it is not Prometheus.
		return nil, nil, fmt.Errorf("reading the targets from %s: the answer has no activeTargets; does --prometheus.api-address lead to Prometheus?", c.base)
	}
	list, scraped := make([]series.Target, 0, len(data.ActiveTargets)), map[producer]bool{}
	for _, t := range data.ActiveTargets {
		of := producer{t.Labels["job"], t.Labels["instance"]}
		scraped[of] = scraped[of] || t.LastScrape == nil || !t.LastScrape.IsZero()
		list = append(list, series.Target{Labels: labels.FromMap(t.Labels), Discovered: discovered(t.Discovered)})
	}
	return list, scraped, nil
}

// wordy are the discovered labels of which there are many: those of a pod's, a node's or a
// service's own labels and annotations. Only those that a resource is made of are kept.
var wordy = []string{"_label_", "_labelpresent_", "_annotation_", "_annotationpresent_"}

func discovered(all map[string]string) labels.Labels {
	for name := range all {
		for _, part := range wordy {
			if strings.Contains(name, part) && !series.MakesResource(name) {
				delete(all, name)
			}
		}
	}
	return labels.FromMap(all)
}

// metadata asks about one metric, or about all where it is "".
func (c *Client) metadata(ctx context.Context, metric string) ([]metadata, error) {
	query := url.Values{}
	if metric != "" {
		query.Set("metric", metric)
	}
	var answer []metadata
	if err := c.get(ctx, "targets/metadata", query, &answer); err != nil && !errors.Is(err, errNone) {
		return nil, err
	}
	for i := range answer {
		if metric != "" {
			answer[i].Metric = metric
		}
	}
	return answer, nil
}
