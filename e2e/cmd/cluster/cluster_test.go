package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/programs"
)

// TestMain runs the real command in the supervisor, which up starts from the file of this
// test program.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "run" {
		main()
		return
	}
	os.Exit(m.Run())
}

// invoke runs the command in a folder of the test, and returns its output for scripts and
// its messages for people.
func invoke(t *testing.T, dir, subcommand string) (output, log string, err error) {
	t.Helper()
	var stdout, stderr strings.Builder
	command := newCommand()
	command.SetArgs([]string{subcommand, "--dir", dir})
	command.SetOut(&stdout)
	command.SetErr(&stderr)
	err = command.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func mustInvoke(t *testing.T, dir, subcommand string) (output, log string) {
	t.Helper()
	output, log, err := invoke(t, dir, subcommand)
	if err != nil {
		t.Fatalf("cluster %s: %v\n%s", subcommand, err, log)
	}
	return output, log
}

// newDir returns a folder for a cluster that is stopped when the test ends, in whatever
// state it is.
func newDir(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short starts no API server")
	}
	dir := t.TempDir()
	t.Cleanup(func() {
		c := cluster{dir: dir, log: t.Output()}
		if err := c.down(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return dir
}

// supervisor returns the process ID of the supervisor, or 0 if there is none.
func supervisor(t *testing.T, dir string) int {
	t.Helper()
	pid, err := filelock.Holder(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// wantReady checks that the cluster answers, or that it does not.
func wantReady(t *testing.T, dir string, want bool) {
	t.Helper()
	c := cluster{dir: dir}
	if err := c.ready(t.Context()); (err == nil) != want {
		t.Errorf("whether the cluster answers: %t (%v), want %t", err == nil, err, want)
	}
}

func TestUpAndDownCanEachBeRunTwice(t *testing.T) {
	dir := newDir(t)
	if _, log := mustInvoke(t, dir, "down"); !strings.Contains(log, "no cluster is running") {
		t.Errorf("down without a cluster prints %q", log)
	}

	output, log := mustInvoke(t, dir, "up")
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if output != kubeconfig+"\n" {
		t.Errorf("up prints %q, want only the kubeconfig's path %s", output, kubeconfig)
	}
	if !strings.Contains(log, "make cluster-down") {
		t.Errorf("up prints %q, want it to say how to stop the cluster", log)
	}
	wantReady(t, dir, true)

	first := supervisor(t, dir)
	mustInvoke(t, dir, "up")
	if second := supervisor(t, dir); second != first {
		t.Errorf("after a second up the supervisor is process %d, want %d as before", second, first)
	}
	if _, log, err := invoke(t, dir, "run"); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("run with a running cluster gives %v, want it refused\n%s", err, log)
	}

	mustInvoke(t, dir, "down")
	wantReady(t, dir, false)
	if pid := supervisor(t, dir); pid != 0 {
		t.Errorf("after down, process %d is still the supervisor", pid)
	}
	mustInvoke(t, dir, "down")
}

func TestUpAfterACrash(t *testing.T) {
	dir := newDir(t)
	mustInvoke(t, dir, "up")
	old, err := os.ReadFile(filepath.Join(dir, "kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(supervisor(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitNone(t, dir)

	// The kubeconfig is still there, but nothing is running.
	wantReady(t, dir, false)
	mustInvoke(t, dir, "up")
	wantReady(t, dir, true)
	if renewed, err := os.ReadFile(filepath.Join(dir, "kubeconfig")); err != nil || string(renewed) == string(old) {
		t.Errorf("the kubeconfig is still that of the crashed cluster (%v)", err)
	}
}

// awaitNone waits until no process uses the folder: the kernel kills the programs just
// after their supervisor.
func awaitNone(t *testing.T, dir string) {
	t.Helper()
	deadline := time.After(time.Minute)
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		var running []string
		for _, path := range commands {
			// A process that has ended in the meantime need not be waited for.
			if command, err := os.ReadFile(path); err == nil && strings.Contains(string(command), dir) {
				running = append(running, strings.ReplaceAll(string(command), "\x00", " "))
			}
		}
		if len(running) == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("these are still running:\n%s", strings.Join(running, "\n"))
		}
	}
}

func TestTwoUpsAtTheSameTime(t *testing.T) {
	dir := newDir(t)
	var both errgroup.Group
	for range 2 {
		both.Go(func() error {
			_, log, err := invoke(t, dir, "up")
			if err != nil {
				return errors.Join(err, errors.New(log))
			}
			return nil
		})
	}
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	wantReady(t, dir, true)
}

func TestUpThatFailsSaysWhyAndCleansUp(t *testing.T) {
	dir := newDir(t)
	assets := t.TempDir()
	broken := []byte("#!/bin/sh\necho 'it is broken' >&2\nexit 3\n")
	if err := os.WriteFile(filepath.Join(assets, programs.KubeAPIServer), broken, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv(programs.AssetsVariable, assets)
	_, _, err := invoke(t, dir, "up")
	for _, want := range []string{"did not start", "kube-apiserver ended before it was ready", "it is broken"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want it to say %q", err, want)
		}
	}
	awaitNone(t, dir)

	// The failed start does not affect a second one, with programs that work.
	t.Setenv(programs.AssetsVariable, "")
	mustInvoke(t, dir, "up")
}
