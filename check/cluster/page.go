package cluster

import (
	"context"
	"fmt"
	"io"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// maxPage is how many bytes of a page are read: enough for the metrics of any program, and
// for the status of an exporter that has been refused thousands of metrics.
const maxPage = 4 << 20

// Page reads a page that a pod serves on a port, such as metrics, through the API server,
// which needs the permission to get pods/proxy. An error of the pod's server is an error of
// the API, with its code.
func (r *Reader) Page(ctx context.Context, pod *corev1.Pod, port int, page string) ([]byte, error) {
	at := pod.Name + ":" + strconv.Itoa(port)
	return remember(r, question{"page " + page, pod.Namespace, at}, func() ([]byte, error) {
		where := fmt.Sprintf("/%s of pod %s/%s", page, pod.Namespace, at)
		body, err := r.discovery.RESTClient().Get().
			AbsPath("/api/v1/namespaces", pod.Namespace, "pods", at, "proxy", page).
			Stream(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", where, err)
		}
		defer body.Close()
		text, err := io.ReadAll(io.LimitReader(body, maxPage+1))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", where, err)
		}
		if len(text) > maxPage {
			return nil, fmt.Errorf("reading %s: it has more than %d bytes", where, maxPage)
		}
		return text, nil
	})
}
