package liveroutes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// answer is what came back through the API server's proxy.
type answer struct {
	code int
	body []byte
	// ofAPIServer says that the API server has refused the request itself.
	ofAPIServer string
}

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 64 << 20

// ask sends a get request through the API server's proxy.
func (c *Cluster) ask(ctx context.Context, path, query string) (answer, error) {
	client, is := c.client.(*rest.RESTClient)
	if !is || client.Client == nil {
		return answer{}, errors.New("the cluster has no HTTP client")
	}
	at := client.Get().AbsPath(path).URL()
	at.RawQuery = query
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", path, err)
	}
	response, err := client.Client.Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", path, err)
	}
	defer response.Body.Close()
	a := answer{code: response.StatusCode}
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer)); err != nil {
		return a, fmt.Errorf("asking %s: %w", path, err)
	}
	var status metav1.Status
	if a.code >= http.StatusBadRequest && json.Unmarshal(a.body, &status) == nil && status.Kind == "Status" {
		a.ofAPIServer = status.Message
	}
	return a, nil
}

// samples counts the samples of each job in an answer of federation.
func (a answer) samples() (byJob map[string]int, err error) {
	defer func() { // the parser panics at some texts that are not valid
		if recover() != nil {
			err = errors.New("it is not in Prometheus' text format")
		}
	}()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(a.body)))
	if err != nil {
		return nil, fmt.Errorf("it is not in Prometheus' text format: %w", err)
	}
	byJob = map[string]int{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			job := ""
			for _, l := range m.GetLabel() {
				if l.GetName() == model.JobLabel {
					job = l.GetValue()
				}
			}
			byJob[job]++
		}
	}
	return byJob, nil
}
