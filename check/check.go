// Package check judges an installation of linkerd-gcm: what it needs, what runs,
// and whether the pods of Prometheus are what their configuration asks for.
//
// Every check is a row of the table Checks, in the file that is named after its ID:
// ca-bundle is in ca_bundle.go, with the function that runs it and its test beside it.
// What is read from the cluster comes from package cluster, which reads each thing once;
// the judgement is left to functions of values. Nothing is written: what the API server
// would do is asked by dry run.
//
// It is not for what a configuration says: that is judged by package lint, whose findings
// two of the checks pass on.
package check

import (
	"context"
	"time"
)

// Severity says what the failure of a check means.
type Severity string

const (
	// Fatal failures leave nothing to check.
	Fatal Severity = "fatal"
	// Error means that something does not work.
	Error Severity = "error"
	// Warning means that something is not as it should be, but works.
	Warning Severity = "warning"
)

// Stage says when a check makes sense.
type Stage int

const (
	// Always is at any time.
	Always Stage = iota
	// PreInstall is before the installation.
	PreInstall
	// Installed is after it.
	Installed
	// DataPlane is about the namespaces and pods of linkerd-viz.
	DataPlane
)

// Check is a row of the table of checks.
type Check struct {
	// ID is the check's name in the documentation. It never changes.
	ID string
	// Category is the heading that it stands under.
	Category string
	// Description says what holds when it passes.
	Description string
	// Severity is that of a failure.
	Severity Severity
	// Stage says when it runs.
	Stage Stage
	// Retry says that a failure may pass by itself: the check runs again until the
	// deadline.
	Retry bool
	// Means says what is wrong when it fails, and Do what to do about it, each in
	// Markdown for the documentation.
	Means, Do string

	run func(context.Context, *runContext) error
}

// Options say what to check.
type Options struct {
	// PreInstall asks for the checks that make sense before the installation, alone.
	PreInstall bool
	// DataPlane asks for those about linkerd-viz' namespaces and pods, alone.
	DataPlane bool
	// Namespace is the only one of linkerd-viz to look at; "" for all.
	Namespace string
	// Wait is how long to retry what may pass by itself, in total.
	Wait time.Duration
	// Version is that of the program; "" for one without.
	Version string
	// Strict makes a failure of what could not be checked, such as without a permission.
	Strict bool
	// Optional says that linkerd-gcm need not be installed, as where Linkerd runs the
	// checks of all extensions whose program it finds.
	Optional bool
}

func (o Options) include(stage Stage) bool {
	switch {
	case stage == Always:
		return true
	case o.PreInstall:
		return stage == PreInstall
	case o.DataPlane:
		return stage == DataPlane
	default:
		return stage != PreInstall
	}
}

// Result is what became of one check.
type Result struct {
	Check
	// Problem is nil where the check has passed. Its lines are problems of their own.
	Problem error
	// Warning is set where nothing fails because of the problem.
	Warning bool
	// NotChecked is set where the problem is that nobody knows whether there is one.
	NotChecked bool
}
