package patches

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

// tooLow returns what the resources of the pod as a whole leave too little of for the
// sidecar, or nil. All containers together may request what the pod requests, and each may
// have the limit of the pod (k8s.io/kubernetes, pkg/apis/core/validation,
// validatePodResourceConsistency). Where the pod has a limit alone, what it requests
// follows from its containers, up to that.
func tooLow(pod *corev1.PodSpec, sidecar corev1.ResourceRequirements) *UnsuitablePodError {
	if pod.Resources == nil {
		return nil
	}
	for _, r := range []struct {
		name           corev1.ResourceName
		request, limit string
	}{
		{corev1.ResourceCPU, settings.SidecarCPURequest, settings.SidecarCPULimit},
		{corev1.ResourceMemory, settings.SidecarMemoryRequest, settings.SidecarMemoryLimit},
	} {
		most, limited := pod.Resources.Limits[r.name]
		if limit := sidecar.Limits[r.name]; limited && limit.Cmp(most) > 0 {
			return unsuitable(PodResourcesTooLow, "the pod's spec.resources limit %s to %s, and the sidecar's limit is %s; raise the former, or lower the latter by the annotation %s",
				r.name, most.String(), limit.String(), r.limit)
		}
		if requested, given := pod.Resources.Requests[r.name]; given {
			most, limited = requested, true
		}
		if needed := requests(pod, sidecar, r.name); limited && needed.Cmp(most) > 0 {
			return unsuitable(PodResourcesTooLow, "the pod's spec.resources give its containers %s of %s, and with the sidecar they request %s; raise the former, or lower the annotation %s",
				most.String(), r.name, needed.String(), r.request)
		}
	}
	return nil
}

// requests returns what the containers that run at one time request of a resource, with
// the sidecar.
func requests(pod *corev1.PodSpec, sidecar corev1.ResourceRequirements, name corev1.ResourceName) resource.Quantity {
	total := requestOf(sidecar, name)
	for i := range pod.Containers {
		total.Add(requestOf(pod.Containers[i].Resources, name))
	}
	for i := range pod.InitContainers {
		c := &pod.InitContainers[i]
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			total.Add(requestOf(c.Resources, name))
		}
	}
	return total
}

// requestOf returns what a container requests of a resource, which is its limit where it
// says no more.
func requestOf(r corev1.ResourceRequirements, name corev1.ResourceName) resource.Quantity {
	if request, given := r.Requests[name]; given {
		return request.DeepCopy()
	}
	return r.Limits[name].DeepCopy()
}
