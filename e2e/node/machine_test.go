//go:build linux

package node_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/wait"
)

// machine is the state of the machine that a node could change, by name.
type machine map[string]string

// folders are the folders that the node's programs would create outside of a sandbox.
var folders = []string{
	"/etc/cni", "/node", "/opt/cni", "/opt/node", "/run/containerd", "/run/controlplane", "/run/flannel", "/run/netns", "/run/runc",
	"/run/xtables.lock", "/usr/libexec/kubernetes", "/var/lib/cni", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/containers",
	"/var/log/pods",
}

// volatile matches the kernel's settings that change by themselves.
var volatile = regexp.MustCompile(`^/proc/sys/(fs/(aio-nr|binfmt_misc|dentry-state|file-nr|inode-nr|inode-state|quota)|` +
	`kernel/(ns_last_pid|pty/nr|random|tainted)|net/netfilter/nf_conntrack_count|vm/stat_refresh)`)

func lookAtMachine(t *testing.T) machine {
	t.Helper()
	m := machine{}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		_, mount, _ := strings.Cut(line, " ") // The number changes.
		m["mount "+mount] = "there"
	}
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		m["link "+link.Name()] = "there"
	}
	for _, folder := range folders {
		_, err := os.Lstat(folder)
		m["file "+folder] = fmt.Sprint(err)
	}
	rules, err := exec.Command("iptables-save").Output()
	m["iptables"] = fmt.Sprintf("%s%v", regexp.MustCompile(`(?m)^#.*\n|\[\d+:\d+\]`).ReplaceAll(rules, nil), err)
	m.addSettings(t)
	return m
}

// addSettings adds the kernel's settings, except those that cannot be read.
func (m machine) addSettings(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("/proc/sys", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || volatile.MatchString(path) || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // Other programs create and remove network interfaces with settings.
		}
		if value, err := os.ReadFile(path); err == nil {
			m["setting "+path] = string(value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// expectMachine waits until the supervisor and everything that it started has ended, and
// compares the machine with its state before.
func expectMachine(t *testing.T, before machine, supervisor int) {
	t.Helper()
	awaitNoProcess(t, supervisor)
	if diff := cmp.Diff(before, lookAtMachine(t)); diff != "" {
		t.Errorf("the machine has changed (-before +after):\n%s", diff)
	}
	if left := cgroupsOf(t, supervisor); len(left) > 0 {
		t.Errorf("these cgroups are left: %s", left)
	}
}

// cgroupsOf lists the cgroups that a supervisor made. Their names contain its process ID.
func cgroupsOf(t *testing.T, supervisor int) []string {
	t.Helper()
	cgroups, err := filepath.Glob(fmt.Sprintf("/sys/fs/cgroup/*/linkerd-gcm-node-%d-*", supervisor))
	if err != nil {
		t.Fatal(err)
	}
	return cgroups
}

// awaitNoProcess returns once neither the supervisor nor any process of its sandbox is
// running. They are found by the supervisor's cgroup: pods are in it, and the other
// processes have its name in their environment, except the programs of the node, which
// end with process 1.
func awaitNoProcess(t *testing.T, supervisor int) {
	t.Helper()
	var left []string
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		left = processesOf(t, supervisor)
		return len(left) == 0, nil
	})
	if err != nil {
		t.Fatalf("these processes are still running: %s: %v", left, err)
	}
}

func processesOf(t *testing.T, supervisor int) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	mark := fmt.Sprintf("linkerd-gcm-node-%d-", supervisor)
	var left []string
	for _, process := range all {
		environment, _ := os.ReadFile(filepath.Join(process, "environ")) // It may just have ended.
		cgroup, _ := os.ReadFile(filepath.Join(process, "cgroup"))
		if filepath.Base(process) == strconv.Itoa(supervisor) || strings.Contains(string(environment)+string(cgroup), mark) {
			left = append(left, process)
		}
	}
	return left
}
