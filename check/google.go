package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var googleChecks = []Check{
	{
		ID: "resource-labels", Category: googleCategory, Severity: Error, Stage: DataPlane,
		Description: "location and cluster name are known",
		Means:       "Outside GKE there is no metadata server to ask: without `location` and `cluster-name`, the sidecar drops every series as `unknown_resource`.",
		Do:          "`kubectl annotate namespace linkerd-viz gcm.linkerd.io/location=… gcm.linkerd.io/cluster-name=…`, then restart Prometheus.",
		run:         resourceLabelsAreKnown,
	},
	{
		ID: "location", Category: googleCategory, Severity: Warning, Stage: DataPlane,
		Description: "the location is that of the GKE cluster",
		Means:       "Google accepts any location, but joins the metrics with those of another cluster, or of none.",
		Do:          "`kubectl annotate namespace linkerd-viz --overwrite gcm.linkerd.io/location=…`, then restart Prometheus.",
		run:         locationIsReal,
	},
	{
		ID: "workload-identity", Category: googleCategory, Severity: Warning, Stage: DataPlane,
		Description: "Google Cloud knows Prometheus' service account",
		Means:       "The nodes run GKE's metadata server, nothing in the cluster links Prometheus' service account to Google's, and the sidecar is not known to have exported anything. A role that was granted to it directly cannot be seen from here.",
		Do:          "See [Workload Identity](#workload-identity).",
		run:         serviceAccountIsKnown,
	},
}

// someNodes is how many nodes are enough to tell where a cluster runs.
const someNodes = 50

// nodes lists some of the nodes, of which only the labels are read.
func (c *cluster) nodes(ctx context.Context) ([]metav1.PartialObjectMetadata, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NodeList"))
	if err := c.list(ctx, list, "nodes", client.Limit(someNodes)); err != nil {
		return nil, err
	}
	return list.Items, nil
}

// onGKE reports whether the API server calls itself GKE's.
func (c *cluster) onGKE(ctx context.Context) bool {
	version, err := c.serverVersion(ctx)
	return err == nil && isGKE(version)
}

func isGKE(version string) bool { return strings.Contains(version, "-gke.") }

func resourceLabelsAreKnown(ctx context.Context, e *examination) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	if e.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := e.nodes(ctx)
	if err != nil || len(nodes) == 0 {
		return errNotApplicable // where it runs is not known
	}
	var problems []string
	for _, v := range asking {
		problems = append(problems, judgeResourceLabels(v)...)
	}
	return all(problems)
}

// judgeResourceLabels says what the sidecar would have to ask a metadata server for.
func judgeResourceLabels(v vizNamespace) []string {
	s := v.settings()
	var problems []string
	for _, of := range []struct{ key, value string }{{settings.Location, s.Location}, {settings.ClusterName, s.ClusterName}} {
		if of.value == "" {
			problems = append(problems, fmt.Sprintf("namespace %s has no annotation %s, and the cluster does not look like GKE: run kubectl annotate namespace %[1]s %[2]s=<value>, then %[3]s",
				v.Name, of.key, v.restart()))
		}
	}
	return problems
}

func locationIsReal(ctx context.Context, e *examination) error {
	asking, err := e.asking(ctx)
	if err != nil {
		return err
	}
	if !e.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := e.nodes(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		problems = append(problems, judgeLocation(v, nodes)...)
	}
	return all(problems)
}

// judgeLocation says whether the annotated location is a region or zone of the nodes.
func judgeLocation(v vizNamespace, nodes []metav1.PartialObjectMetadata) []string {
	given := v.settings().Location
	real := map[string]bool{}
	for _, n := range nodes {
		for _, label := range []string{corev1.LabelTopologyRegion, corev1.LabelTopologyZone} {
			if place := n.Labels[label]; place != "" {
				real[place] = true
			}
		}
	}
	if given == "" || len(real) == 0 || real[given] {
		return nil
	}
	return []string{fmt.Sprintf("namespace %s has %s=%s, and the nodes are in %s: set it to the cluster's own location, then run %s",
		v.Name, settings.Location, given, strings.Join(slices.Sorted(maps.Keys(real)), ", "), v.restart())}
}

// metadataServer is the label of nodes that run GKE's metadata server.
const metadataServer = "iam.gke.io/gke-metadata-server-enabled"

// googleAccount is the annotation of a service account that acts as one of Google's.
const googleAccount = "iam.gke.io/gcp-service-account"

func serviceAccountIsKnown(ctx context.Context, e *examination) error {
	if !e.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := e.nodes(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(nodes, func(n metav1.PartialObjectMetadata) bool { return n.Labels[metadataServer] == "true" }) {
		return errNotApplicable
	}
	return e.eachPod(ctx, func(v vizNamespace, pod *corev1.Pod, container *corev1.Container) ([]string, error) {
		if container == nil || slices.ContainsFunc(container.Env, func(v corev1.EnvVar) bool { return v.Name == "GOOGLE_APPLICATION_CREDENTIALS" }) {
			return nil, nil
		}
		account := &corev1.ServiceAccount{}
		if _, err := e.get(ctx, v.Name, pod.Spec.ServiceAccountName, account); err != nil {
			return nil, err
		}
		if account.Annotations[googleAccount] != "" {
			return nil, nil
		}
		if counted, known := e.exportsOf(ctx, pod); known && counted.accepted > 0 {
			return nil, nil
		}
		return []string{fmt.Sprintf("service account %s/%s has no annotation %s: unless roles/monitoring.metricWriter is granted to it directly, Google refuses what pod %s sends",
			v.Name, pod.Spec.ServiceAccountName, googleAccount, pod.Name)}, nil
	})
}
