package cluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/internal/linkerdpolicy"
	"github.com/linkerd-gcm/linkerd-gcm/internal/liveroutes"
)

// OpenPolicies returns the policies of Linkerd, other than linkerd-viz' own, by which
// everybody may read a pod of Prometheus; known is false where the cluster has none.
func (r *Reader) OpenPolicies(ctx context.Context, prometheus *corev1.Pod) (open []linkerdpolicy.Grant, known bool, err error) {
	return liveroutes.Reading(r.discovery.RESTClient()).Open(ctx, prometheus)
}
