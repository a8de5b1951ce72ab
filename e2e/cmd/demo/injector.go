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
		Cluster: d.Cluster, Program: filepath.Join(d.root, "bin", "gcm-injector"), Dir: d.dir, WebhookPort: port,
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
	// The control plane holds this lock while it runs.
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
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program's own file: %w", err)
	}
	log, err := os.Create(d.path("demo.log"))
	if err != nil {
		return fmt.Errorf("making the injector's log: %w", err)
	}
	defer log.Close()
	background := exec.CommandContext(context.WithoutCancel(ctx), self, "injector", "--dir", d.dir, "--port", strconv.Itoa(port))
	background.Dir, background.Stdout, background.Stderr = d.root, log, log
	background.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := background.Start(); err != nil {
		return fmt.Errorf("starting the injector: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- background.Wait() }()
	return d.await(ctx, "the injector", func() (bool, error) {
		select {
		case err := <-ended:
			log, _ := os.ReadFile(d.path("demo.log"))
			return false, fmt.Errorf("the injector ended: %w\n%s", err, log)
		default:
			_, err := os.Stat(ready)
			return err == nil, nil
		}
	})
}

// stopInjector stops the injector of an earlier demonstration.
func (d *demo) stopInjector(ctx context.Context) error {
	pid, err := filelock.Holder(d.path("injector.lock"))
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping the previous injector, process %d: %w", pid, err)
	}
	lock, err := filelock.Wait(ctx, d.path("injector.lock"))
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
