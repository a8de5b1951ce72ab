//go:build linux

package sandbox

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	cgroupRoot   = "/sys/fs/cgroup"
	cgroupPrefix = "linkerd-gcm-node-"

	// removalTimeout limits the wait until the kernel allows to remove the cgroups of
	// processes that were just killed.
	removalTimeout = 10 * time.Second
)

// cgroup is the name of the cgroup, in every hierarchy, that holds all pods of one
// sandbox. It begins with cgroupPrefix and the supervisor's process ID, so that a later
// supervisor recognizes stale ones.
type cgroup string

// makeCgroups makes a cgroup for the sandbox in every hierarchy, which is the root cgroup
// for the kubelet. It also removes the cgroups of supervisors that were killed.
func makeCgroups() (cgroup, error) {
	if err := removeStale(); err != nil {
		return "", err
	}
	group := cgroup(fmt.Sprintf("%s%d-%s", cgroupPrefix, os.Getpid(), strings.ToLower(rand.Text()[:6])))
	hierarchies, err := cgroupHierarchies()
	if err != nil {
		return "", err
	}
	for _, hierarchy := range hierarchies {
		if err := group.make(hierarchy); err != nil {
			return "", errors.Join(err, group.remove())
		}
	}
	return group, nil
}

// make makes the cgroup in one hierarchy. A new cpuset has no processors, and no process
// could be added to it.
func (g cgroup) make(hierarchy string) error {
	path := filepath.Join(hierarchy, string(g))
	if err := os.Mkdir(path, 0o755); err != nil {
		return fmt.Errorf("making a cgroup: %w", err)
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(hierarchy, file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(path, file), value, 0)
		}
		if err != nil {
			return fmt.Errorf("setting the processors of the cgroup %s: %w", path, err)
		}
	}
	return nil
}

// remove removes the cgroup and those that the kubelet made in it, once their processes
// have ended.
func (g cgroup) remove() error {
	hierarchies, err := cgroupHierarchies()
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		path := filepath.Join(hierarchy, string(g))
		var busy error
		err := wait.PollUntilContextTimeout(context.Background(), 20*time.Millisecond, removalTimeout, true, func(context.Context) (bool, error) {
			busy = removeTree(path)
			if errors.Is(busy, unix.EBUSY) {
				return false, nil
			}
			return true, busy
		})
		if err != nil {
			return fmt.Errorf("removing the cgroup %s: %w", path, cmp.Or(busy, err))
		}
	}
	return nil
}

// removeTree removes a cgroup, its children first. Their files need not be removed.
func removeTree(path string) error {
	children, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, child := range children {
		if child.IsDir() {
			if err := removeTree(filepath.Join(path, child.Name())); err != nil {
				return err
			}
		}
	}
	return unix.Rmdir(path)
}

// removeStale removes the cgroups of supervisors that no longer run.
func removeStale() error {
	found, err := filepath.Glob(filepath.Join(cgroupRoot, "*", cgroupPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range found {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), cgroupPrefix), "-")
		if number, err := strconv.Atoi(pid); err != nil || unix.Kill(number, 0) == nil {
			continue
		}
		if err := removeTree(path); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("removing a stale cgroup: %w", err)
		}
	}
	return nil
}

// cgroupHierarchies lists the machine's cgroup v1 hierarchies. Further names of a
// hierarchy are links, which are left out.
func cgroupHierarchies() ([]string, error) {
	entries, err := os.ReadDir(cgroupRoot)
	if err != nil {
		return nil, fmt.Errorf("listing the cgroup hierarchies: %w", err)
	}
	var hierarchies []string
	for _, entry := range entries {
		if entry.IsDir() {
			hierarchies = append(hierarchies, filepath.Join(cgroupRoot, entry.Name()))
		}
	}
	return hierarchies, nil
}
