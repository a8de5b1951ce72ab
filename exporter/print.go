package exporter

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/cloudmonitoring"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/points"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
)

// A Printer is the sink of --dry-run: it prints each point as a line of JSON.
type Printer struct {
	out    *bufio.Writer
	settle func([]cloudmonitoring.Outcome)
}

// NewPrinter returns a Printer. It is told of nothing but points that were printed.
func NewPrinter(out io.Writer, settle func([]cloudmonitoring.Outcome)) *Printer {
	return &Printer{bufio.NewWriter(out), settle}
}

// Add prints a point.
func (p *Printer) Add(_ context.Context, point points.Point) error {
	line, err := points.JSON(point)
	if err != nil {
		return fmt.Errorf("printing a point: %w", err)
	}
	if _, err := p.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("printing a point: %w", err)
	}
	p.settle([]cloudmonitoring.Outcome{{Point: point, Result: cloudmonitoring.Accepted}})
	return nil
}

// Drain prints what is left.
func (p *Printer) Drain(context.Context) error {
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("printing points: %w", err)
	}
	return nil
}

// Idle prints what is left, too. An error comes again with the next point.
func (p *Printer) Idle() { _ = p.out.Flush() }

// Restore and Acknowledged have nothing to do: what is printed is not saved.
func (p *Printer) Restore([]series.Acknowledged) {}

// Acknowledged returns nothing.
func (p *Printer) Acknowledged(bool) []series.Acknowledged { return nil }

// Report says that all is well: no point is sent, and none is refused.
func (p *Printer) Report(r *status.Report) map[string][]string {
	r.Ready, r.NotReady = true, ""
	return nil
}
