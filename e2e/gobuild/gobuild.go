// Package gobuild runs builds of the go command, and says how far they are: which package is
// being compiled, and how many there are at most. It does not know what is built: package
// programs and the demonstration do.
package gobuild

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// reportEvery is how often a long build says how far it is.
const reportEvery = 15 * time.Second

// Build is one run of the go command, which builds programs.
type Build struct {
	// Step is what messages begin with, such as "step 1 of 2".
	Step string
	// Module is the folder of a Go module. Packages are the programs in it that are built.
	Module   string
	Packages []string
	// Command is go build -v with its arguments, or a command that runs it.
	Command []string
	// Log receives messages for people.
	Log io.Writer
}

// Run builds. A build of a few seconds says nothing; what is wrong becomes part of the error.
func (b Build) Run(ctx context.Context) error {
	p := progress{programs: b.Packages}
	command := exec.CommandContext(ctx, b.Command[0], b.Command[1:]...)
	command.Dir, command.Env, command.Stderr = b.Module, environment(), &p
	// A build that is interrupted ends its own programs, which a killed one does not.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	counting, stop := context.WithCancel(ctx)
	defer stop()
	end := b.report(&p, reportEvery, func() { p.atMost.Store(int64(b.packages(counting))) })
	err := command.Run()
	stop()
	end()
	if err != nil {
		return fmt.Errorf("%s in %s: %w\n%s", strings.Join(b.Command[:2], " "), b.Module, err, p.messages())
	}
	return nil
}

// environment is that of every build: no C compiler is needed, and a go.work file of the user
// must not change the pinned versions.
func environment() []string { return append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off") }

// packages returns the number of packages that the programs consist of, or 0 if that cannot
// be said.
func (b Build) packages(ctx context.Context) int {
	command := exec.CommandContext(ctx, "go", append([]string{"list", "-deps"}, b.Packages...)...)
	command.Dir, command.Env = b.Module, environment()
	listed, err := command.Output()
	if err != nil {
		return 0 // The build says why.
	}
	return len(strings.Fields(string(listed)))
}

// report says at intervals how far a build is, and at its end how long it took, unless it
// was shorter than an interval: the caller calls the function that it returns. The packages
// are counted only if there is something to report.
func (b Build) report(p *progress, every time.Duration, count func()) (end func()) {
	start := time.Now()
	say := func(what string) {
		fmt.Fprintf(b.Log, "%s: %s after %s\n", b.Step, what, time.Since(start).Round(time.Second))
	}
	over, reported := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(reported)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		counted := make(chan struct{})
		for reports := 0; ; reports++ {
			select {
			case <-ticker.C:
				if reports == 0 {
					go func() { defer close(counted); count() }()
				}
				say(p.String() + ",")
			case <-over:
				if reports > 0 {
					<-counted
					say("ended")
				}
				return
			}
		}
	}()
	return func() {
		close(over)
		<-reported
	}
}
