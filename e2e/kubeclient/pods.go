package kubeclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// AwaitDeployment returns the Deployment once all its pods are ready and have its current
// template.
func (c *Cluster) AwaitDeployment(ctx context.Context, namespace, name string) (*appsv1.Deployment, error) {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	return deployment, Await(ctx, c, deployment, "complete", func(d *appsv1.Deployment) bool {
		return d.Status.ObservedGeneration == d.Generation && d.Status.Replicas == *d.Spec.Replicas &&
			d.Status.UpdatedReplicas == *d.Spec.Replicas && d.Status.AvailableReplicas == *d.Spec.Replicas
	})
}

// Pods lists the pods that labels select, except those that are being deleted.
func (c *Cluster) Pods(ctx context.Context, namespace string, labels map[string]string) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := c.List(ctx, &list, client.InNamespace(namespace), client.MatchingLabels(labels)); err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	var pods []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			pods = append(pods, pod)
		}
	}
	return pods, nil
}

// Logs returns the log of a container since it started.
func (c *Cluster) Logs(ctx context.Context, pod *corev1.Pod, container string) (string, error) {
	options := &corev1.PodLogOptions{Container: container}
	text, err := c.typed.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, options).DoRaw(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the log of container %s of pod %s/%s: %w", container, pod.Namespace, pod.Name, err)
	}
	return string(text), nil
}

// Exec runs a program in a container and returns its output.
func (c *Cluster) Exec(ctx context.Context, pod *corev1.Pod, container string, command ...string) (stdout string, err error) {
	request := c.typed.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(c.Config, "GET", request.URL().String())
	if err != nil {
		return "", fmt.Errorf("running %s in a container: %w", command[0], err)
	}
	var out, stderr bytes.Buffer
	if err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &stderr}); err != nil {
		return out.String(), fmt.Errorf("running %s in container %s of pod %s/%s: %w\n%s",
			strings.Join(command, " "), container, pod.Namespace, pod.Name, err, &stderr)
	}
	return out.String(), nil
}

// HTTPGet sends an HTTP request to a pod, through the API server, and returns the body of
// the answer.
func (c *Cluster) HTTPGet(ctx context.Context, pod *corev1.Pod, port int, path string) ([]byte, error) {
	body, err := c.typed.CoreV1().Pods(pod.Namespace).
		ProxyGet("http", pod.Name, strconv.Itoa(port), path, nil).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("requesting from pod %s/%s, port %d, %s: %w", pod.Namespace, pod.Name, port, path, err)
	}
	return body, nil
}

// PrometheusVector asks a pod's Prometheus for the value of an expression at a time, in
// seconds since 1970.
func (c *Cluster) PrometheusVector(ctx context.Context, pod *corev1.Pod, expression string, at float64) (model.Vector, error) {
	body, err := c.typed.CoreV1().Pods(pod.Namespace).ProxyGet("http", pod.Name, strconv.Itoa(prometheusPort), "api/v1/query",
		map[string]string{"query": expression, "time": strconv.FormatFloat(at, 'f', 3, 64)}).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking Prometheus in pod %s/%s for %s: %w", pod.Namespace, pod.Name, expression, err)
	}
	var answer struct {
		Data struct{ Result model.Vector }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("reading Prometheus' answer to %s: %w", expression, err)
	}
	return answer.Data.Result, nil
}

// prometheusPort is the port at which Prometheus serves.
const prometheusPort = 9090

// HTTPPut sends an HTTP request with a body to a pod, through the API server.
func (c *Cluster) HTTPPut(ctx context.Context, pod *corev1.Pod, port int, path, body string) error {
	err := c.typed.CoreV1().RESTClient().Put().Namespace(pod.Namespace).Resource("pods").SubResource("proxy").
		Name(fmt.Sprintf("%s:%d", pod.Name, port)).Suffix(path).Body([]byte(body)).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("putting to pod %s/%s, port %d, %s: %w", pod.Namespace, pod.Name, port, path, err)
	}
	return nil
}

// Series is a series that the sidecar probe has read from Prometheus' WAL and would
// export.
type Series struct {
	Name       string            `json:"name"`       // as Prometheus recorded it
	Labels     map[string]string `json:"labels"`     // as recorded, without the name
	MetricType string            `json:"metricType"` // Google Cloud Monitoring's, after renaming
	Value      string            `json:"value"`      // of the last sample, in Prometheus' notation
	Time       time.Time         `json:"time"`       // of the last sample
	Samples    int               `json:"samples"`    // how many were read
}

// sidecarPort is the port at which the sidecar serves.
const sidecarPort = 9091

// Series returns what the sidecar probe of a pod has read.
func (c *Cluster) Series(ctx context.Context, pod *corev1.Pod) ([]Series, error) {
	body, err := c.HTTPGet(ctx, pod, sidecarPort, "series")
	if err != nil {
		return nil, err
	}
	var series []Series
	if err := json.Unmarshal(body, &series); err != nil {
		return nil, fmt.Errorf("reading the sidecar probe's answer: %w", err)
	}
	return series, nil
}

// describe returns the object and its events, with those of the pods that it may have
// created, for the reader of a failed test.
func (c *Cluster) describe(object client.Object) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var text strings.Builder
	if state, err := yaml.Marshal(object); err == nil {
		text.Write(state)
	}
	var events corev1.EventList
	if err := c.List(ctx, &events, client.InNamespace(object.GetNamespace())); err != nil {
		fmt.Fprintf(&text, "its events cannot be listed: %v\n", err)
	}
	for _, e := range events.Items {
		if strings.HasPrefix(e.InvolvedObject.Name, object.GetName()) {
			fmt.Fprintf(&text, "%s %s: %s: %s\n", e.InvolvedObject.Kind, e.InvolvedObject.Name, e.Reason, e.Message)
		}
	}
	return text.String()
}
