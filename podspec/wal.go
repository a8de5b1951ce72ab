package podspec

import (
	"path"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	storageFlag = "--storage.tsdb.path"
	storageFix  = "set " + storageFlag + " to a path on one of the container's volumes (in linkerd-viz' values: prometheus.args)"
)

// walDirectory returns where Prometheus keeps its write-ahead log.
func walDirectory(c *corev1.Container, flags Flags) (string, *UnsuitablePodError) {
	if flags.agent() {
		return "", unsuitable(NoWAL, "container %q runs Prometheus as an agent, whose log the sidecar cannot follow; run it as a server", c.Name)
	}
	storage := flags.Value(storageFlag)
	if storage == "" {
		storage = "data/"
	}
	if strings.Contains(storage, "$(") {
		return "", unsuitable(WALPathUnknown, "container %q has %s=%q, which only the kubelet can expand; write the path out", c.Name, storageFlag, storage)
	}
	if !path.IsAbs(storage) {
		if c.WorkingDir == "" {
			return "", unsuitable(WALPathUnknown, "container %q stores its data at %q, relative to a working directory that only the image knows; %s",
				c.Name, storage, storageFix)
		}
		storage = path.Join(c.WorkingDir, storage)
	}
	return path.Join(storage, "wal"), nil
}

// agent reports whether Prometheus runs as an agent.
func (f Flags) agent() bool {
	return slices.ContainsFunc(f, func(flag Flag) bool {
		return flag.Name == "--agent" ||
			flag.Name == "--enable-feature" && slices.Contains(strings.Split(flag.Value.Text, ","), "agent")
	})
}

// walMount returns a writable mount, for the sidecar, of the volume that holds the
// directory.
func walMount(c *corev1.Container, directory string) (corev1.VolumeMount, *UnsuitablePodError) {
	holder, i := MountOf(c, directory)
	if i < 0 {
		return corev1.VolumeMount{}, unsuitable(WALNotOnVolume,
			"the write-ahead log %s of container %q is not on a volume, so that no other container can read it; %s", directory, c.Name, storageFix)
	}
	return corev1.VolumeMount{
		Name:        holder.Name,
		MountPath:   holder.MountPath,
		SubPath:     holder.SubPath,
		SubPathExpr: holder.SubPathExpr,
	}, nil
}

var variable = regexp.MustCompile(`\$\(([^)]+)\)`)

// mountEnv returns the variables that a mount's subPathExpr needs, which the
// kubelet expands from the environment of the container that mounts it. The
// values of variables may refer to earlier ones, so order is kept.
func mountEnv(c *corev1.Container, expression string) ([]corev1.EnvVar, *UnsuitablePodError) {
	needed := map[string]bool{}
	for _, name := range references(expression) {
		needed[name] = true
	}
	var env []corev1.EnvVar
	for i := len(c.Env) - 1; i >= 0; i-- {
		if e := c.Env[i]; needed[e.Name] {
			delete(needed, e.Name)
			env = append(env, e)
			for _, name := range references(e.Value) {
				needed[name] = true
			}
		}
	}
	slices.Reverse(env)
	for _, name := range references(expression) {
		if needed[name] {
			return nil, unsuitable(WALPathUnknown, "the volume of container %q is mounted with subPathExpr %q, whose variable %s its env does not set; set it there, not through envFrom",
				c.Name, expression, name)
		}
	}
	return env, nil
}

func references(text string) []string {
	var names []string
	for _, match := range variable.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}
