// Package filelock provides locks on files that one process at a time can hold, and tells
// other processes which process holds them. The kernel releases a lock when its holder
// ends, however it ends, so there is never a stale lock: not after a crash, not after a
// reboot, and not if another process has got the same process ID.
//
// It does not lock across machines, and it does not stop programs that do not ask for
// the lock.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// HeldError is the error if another process holds the lock.
type HeldError struct {
	Path string
	PID  int
}

// Error names the lock and its holder.
func (e *HeldError) Error() string {
	return fmt.Sprintf("process %d holds the lock %s", e.PID, e.Path)
}

// Try takes the lock at path, until the returned file is closed or the process ends. It
// returns a *HeldError if another process holds it. The process must not open path a
// second time: closing any of its descriptors releases the lock.
func Try(path string) (io.Closer, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	err = unix.FcntlFlock(file.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if err == nil {
		return file, nil
	}
	defer file.Close()
	if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	pid, err := holder(file)
	if err != nil {
		return nil, err
	}
	return nil, &HeldError{Path: path, PID: pid}
}

// Wait takes the lock like Try, but waits while another process holds it.
func Wait(ctx context.Context, path string) (io.Closer, error) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		lock, err := Try(path)
		var held *HeldError
		if !errors.As(err, &held) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for it to end: %w: %w", held, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// Holder returns the ID of the process that holds the lock at path, or 0 if it is free.
func Holder(path string) (int, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("opening a lock: %w", err)
	}
	defer file.Close()
	return holder(file)
}

// holder asks the kernel, which knows only processes that are running.
func holder(file *os.File) (int, error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil {
		return 0, fmt.Errorf("asking who holds the lock %s: %w", file.Name(), err)
	}
	if lock.Type == unix.F_UNLCK {
		return 0, nil
	}
	return int(lock.Pid), nil
}
