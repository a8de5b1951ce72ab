package lint

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

var podSecurityRules = []Rule{
	{
		ID: "POD003", Severity: Warning, Concern: Both,
		Title: "the sidecar passes Pod Security restricted if the rest of the pod does",
		Why:   "linkerd-viz' namespace enforces restricted if Linkerd runs with its CNI plugin (viz/charts/linkerd-viz/templates/namespace.yaml); the API server then refuses the whole pod because of one container.",
		check: checkPodSecurity,
	},
}

// checkPodSecurity finds a sidecar for which a pod is refused that would be
// admitted without it.
func checkPodSecurity(c *context) []Finding {
	if c.sidecar == nil || len(c.Pod.Spec.Containers) < 2 {
		return nil
	}
	violations := restrictedViolations(c.Pod.Spec)
	if len(violations) == 0 || len(restrictedViolations(c.withoutSidecar())) > 0 {
		return nil
	}
	return []Finding{c.sidecar.atText("container %q is the only reason why the pod does not pass Pod Security restricted: %s", c.sidecar.container.Name, strings.Join(violations, "; ")).
		WithFix("give it the securityContext that Prometheus' container has")}
}

// withoutSidecar is the pod without the sidecar.
func (c *context) withoutSidecar() *corev1.PodSpec {
	rest := *c.Pod.Spec
	rest.Containers, rest.InitContainers = c.others(rest.Containers), c.others(rest.InitContainers)
	return &rest
}

func (c *context) others(containers []corev1.Container) []corev1.Container {
	var others []corev1.Container
	for i := range containers {
		if &containers[i] != c.sidecar.container {
			others = append(others, containers[i])
		}
	}
	return others
}

// restrictedViolations are what Kubernetes' own admission would say of a pod.
func restrictedViolations(pod *corev1.PodSpec) []string {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil // cannot happen: the library's tests check its own table of checks
	}
	level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	var violations []string
	for _, result := range evaluator.EvaluatePod(level, &metav1.ObjectMeta{}, pod) {
		if !result.Allowed {
			violations = append(violations, fmt.Sprintf("%s (%s)", result.ForbiddenReason, result.ForbiddenDetail))
		}
	}
	return violations
}
