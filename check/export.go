package check

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/exports"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/sidecars"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// exportOf asks the sidecar of a pod what it exports. An error means that it cannot be asked.
func (r *runContext) exportOf(ctx context.Context, pod *corev1.Pod, container *corev1.Container) (exports.Export, error) {
	program := settings.Stackdriver
	if !isGoogles(pod, container) {
		text, err := r.cluster.Page(ctx, pod, stackdriver.Port, "statusz.json")
		if err == nil {
			report, err := exports.ParseReport(text)
			return exports.OfReport(report), err
		}
		if !apierrors.IsNotFound(err) {
			return exports.Export{}, err
		}
		program = settings.GCMExporter // its page is switched off: --no-web.enable-statusz
	}
	text, err := r.cluster.Page(ctx, pod, stackdriver.Port, "metrics")
	if err != nil {
		return exports.Export{}, err
	}
	counts, err := readCounts(cluster.ParseMetrics(strings.NewReader(string(text))))
	if running := statusOf(pod, container.Name).State.Running; running != nil {
		counts.Started = running.StartedAt.Time
	}
	return exports.OfCounts(program, counts, r.now), err
}

// isGoogles reports whether a sidecar is certainly Google's own.
func isGoogles(pod *corev1.Pod, container *corev1.Container) bool {
	for _, s := range sidecars.FindAll(&pod.Spec) {
		if s.Container == container {
			return s.Program == settings.Stackdriver
		}
	}
	return false
}

// readCounts reads what Google's sidecar counts (its retrieval and stackdriver packages),
// which gcm-exporter counts under the same names.
func readCounts(m cluster.Metrics) (exports.Counts, error) {
	const accepted = "prometheus_remote_storage_succeeded_samples_total"
	if m[accepted] == nil {
		return exports.Counts{}, fmt.Errorf("reading the metrics of the sidecar: %s is not among them", accepted)
	}
	c := exports.Counts{
		Read:     m.Sum("prometheus_sidecar_samples_processed"),
		Sent:     m.Sum("prometheus_sidecar_samples_produced"),
		Accepted: m.Sum(accepted),
		Refused:  m.Sum("prometheus_remote_storage_failed_samples_total"),
		Dropped:  m.SumBy("prometheus_sidecar_dropped_series", "reason"),
	}
	if at := m.Sum("gcm_exporter_accepted_timestamp_seconds"); at > 0 {
		c.LastAccepted = time.UnixMilli(int64(at * 1000))
	}
	return c, nil
}

// mayNotAsk reports whether the API server says that the permission to get pods/proxy is
// missing. The proxy of a meshed pod forbids in other words.
func mayNotAsk(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "pods/proxy")
}

// userInError finds who lacks a permission in what the API server says.
var userInError = regexp.MustCompile(`User "([^"]+)"`)

// cannotAsk is what follows where a sidecar that runs cannot be asked.
func cannotAsk(pod *corev1.Pod, err error) exports.Verdict {
	v := exports.Verdict{
		Arriving: exports.Unknown,
		Message:  fmt.Sprintf("the sidecar cannot be asked through the API server: %s", err),
		Fix: fmt.Sprintf("kubectl -n %s port-forward pod/%s %d, then open http://localhost:%[3]d/statusz",
			pod.Namespace, pod.Name, stackdriver.Port),
	}
	switch {
	case mayNotAsk(err):
		user := "USER"
		if found := userInError.FindStringSubmatch(err.Error()); found != nil {
			user = found[1]
		}
		v.Fix = fmt.Sprintf("an administrator grants the permission to get pods/proxy: kubectl -n %s create role linkerd-gcm-status --verb=get --resource=pods/proxy && "+
			"kubectl -n %[1]s create rolebinding linkerd-gcm-status --role=linkerd-gcm-status --user=%s", pod.Namespace, user)
	case apierrors.IsForbidden(err):
		v.Message = fmt.Sprintf("the pod does not let the API server in, as a policy of Linkerd forbids: %s", err)
	}
	return v
}
