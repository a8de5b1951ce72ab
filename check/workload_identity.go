package check

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

var workloadIdentityCheck = Check{
	ID: "workload-identity", Category: googleCategory, Severity: Warning, Stage: DataPlane,
	Description: "Google Cloud knows Prometheus' service account",
	Means:       "The nodes run GKE's metadata server, nothing in the cluster links Prometheus' service account to Google's, and the sidecar is not known to have exported anything. A role that was granted to it directly cannot be seen from here.",
	Do:          "See [Workload Identity](#workload-identity).",
	run:         serviceAccountIsKnown,
}

// metadataServer is the label of nodes that run GKE's metadata server.
const metadataServer = "iam.gke.io/gke-metadata-server-enabled"

// googleAccount is the annotation of a service account that acts as one of Google's.
const googleAccount = "iam.gke.io/gcp-service-account"

func serviceAccountIsKnown(ctx context.Context, r *runContext) error {
	if !r.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := r.cluster.Nodes(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(nodes, func(n metav1.PartialObjectMetadata) bool { return n.Labels[metadataServer] == "true" }) {
		return errNotApplicable
	}
	return r.eachPod(ctx, func(v cluster.VizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container == nil || slices.ContainsFunc(container.Env, func(v corev1.EnvVar) bool { return v.Name == "GOOGLE_APPLICATION_CREDENTIALS" }) {
			return nil, nil
		}
		account, err := r.cluster.ServiceAccount(ctx, v.Name, pod.Spec.ServiceAccountName)
		if err != nil {
			return nil, err
		}
		if account != nil && account.Annotations[googleAccount] != "" {
			return nil, nil
		}
		if export, err := r.exportOf(ctx, pod, container); err == nil && export.Accepted() > 0 {
			return nil, nil
		}
		return []string{fmt.Sprintf("service account %s/%s has no annotation %s: unless roles/monitoring.metricWriter is granted to it directly, Google refuses what pod %s sends",
			v.Name, pod.Spec.ServiceAccountName, googleAccount, pod.Name)}, nil
	})
}
