//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The folders of the sandbox's root file system, in addition to the machine's folders.
const (
	programFolder = "/opt/node/bin"
	pluginFolder  = "/opt/cni/bin" // where containerd and kubelet look for them by default
)

// machineFolders are folders of the machine, which the sandbox sees read-only. A folder
// that does not exist is left out; links stay links.
var machineFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc"}

// machineSysctls are set by the kubelet (pkg/kubelet/cm, setupKernelTunables) for the
// whole machine. The sandbox has copies of them, so that those of the machine do not
// change.
var machineSysctls = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
	"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// enterRoot makes a root file system in memory, with the folders of the machine that are
// needed, and changes to it. What is written in it does not reach the machine, except in
// the node's folder.
func enterRoot(folder string, spec Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separating the sandbox's mounts from the machine's: %w", err)
	}
	root := filepath.Join(folder, rootFolder)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("node", root, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("mounting the root file system: %w", err)
	}
	r := tree(root)
	steps := []func() error{
		func() error { return r.addMachine() },
		func() error { return r.addKernel() },
		func() error { return r.addSysctls() },
		func() error { return r.bind(folder, inside, 0) },
		func() error { return r.bind(spec.Plugins, pluginFolder, unix.MS_RDONLY) },
		func() error { return r.addPrograms(spec.Programs) },
		func() error { return r.addFolders("/run", "/tmp", "/var/lib", "/var/log", "/root") },
		func() error { return r.enter() },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("making the root file system: %w", err)
		}
	}
	return nil
}

// tree is a root file system under construction.
type tree string

func (t tree) addMachine() error {
	for _, folder := range machineFolders {
		info, err := os.Lstat(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			if err := t.bind(folder, folder, unix.MS_RDONLY); err != nil {
				return err
			}
			continue
		}
		target, err := os.Readlink(folder)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, filepath.Join(string(t), folder)); err != nil {
			return err
		}
	}
	return nil
}

// addKernel mounts the kernel's file systems: the processes and the network of these
// namespaces, and the machine's devices and cgroups.
func (t tree) addKernel() error {
	for _, system := range []struct{ path, kind string }{{"/proc", "proc"}, {"/sys", "sysfs"}} {
		if err := t.addFolders(system.path); err != nil {
			return err
		}
		if err := unix.Mount(system.kind, t.at(system.path), system.kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", system.path, err)
		}
	}
	for _, path := range []string{"/dev", cgroupRoot} {
		if err := t.bind(path, path, unix.MS_REC); err != nil {
			return err
		}
	}
	return nil
}

func (t tree) addSysctls() error {
	const copies = "/run/sysctl"
	for _, name := range machineSysctls {
		file := filepath.Join("/proc/sys", name)
		value, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		duplicate := t.at(filepath.Join(copies, name))
		if err := os.MkdirAll(filepath.Dir(duplicate), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(duplicate, value, 0o644); err != nil {
			return err
		}
		if err := unix.Mount(duplicate, t.at(file), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("protecting the machine's %s: %w", name, err)
		}
	}
	return nil
}

func (t tree) addPrograms(programs map[string]string) error {
	if err := t.addFolders(programFolder); err != nil {
		return err
	}
	for name, path := range programs {
		file := t.at(filepath.Join(programFolder, name))
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(path, file, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s in the sandbox: %w", path, err)
		}
	}
	return nil
}

func (t tree) addFolders(paths ...string) error {
	for _, path := range paths {
		if err := os.MkdirAll(t.at(path), 0o755); err != nil {
			return err
		}
	}
	return os.Chmod(t.at("/"), 0o755)
}

// bind mounts one of the machine's folders.
func (t tree) bind(source, path string, flags uintptr) error {
	if err := t.addFolders(path); err != nil {
		return err
	}
	err := unix.Mount(source, t.at(path), "", unix.MS_BIND|flags&unix.MS_REC, "")
	if err == nil && flags&unix.MS_RDONLY != 0 {
		err = unix.Mount("", t.at(path), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("mounting %s in the sandbox: %w", source, err)
	}
	return nil
}

// enter makes the tree the root of this process and of its children. Mounts in it are
// shared, as the kubelet and containerd require.
func (t tree) enter() error {
	if err := os.Chdir(string(t)); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing to it: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting the machine's root file system: %w", err)
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

func (t tree) at(path string) string { return filepath.Join(string(t), path) }
