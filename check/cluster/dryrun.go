package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
)

// DryRun is the answer of the API server to an object that was created by dry run.
type DryRun struct {
	// Pod is what would have been created, where it is a pod.
	Pod *corev1.Pod
	// Warnings are those of the API server and its webhooks.
	Warnings []string
	// Err is why nothing would have been created.
	Err error
}

// DryRunPod creates the next pod of a Deployment by dry run. It does so only once, also
// where that is refused: a refusal is an answer.
func (r *Reader) DryRunPod(ctx context.Context, d *appsv1.Deployment) DryRun {
	answer, _ := remember(r, question{"dry run of a pod", d.Namespace, d.Name}, func() (DryRun, error) {
		ctx, collected := collectWarnings(ctx)
		pod := survey.PodOf(d).DeepCopy()
		err := r.client.Create(ctx, pod, client.DryRunAll)
		return DryRun{Pod: pod, Warnings: collected.warnings, Err: err}, nil
	})
	return answer
}

// DryRunNamespace creates a namespace with annotations by dry run. The answer is
// not remembered.
func (r *Reader) DryRunNamespace(ctx context.Context, annotations map[string]string) DryRun {
	ctx, collected := collectWarnings(ctx)
	err := r.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "linkerd-gcm-check-", Annotations: annotations,
	}}, client.DryRunAll)
	return DryRun{Warnings: collected.warnings, Err: err}
}
