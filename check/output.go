package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

// Documentation is where the hints of failed checks lead.
const Documentation = "https://github.com/linkerd-gcm/linkerd-gcm/blob/main/docs/operations.md"

// Anchor is the check's place in the documentation.
func (c Check) Anchor() string { return "check-" + c.ID }

// hint is where to read about a check.
func (c Check) hint() string { return Documentation + "#" + c.Anchor() }

// Printer prints results in one of the forms that `linkerd check` has.
type Printer interface {
	// Wait takes a problem that is waited for.
	Wait(check Check, problem error)
	// Print takes a result.
	Print(result Result)
	// End prints what comes after the last one.
	End(success bool) error
}

// NewPrinter returns the printer of an output form: table, json or short; nil for
// any other.
func NewPrinter(form string, out io.Writer, shows terminal.Terminal) Printer {
	switch form {
	case "table":
		return &table{out: out, terminal: shows}
	case "short":
		return &table{out: out, terminal: shows, short: true}
	case "json":
		return &document{out: out, Categories: []category{}}
	default:
		return nil
	}
}

// Forms are the output forms, each with what it is for.
func Forms() []string {
	return []string{"table\tfor people", "json\tfor Linkerd and other programs", "short\tonly what is not as it should be"}
}

// document is the JSON that Linkerd reads. Only the error of a check says whether it has
// failed.
type document struct {
	out io.Writer

	Success    bool       `json:"success"`
	Categories []category `json:"categories"`
	// NotChecked is how many checks could not be made. Linkerd does not read it.
	NotChecked int `json:"notChecked,omitempty"`
}

type category struct {
	Name   string   `json:"categoryName"`
	Checks []result `json:"checks"`
}

type result struct {
	Description string `json:"description"`
	Hint        string `json:"hint,omitempty"`
	Error       string `json:"error,omitempty"`
	Result      string `json:"result"`
}

// Wait implements Printer.
func (d *document) Wait(Check, error) {}

// indentation is what Linkerd puts before an error, but not before its second line.
const indentation = "    "

// Print implements Printer.
func (d *document) Print(r Result) {
	if r.NotChecked {
		d.NotChecked++
	}
	if last := len(d.Categories) - 1; last < 0 || d.Categories[last].Name != r.Category {
		d.Categories = append(d.Categories, category{Name: r.Category})
	}
	one := result{Description: r.Description, Result: "success"}
	if r.Problem != nil {
		one.Hint, one.Error, one.Result = r.hint(), strings.ReplaceAll(r.Problem.Error(), "\n", "\n"+indentation), "error"
		if r.Warning {
			one.Result = "warning"
		}
	}
	last := &d.Categories[len(d.Categories)-1]
	last.Checks = append(last.Checks, one)
}

// End implements Printer.
func (d *document) End(success bool) error {
	d.Success = success
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the results: %w", err)
	}
	_, err = fmt.Fprintf(d.out, "%s\n", text)
	return err
}
