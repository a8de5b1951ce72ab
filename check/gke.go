package check

import (
	"context"
	"strings"
)

// onGKE reports whether the API server calls itself GKE's.
func (r *runContext) onGKE(ctx context.Context) bool {
	version, err := r.cluster.ServerVersion(ctx)
	return err == nil && isGKE(version)
}

func isGKE(version string) bool { return strings.Contains(version, "-gke.") }
