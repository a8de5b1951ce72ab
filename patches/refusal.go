package patches

import "fmt"

// Reason is why a pod cannot carry the sidecar: a word for metrics and logs.
type Reason string

const (
	// NoPrometheusContainer means that no container has the name of Prometheus'.
	NoPrometheusContainer Reason = "no-prometheus-container"
	// NoWAL means that Prometheus keeps no write-ahead log that the sidecar can read.
	NoWAL Reason = "no-wal"
	// WALPathUnknown means that the pod does not say where the log is.
	WALPathUnknown Reason = "wal-path-unknown"
	// WALNotOnVolume means that the log lies in the container's own file system.
	WALNotOnVolume Reason = "wal-not-on-volume"
	// MountPathTaken means that something is mounted already where a rule file belongs.
	MountPathTaken Reason = "mount-path-taken"
	// VolumeNameTaken means that the pod has a volume of the name of one of ours.
	VolumeNameTaken Reason = "volume-name-taken"
	// PortTaken means that another container claims the sidecar's port.
	PortTaken Reason = "port-taken"
)

// Reasons are all reasons of refusal, so that metrics can be made for each.
var Reasons = []Reason{
	NoPrometheusContainer, NoWAL, WALPathUnknown, WALNotOnVolume, MountPathTaken, VolumeNameTaken, PortTaken,
}

// Refusal says why a pod cannot carry the sidecar, and what would change that.
type Refusal struct {
	Reason  Reason
	Message string
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
