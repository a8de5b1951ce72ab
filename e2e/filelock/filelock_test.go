package filelock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/filelock"
)

// holdVariable makes this test program the other process: it takes the lock at that path
// and holds it until its standard input ends.
const holdVariable = "FILELOCK_TEST_HOLD"

func TestMain(m *testing.M) {
	path := os.Getenv(holdVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := filelock.Try(path); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// hold starts another process that takes the lock, and returns it. The caller kills it.
func hold(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), holdVariable+"="+path)
	// Nothing is written to it, but it stays open while the test runs.
	if _, err := other.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process printed %q (%v), want it to take the lock", line, err)
	}
	return other
}

// kill ends the process like a crash.
func kill(t *testing.T, other *exec.Cmd) {
	t.Helper()
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // The error says that it was killed.
}

func wantHolder(t *testing.T, path string, want int) {
	t.Helper()
	if got, err := filelock.Holder(path); err != nil || got != want {
		t.Errorf("the lock's holder is %d (%v), want %d", got, err, want)
	}
}

func TestTheHolderIsKnownUntilItEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	wantHolder(t, path, 0)
	other := hold(t, path)
	wantHolder(t, path, other.Process.Pid)

	_, err := filelock.Try(path)
	var held *filelock.HeldError
	if !errors.As(err, &held) || held.PID != other.Process.Pid {
		t.Errorf("taking a lock that process %d holds fails with %v, want a HeldError", other.Process.Pid, err)
	}

	kill(t, other)
	wantHolder(t, path, 0)
	lock, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
}

func TestWaitTakesTheLockOnceItsHolderEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := hold(t, path)
	taken := make(chan error)
	go func() {
		_, err := filelock.Wait(t.Context(), path)
		taken <- err
	}()
	kill(t, other)
	if err := <-taken; err != nil {
		t.Error(err)
	}
}

func TestWaitNamesTheHolderWhenItGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := hold(t, path)
	defer kill(t, other)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := filelock.Wait(ctx, path)
	var held *filelock.HeldError
	if !errors.As(err, &held) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting too long fails with %v, want the holder and the deadline", err)
	}
}
