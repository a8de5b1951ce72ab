package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Documentation is where the hints of failed checks lead.
const Documentation = "https://github.com/linkerd-gcm/linkerd-gcm/blob/main/docs/operations.md"

// Anchor is the check's place in the documentation.
func (c Check) Anchor() string { return "check-" + c.ID }

// hint is where to read about a check.
func (c Check) hint() string { return Documentation + "#" + c.Anchor() }

// Printer prints results in one of the forms that `linkerd check` has.
type Printer interface {
	// Print takes a result.
	Print(result Result)
	// End prints what comes after the last one.
	End(success bool) error
}

// NewPrinter returns the printer of an output form: table, json or short; nil for
// any other.
func NewPrinter(form string, out io.Writer) Printer {
	switch form {
	case "table":
		return &table{out: out}
	case "short":
		return &table{out: out, short: true}
	case "json":
		return &document{out: out}
	default:
		return nil
	}
}

// table is Linkerd's table (linkerd2, pkg/healthcheck/healthcheck_output.go).
type table struct {
	out      io.Writer
	short    bool
	category string
}

func (t *table) Print(r Result) {
	if t.short && r.Problem == nil {
		return
	}
	if r.Category != t.category {
		if t.category != "" {
			fmt.Fprintln(t.out)
		}
		fmt.Fprintf(t.out, "%s\n%s\n", r.Category, strings.Repeat("-", len(r.Category)))
		t.category = r.Category
	}
	fmt.Fprintf(t.out, "%s %s\n", mark(r), r.Description)
	if r.Problem == nil {
		return
	}
	for line := range strings.Lines(r.Problem.Error()) {
		fmt.Fprintf(t.out, "    %s\n", strings.TrimSuffix(line, "\n"))
	}
	fmt.Fprintf(t.out, "    see %s for hints\n", r.hint())
}

func (t *table) End(success bool) error {
	if t.category != "" {
		fmt.Fprintln(t.out)
	}
	status := "√"
	if !success {
		status = "×"
	}
	_, err := fmt.Fprintf(t.out, "Status check results are %s\n", status)
	return err
}

func mark(r Result) string {
	switch {
	case r.Problem == nil:
		return "√"
	case r.Warning:
		return "‼"
	default:
		return "×"
	}
}

// document is the JSON that Linkerd reads. Only the error of a check says whether it has
// failed.
type document struct {
	out io.Writer

	Success    bool       `json:"success"`
	Categories []category `json:"categories"`
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

func (d *document) Print(r Result) {
	if last := len(d.Categories) - 1; last < 0 || d.Categories[last].Name != r.Category {
		d.Categories = append(d.Categories, category{Name: r.Category})
	}
	one := result{Description: r.Description, Result: "success"}
	if r.Problem != nil {
		one.Hint, one.Error, one.Result = r.hint(), r.Problem.Error(), "error"
		if r.Warning {
			one.Result = "warning"
		}
	}
	last := &d.Categories[len(d.Categories)-1]
	last.Checks = append(last.Checks, one)
}

func (d *document) End(success bool) error {
	d.Success = success
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the results: %w", err)
	}
	_, err = fmt.Fprintf(d.out, "%s\n", text)
	return err
}
