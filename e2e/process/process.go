// Package process runs the programs of a test cluster: they write logs, are waited for, and end with the process that
// started them.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long a program has to get ready, on a machine that is busy with other builds, and to end when asked to.
const (
	readyTimeout = 2 * time.Minute
	stopTimeout  = 10 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Process is one program while it runs.
type Process struct {
	name    string
	pid     int
	logPath string
	end     context.CancelFunc // asks it to end
	ended   chan struct{}      // closed once it has ended and left err
	err     error
}

// Start starts a program whose output is added to a file in logs. The program lives until it is stopped, ctx or not, but no
// longer than this process, even when this process is killed.
func Start(ctx context.Context, logs, name, path string, args []string) (*Process, error) {
	p := &Process{name: name, logPath: filepath.Join(logs, name+".log"), ended: make(chan struct{})}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, fmt.Errorf("making a folder for logs: %w", err)
	}
	log, err := os.OpenFile(p.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	var running context.Context
	running, p.end = context.WithCancel(context.WithoutCancel(ctx))
	command := exec.CommandContext(running, path, args...)
	command.Stdout, command.Stderr = log, log
	// A user's ETCD_* and other variables don't change what the programs do.
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = attributes()
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopTimeout

	started := make(chan error, 1)
	go func() {
		defer close(p.ended)
		defer log.Close()
		// The kernel ends a child with the thread that started it, so that thread stays with it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		if p.err = command.Wait(); p.err == nil {
			p.err = errors.New("exit status 0")
		}
	}()
	if err := <-started; err != nil {
		p.end()
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p.pid = command.Process.Pid
	return p, nil
}

// AwaitReady returns once ready no longer fails, or says why the program will not be of use.
func (p *Process) AwaitReady(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("it took longer than %s", readyTimeout))
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return p.failure("ended before it was ready", p.err)
		case <-ctx.Done():
			return p.failure("did not get ready", fmt.Errorf("%w; at last: %w", context.Cause(ctx), err))
		case <-ticker.C:
		}
	}
}

// Stop ends the program and returns when it is gone.
func (p *Process) Stop() {
	p.end()
	<-p.ended
}

// Name is what the program was started as.
func (p *Process) Name() string { return p.name }

// PID is the program's process number.
func (p *Process) PID() int { return p.pid }

// Ended is closed when the program has ended, for whatever reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Failure says that the program ended, and why. It may be called once Ended is closed.
func (p *Process) Failure() error { return p.failure("ended", p.err) }

// failure says what happened to the program, together with the end of its log.
func (p *Process) failure(what string, err error) error {
	const lines = 10
	log, readErr := os.ReadFile(p.logPath)
	if readErr != nil {
		log = []byte(readErr.Error())
	}
	last := strings.Split(strings.TrimSpace(string(log)), "\n")
	last = last[max(0, len(last)-lines):]
	return fmt.Errorf("%s %s: %w; its log %s ends:\n  %s", p.name, what, err, p.logPath, strings.Join(last, "\n  "))
}
