// Command tally runs `go test`, shows one line for each package and everything that failing tests said, and ends with one
// line that counts: "unit: 120 passed, 0 failed, 0 skipped". It fails when a test failed, and also when none ran at all.
//
// Usage: tally NAME FOLDER [go test's arguments], where FOLDER is in the module to test.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

// run runs the tests and reports on them.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: tally NAME FOLDER [go test's arguments]")
	}
	name, folder := args[0], args[1]
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args[2:]...)...)
	command.Dir = folder
	command.Stderr = stderr
	// Tests get the chance to end what they started.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	events, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting go test: %w", err)
	}
	total, reportErr := report(events, stdout)
	testErr := command.Wait()
	fmt.Fprintf(stdout, "%s: %s\n", name, total)
	switch {
	case reportErr != nil:
		return reportErr
	case testErr != nil:
		return fmt.Errorf("%s: go test: %w", name, testErr)
	case total.failed > 0:
		return fmt.Errorf("%s: %d tests failed", name, total.failed)
	case total.passed == 0:
		return fmt.Errorf("%s: no test passed, so nothing was tested", name)
	}
	return nil
}
