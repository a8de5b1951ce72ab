package patches

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

// Reason is why a pod cannot carry the sidecar. Those of this package are about what
// would be added; those about Prometheus itself are in package podspec.
type Reason = podspec.Reason

const (
	// NoPrometheusContainer means that no container has the name of Prometheus'.
	NoPrometheusContainer Reason = "no-prometheus-container"
	// MountPathTaken means that something else is mounted where a rule file belongs.
	MountPathTaken Reason = "mount-path-taken"
	// VolumeNameTaken means that the pod has a volume with the name of one of ours.
	VolumeNameTaken Reason = "volume-name-taken"
	// PortTaken means that another container claims the sidecar's port.
	PortTaken Reason = "port-taken"
	// NotLinux means that the pod is for Windows.
	NotLinux Reason = "not-linux"
	// PodResourcesTooLow means that the resources of the pod as a whole leave too little
	// for the sidecar.
	PodResourcesTooLow Reason = "pod-resources-too-low"
)

// Reasons are all reasons why a pod cannot carry the sidecar, so that metrics can be
// made for each.
var Reasons = []Reason{
	NoPrometheusContainer, podspec.NoWAL, podspec.WALPathUnknown, podspec.WALNotOnVolume, MountPathTaken, VolumeNameTaken, PortTaken,
	NotLinux, PodResourcesTooLow,
}

// UnsuitablePodError says why a pod cannot carry the sidecar, and what would change
// that.
type UnsuitablePodError = podspec.UnsuitablePodError

func unsuitable(reason Reason, format string, args ...any) *UnsuitablePodError {
	return &UnsuitablePodError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
