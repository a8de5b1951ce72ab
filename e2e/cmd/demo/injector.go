package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
)

const startTimeout = 5 * time.Minute

// runInjector runs the injector on a port, until it is interrupted or the control plane is
// stopped. Its manifests have to be there.
func (d *demo) runInjector(ctx context.Context, port int) error {
	mine, err := filelock.Try(d.path("injector.lock"))
	if err != nil {
		return fmt.Errorf("an injector is already running: %w", err)
	}
	defer mine.Close()
	running, err := injector.New(ctx, injector.Options{
		Cluster: d.Cluster, Program: filepath.Join(d.Root, "bin", "gcm-injector"), Dir: d.dir, WebhookPort: port,
		Flags: []string{"--sidecar-image=" + image, "--log-format=plain"},
	})
	if err != nil {
		return err
	}
	if err := running.Restart(ctx); err != nil {
		return err
	}
	defer running.Stop()
	if err := running.AwaitCalled(ctx); err != nil {
		return err
	}
	if err := os.WriteFile(d.path("injector.ready"), []byte(running.MetricsURL()), 0o600); err != nil {
		return fmt.Errorf("writing that the injector is ready: %w", err)
	}
	return d.awaitClusterEnd(ctx)
}

// awaitClusterEnd returns once the cluster has ended, which holds this lock while it runs.
func (d *demo) awaitClusterEnd(ctx context.Context) error {
	theirs, err := filelock.Wait(ctx, d.path("lock"))
	if err != nil {
		return err
	}
	return theirs.Close()
}

// startInjector runs runInjector in a background process.
func (d *demo) startInjector(ctx context.Context, port int) error {
	ready := d.path("injector.ready")
	if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the state of the previous injector: %w", err)
	}
	return d.startInBackground(ctx, "injector", port, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
}

// startInBackground runs one of this program's subcommands in a background process, and
// returns once it is ready.
func (d *demo) startInBackground(ctx context.Context, subcommand string, port int, ready func() bool) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program's own file: %w", err)
	}
	log, err := os.Create(d.path("demo-" + subcommand + ".log"))
	if err != nil {
		return fmt.Errorf("making the log of the demonstration's %s: %w", subcommand, err)
	}
	defer log.Close()
	background := exec.CommandContext(context.WithoutCancel(ctx), self, subcommand, "--dir", d.dir, "--port", strconv.Itoa(port))
	background.Dir, background.Stdout, background.Stderr = d.Root, log, log
	background.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := background.Start(); err != nil {
		return fmt.Errorf("starting the %s: %w", subcommand, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- background.Wait() }()
	return d.await(ctx, "the "+subcommand, func() (bool, error) {
		select {
		case err := <-ended:
			text, _ := os.ReadFile(log.Name())
			return false, fmt.Errorf("the %s ended: %w\n%s", subcommand, err, text)
		default:
			return ready(), nil
		}
	})
}

// stopInBackground stops what an earlier demonstration has started in the background.
func (d *demo) stopInBackground(ctx context.Context, subcommand string) error {
	path := d.path(subcommand + ".lock")
	pid, err := filelock.Holder(path)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping the previous %s, process %d: %w", subcommand, pid, err)
	}
	lock, err := filelock.Wait(ctx, path)
	if err != nil {
		return err
	}
	return lock.Close()
}

// await polls until a condition holds.
func (d *demo) await(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("waited %s for %s", startTimeout, what))
	defer cancel()
	for {
		if done, err := holds(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }
