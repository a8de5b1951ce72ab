package check

import (
	"context"
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var resourceLabelsCheck = Check{
	ID: "resource-labels", Category: googleCategory, Severity: Error, Stage: DataPlane,
	Description: "location and cluster name are known",
	Means:       "Outside GKE there is no metadata server to ask: without `location` and `cluster-name`, the sidecar drops every series as `unknown_resource`.",
	Do:          "`kubectl annotate namespace linkerd-viz gcm.linkerd.io/location=… gcm.linkerd.io/cluster-name=…`, then restart Prometheus.",
	run:         resourceLabelsAreKnown,
}

func resourceLabelsAreKnown(ctx context.Context, r *runContext) error {
	asking, err := r.asking(ctx)
	if err != nil {
		return err
	}
	if r.onGKE(ctx) {
		return errNotApplicable
	}
	nodes, err := r.cluster.Nodes(ctx)
	if err != nil || len(nodes) == 0 {
		return errNotApplicable // where it runs is not known
	}
	var problems []string
	for _, v := range asking {
		problems = append(problems, judgeResourceLabels(v)...)
	}
	return joinLines(problems)
}

// judgeResourceLabels says what the sidecar would have to ask a metadata server for.
func judgeResourceLabels(v cluster.VizNamespace) []string {
	s := settingsOf(v)
	var problems []string
	for _, of := range []struct{ key, value, placeholder string }{
		{settings.Location, s.Location, "LOCATION"}, {settings.ClusterName, s.ClusterName, "MY-CLUSTER"},
	} {
		if of.value == "" {
			problems = append(problems, fmt.Sprintf("namespace %s has no annotation %s, and the cluster does not look like GKE: run kubectl annotate namespace %[1]s %[2]s=%[3]s, then %[4]s",
				v.Name, of.key, of.placeholder, restart(v)))
		}
	}
	return problems
}
