package liveroutes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// answer is what came back from a pod.
type answer struct {
	code int
	// text is how an answer begins that is no success.
	text string
	// ofAPIServer says that the API server has refused the request itself.
	ofAPIServer string
}

// maxText is how many bytes of an answer are read that is no success.
const maxText = 64 << 10

// ask sends a get request through the API server's proxy. What a success brings is read by a
// function, as it comes.
func (c *Cluster) ask(ctx context.Context, path, query string, read func(io.Reader) error) (answer, error) {
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
	a, err := readAnswer(response, read)
	if err != nil {
		return a, asking(path, err)
	}
	var status metav1.Status
	if a.code >= http.StatusBadRequest && json.Unmarshal([]byte(a.text), &status) == nil && status.Kind == "Status" {
		a.ofAPIServer = status.Message
	}
	return a, nil
}

// asking says what was asked, except of an answer that is not what it should be.
func asking(what string, err error) error {
	if errors.Is(err, errNotText) {
		return err
	}
	return fmt.Errorf("asking %s: %w", what, err)
}

func readAnswer(response *http.Response, read func(io.Reader) error) (answer, error) {
	a := answer{code: response.StatusCode}
	if a.code == http.StatusOK {
		return a, read(response.Body)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxText))
	a.text = string(text)
	return a, err
}

// firstLine is the beginning of an answer that is no success.
func (a answer) firstLine() string {
	line, _, _ := strings.Cut(a.text, "\n")
	const most = 200
	if a.ofAPIServer != "" {
		line = a.ofAPIServer
	}
	return line[:min(len(line), most)]
}
