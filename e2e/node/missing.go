//go:build linux

package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/sandbox"
)

// requirement is something that a machine needs to run a node.
type requirement struct {
	missing func() bool
	// message says what is missing and how to get it.
	message string
}

// install is the advice for programs of the Linux distribution.
const install = "run `make node-packages` (on Debian and Ubuntu), or install it"

// packaged are programs of the distribution, with the names of Debian's packages.
var packaged = []struct{ program, name string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"containerd-shim-runc-v2", "containerd"},
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"conntrack", "conntrack"},
	{"ip", "iproute2"},
	{"mount", "mount"},
	{"busybox", "busybox"}, // for images of pods
}

// plugins are the CNI plugins that the node's network needs.
var plugins = []string{"bridge", "host-local", "loopback", "portmap"}

// Missing returns what this machine lacks to run a node, one thing a line; nothing if it
// can run one.
func Missing() []string {
	requirements := []requirement{
		{func() bool { return os.Geteuid() != 0 }, "it needs root: run it with sudo, or as root in a privileged container"},
		{func() bool { return !capable(unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN) },
			"it needs the capabilities SYS_ADMIN and NET_ADMIN: a container must be privileged"},
		{func() bool { return !cgroupsWritable() },
			"it needs writable cgroup v1 hierarchies below /sys/fs/cgroup: " +
				"boot with systemd.unified_cgroup_hierarchy=0, or use another cluster with KUBECONFIG"},
		{func() bool { return !overlayfs() }, "it needs the file system overlay in the kernel: run modprobe overlay"},
		{func() bool { return pluginFolder() == "" },
			fmt.Sprintf("it needs the CNI plugins %s, Debian's package containernetworking-plugins: %s", strings.Join(plugins, ", "), install)},
	}
	for _, p := range packaged {
		requirements = append(requirements, requirement{
			func() bool { return !found(p.program) },
			fmt.Sprintf("it needs the program %s, Debian's package %s: %s", p.program, p.name, install),
		})
	}
	var missing []string
	for _, r := range requirements {
		if r.missing() {
			missing = append(missing, r.message)
		}
	}
	return missing
}

// found reports whether the sandbox would find a program.
func found(program string) bool {
	return slices.ContainsFunc(filepath.SplitList(sandbox.SearchPath), func(folder string) bool {
		info, err := os.Stat(filepath.Join(folder, program))
		return err == nil && info.Mode()&0o111 != 0
	})
}

// pluginFolder returns the folder that has all plugins: Debian's folder, or the one that
// most other installations use.
func pluginFolder() string {
	for _, folder := range []string{"/usr/lib/cni", "/opt/cni/bin"} {
		lacks := func(plugin string) bool {
			_, err := os.Stat(filepath.Join(folder, plugin))
			return err != nil
		}
		if !slices.ContainsFunc(plugins, lacks) {
			return folder
		}
	}
	return ""
}

// cgroupsWritable reports whether cgroups can be made in the hierarchies that the kubelet
// needs.
func cgroupsWritable() bool {
	for _, controller := range []string{"cpu", "cpuset", "memory", "pids", "devices", "freezer"} {
		if unix.Access(filepath.Join("/sys/fs/cgroup", controller), unix.W_OK) != nil {
			return false
		}
	}
	return true
}

// capable reports whether this process has the capabilities, which root in a container
// may lack.
func capable(capabilities ...int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	for _, c := range capabilities {
		if data[c/32].Effective&(1<<(c%32)) == 0 {
			return false
		}
	}
	return true
}

func overlayfs() bool {
	systems, err := os.ReadFile("/proc/filesystems")
	return err == nil && slices.Contains(strings.Fields(string(systems)), "overlay")
}
