// Package podspec reads facts from a pod: the flags of a container, the mount that holds a
// path, the ports that are claimed, and of Prometheus the write-ahead log and its volume,
// the identity and the address of the API. It changes nothing, and apart from pods beside
// whose Prometheus no sidecar can work it has no opinion about what it reads.
package podspec

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// Prometheus is what the sidecar has to know of the container that it reads from.
type Prometheus struct {
	// WALDirectory is the directory of the write-ahead log.
	WALDirectory string
	// WALMount mounts the volume of that directory, writable, since the sidecar
	// keeps its progress file there.
	WALMount corev1.VolumeMount
	// Env are the variables that the mount's subPathExpr refers to.
	Env []corev1.EnvVar
	// APIAddress is the base URL of Prometheus' API, as the sidecar reaches it.
	APIAddress string
	// User and Group are the uid and gid that Prometheus runs as. Prometheus makes
	// its WAL directory with mode 0755, so that no other uid may write there.
	User, Group int64
	// SELinux are the container's SELinux options, which decide who may use its volumes.
	SELinux *corev1.SELinuxOptions
}

// server is Prometheus itself, as images of it start it.
var server = Program{Names: []string{"prometheus"}, Flags: []string{"--config.file", "--storage.tsdb.path"}}

// PrometheusFlags reads the flags of a container that runs Prometheus, also those in the
// script of a shell.
func PrometheusFlags(c *corev1.Container) Flags {
	if line, found := server.Find(c); found && (line.Unread == "" || len(line.Args) > 0) {
		return flagsOf(line.Args)
	}
	return ReadFlags(c)
}

// ReadPrometheus reads from a pod's Prometheus container what the sidecar has to
// know. The error is an *UnsuitablePodError where no sidecar could work beside it.
func ReadPrometheus(pod *corev1.PodSpec, c *corev1.Container) (Prometheus, error) {
	flags := PrometheusFlags(c)
	directory, err := walDirectory(c, flags)
	if err != nil {
		return Prometheus{}, err
	}
	mount, err := walMount(c, directory)
	if err != nil {
		return Prometheus{}, err
	}
	env, err := mountEnv(c, mount.SubPathExpr)
	if err != nil {
		return Prometheus{}, err
	}
	user, group := identity(pod, c)
	return Prometheus{
		WALDirectory: directory,
		WALMount:     mount,
		Env:          env,
		APIAddress:   apiAddress(flags),
		User:         user,
		Group:        group,
		SELinux:      seLinux(c),
	}, nil
}

// Reason is why a pod cannot carry the sidecar: a word for metrics and logs.
type Reason string

const (
	// NoWAL means that Prometheus keeps no write-ahead log that the sidecar can read.
	NoWAL Reason = "no-wal"
	// WALPathUnknown means that the pod does not say where the log is.
	WALPathUnknown Reason = "wal-path-unknown"
	// WALNotOnVolume means that the log lies in the container's own file system.
	WALNotOnVolume Reason = "wal-not-on-volume"
)

// UnsuitablePodError says why no sidecar can work beside a Prometheus container, and what
// would change that.
type UnsuitablePodError struct {
	Reason  Reason
	Message string
}

// Error returns the message.
func (e *UnsuitablePodError) Error() string { return e.Message }

func unsuitable(reason Reason, format string, args ...any) *UnsuitablePodError {
	return &UnsuitablePodError{Reason: reason, Message: fmt.Sprintf(format, args...)}
}
