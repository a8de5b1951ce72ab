package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

// table is Linkerd's table (linkerd2, pkg/healthcheck/healthcheck_output.go).
type table struct {
	out      io.Writer
	terminal terminal.Terminal
	short    bool
	category string
	// notChecked is how many checks could not be made.
	notChecked int
	// waits is how often the line with what is waited for was written since the last result.
	waits int
}

// spinner are the characters that show that something goes on.
var spinner = []string{"|", "/", "-", `\`}

// Wait shows what is waited for, in a line that the next result replaces.
func (t *table) Wait(c Check, problem error) {
	if !t.terminal.Redraws {
		return
	}
	first, _, _ := strings.Cut(problem.Error(), "\n")
	line := fmt.Sprintf("%s waiting until %s: %s", spinner[t.waits%len(spinner)], c.Description, first)
	t.waits++
	fmt.Fprint(t.out, terminal.ClearLine, t.terminal.Cut(line))
}

// stopWaiting removes the line with what is waited for.
func (t *table) stopWaiting() {
	if t.waits > 0 {
		fmt.Fprint(t.out, terminal.ClearLine)
	}
	t.waits = 0
}

// Print implements Printer.
func (t *table) Print(r Result) {
	t.stopWaiting()
	if r.NotChecked {
		t.notChecked++
	}
	if t.short && r.Problem == nil {
		return
	}
	if r.Category != t.category {
		if t.category != "" {
			fmt.Fprintln(t.out)
		}
		fmt.Fprintf(t.out, "%s\n%s\n", t.terminal.Show(terminal.Bold, r.Category), strings.Repeat("-", len(r.Category)))
		t.category = r.Category
	}
	fmt.Fprintf(t.out, "%s %s\n", t.mark(r), r.Description)
	if r.Problem == nil {
		return
	}
	fmt.Fprint(t.out, t.terminal.Wrap(r.Problem.Error(), indentation))
	fmt.Fprintf(t.out, "%ssee %s for hints\n", indentation, r.hint())
}

// End implements Printer. What was not checked is part of the result: nobody is to take it
// for a success.
func (t *table) End(success bool) error {
	t.stopWaiting()
	if t.category != "" {
		fmt.Fprintln(t.out)
	}
	status := t.terminal.Show(terminal.Green, "√")
	if !success {
		status = t.terminal.Show(terminal.Red, "×")
	}
	switch t.notChecked {
	case 0:
	case 1:
		status += ", 1 check could not be made"
	default:
		status += fmt.Sprintf(", %d checks could not be made", t.notChecked)
	}
	_, err := fmt.Fprintf(t.out, "Status check results are %s\n", status)
	return err
}

func (t *table) mark(r Result) string {
	switch {
	case r.Problem == nil:
		return t.terminal.Show(terminal.Green, "√")
	case r.Warning:
		return t.terminal.Show(terminal.Yellow, "‼")
	default:
		return t.terminal.Show(terminal.Red, "×")
	}
}
