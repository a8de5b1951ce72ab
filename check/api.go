package check

import "context"

var apiCheck = Check{
	ID: "api", Category: kubernetesCategory, Severity: Fatal,
	Description: "can query the Kubernetes API",
	Means:       "Nothing can be said about a cluster that does not answer.",
	Do:          "`kubectl version` with the same `--kubeconfig` and `--context` says more.",
	run:         apiAnswers,
}

func apiAnswers(ctx context.Context, r *runContext) error {
	_, err := r.cluster.ServerVersion(ctx)
	return err
}
