// Package process runs the programs of a test cluster. It writes their output to logs,
// waits until they are ready, and ends them with the process that started them, also if
// that is killed. It neither builds programs, which package programs does, nor restarts
// any that has ended.
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

// How long a program may take to get ready, on a machine that is busy with other builds,
// and to end after a signal.
const (
	readyTimeout = 2 * time.Minute
	stopTimeout  = 10 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Process is one running program.
type Process struct {
	name    string
	pid     int
	logPath string
	end     context.CancelFunc // sends it the signal to end
	ended   chan struct{}      // closed once it has ended and err is set
	err     error
}

// Start starts a program and appends its output to a file in logs. The program runs until
// Stop or until this process ends, also if this process is killed. It does not end with
// ctx. It sees no environment variables but PATH and those that are given, as NAME=value.
func Start(ctx context.Context, logs, name, path string, args []string, environment ...string) (*Process, error) {
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
	// The user's environment variables, such as ETCD_*, must not change what the programs
	// do.
	command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environment...)
	command.SysProcAttr = attributes()
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopTimeout

	started := make(chan error, 1)
	go func() {
		defer close(p.ended)
		defer log.Close()
		// The kernel kills a child when the thread that started it ends, so that thread
		// has to wait.
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

// AwaitReady returns once ready returns no error. It returns an error if the program ends
// or takes too long.
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
			return p.failure("did not get ready", fmt.Errorf("%w; the last error: %w", context.Cause(ctx), err))
		case <-ticker.C:
		}
	}
}

// Stop ends the program and returns when it is gone.
func (p *Process) Stop() {
	p.end()
	<-p.ended
}

// Name returns the name that the program was started under.
func (p *Process) Name() string { return p.name }

// PID returns the program's process ID.
func (p *Process) PID() int { return p.pid }

// Ended returns a channel that is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Failure returns an error that says why the program ended. Call it only after Ended is
// closed.
func (p *Process) Failure() error { return p.failure("ended", p.err) }

// failure returns an error that says what happened to the program, with its last log
// lines.
func (p *Process) failure(what string, err error) error {
	const lines = 10
	log, readErr := os.ReadFile(p.logPath)
	if readErr != nil {
		log = []byte(readErr.Error())
	}
	last := strings.Split(strings.TrimSpace(string(log)), "\n")
	last = last[max(0, len(last)-lines):]
	return fmt.Errorf("%s %s: %w; the last lines of %s:\n  %s", p.name, what, err, p.logPath, strings.Join(last, "\n  "))
}
