package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

// missing reports whether linkerd-gcm is certainly not installed. The problem is that
// namespaces ask for the sidecar nevertheless; it is nil where none is known to.
func (r *runContext) missing(ctx context.Context, connect cluster.Connect) (missing bool, problem error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if err := r.connect(connect); err != nil {
		return false, nil // the first check says why
	}
	i, err := r.cluster.Installation(ctx)
	if err != nil || i.ConfigurationsError != nil || i.Exists() {
		return false, nil
	}
	found, err := r.cluster.VizNamespaces(ctx, r.options.Namespace)
	if err != nil {
		return true, nil
	}
	var asking []string
	for _, v := range found {
		if asks(v) {
			asking = append(asking, v.Name)
		}
	}
	if len(asking) == 0 {
		return true, nil
	}
	return true, fmt.Errorf("linkerd-gcm is not installed, and these namespaces ask for its sidecar: %s; run %s", strings.Join(asking, ", "), applyAgain)
}
