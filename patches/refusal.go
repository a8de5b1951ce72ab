package patches

import (
	"fmt"

	"github.com/linkerd-gcm/linkerd-gcm/podspec"
)

// Reason is why a pod cannot carry the sidecar. Those of this package are what
// stands in the way of our additions; the others are in package sidecar.
type Reason = podspec.Reason

const (
	// NoPrometheusContainer means that no container has the name of Prometheus'.
	NoPrometheusContainer Reason = "no-prometheus-container"
	// MountPathTaken means that something is mounted already where a rule file belongs.
	MountPathTaken Reason = "mount-path-taken"
	// VolumeNameTaken means that the pod has a volume of the name of one of ours.
	VolumeNameTaken Reason = "volume-name-taken"
	// PortTaken means that another container claims the sidecar's port.
	PortTaken Reason = "port-taken"
)

// Reasons are all reasons of refusal, so that metrics can be made for each.
var Reasons = []Reason{
	NoPrometheusContainer, podspec.NoWAL, podspec.WALPathUnknown, podspec.WALNotOnVolume, MountPathTaken, VolumeNameTaken, PortTaken,
}

// Refusal says why a pod cannot carry the sidecar, and what would change that.
type Refusal = podspec.Obstacle

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
