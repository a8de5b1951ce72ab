package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var locationCheck = Check{
	ID: "location", Category: googleCategory, Severity: Warning, Stage: DataPlane,
	Description: "the location is that of the GKE cluster",
	Means:       "Google accepts the location of another region, but joins the metrics with those of another cluster, or of none; where it does not recognize the location at all, it discards them.",
	Do:          "`kubectl annotate namespace linkerd-viz --overwrite gcm.linkerd.io/location=…`, then restart Prometheus.",
	run:         locationIsReal,
}

func locationIsReal(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	if !r.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := r.cluster.Nodes(ctx)
	if err != nil {
		return err
	}
	var problems []string
	for _, v := range asking {
		problems = append(problems, judgeLocation(v, nodes)...)
	}
	return joinLines(problems)
}

// judgeLocation says whether the annotated location is a region or zone of the nodes.
func judgeLocation(v cluster.VizNamespace, nodes []metav1.PartialObjectMetadata) []string {
	given := settingsOf(v).Location
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
		v.Name, settings.Location, given, strings.Join(slices.Sorted(maps.Keys(real)), ", "), restart(v))}
}
