package check

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

func TestTheTableOnATerminal(t *testing.T) {
	var out strings.Builder
	printer := NewPrinter("table", &out, terminal.Terminal{Width: 40, Colours: true, Redraws: true})
	one := Check{ID: "one", Category: "first", Description: "one holds"}
	printer.Wait(one, errors.New("it is not ready yet, and takes its time\nreally"))
	printer.Wait(one, errors.New("almost"))
	printer.Print(Result{Check: one})
	printer.Print(Result{Check: Check{ID: "two", Category: "first", Description: "two holds"}, Problem: errors.New("it does not hold, as far as anybody can tell"), Warning: true, NotChecked: true})
	if err := printer.End(true); err != nil {
		t.Fatal(err)
	}
	want := "\r\x1b[2K| waiting until one holds: it is not re…" +
		"\r\x1b[2K/ waiting until one holds: almost" +
		"\r\x1b[2K\x1b[1mfirst\x1b[0m\n-----\n" +
		"\x1b[32m√\x1b[0m one holds\n" +
		"\x1b[33m‼\x1b[0m two holds\n" +
		"    it does not hold, as far as anybody\n    can tell\n" +
		"    see https://github.com/linkerd-gcm/linkerd-gcm/blob/main/docs/operations.md#check-two for hints\n" +
		"\nStatus check results are \x1b[32m√\x1b[0m, 1 check could not be made\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// What is waited for is not written to a file, line by line.
func TestWaitingIsNotPrintedToAFile(t *testing.T) {
	for _, form := range []string{"table", "short", "json"} {
		var out strings.Builder
		NewPrinter(form, &out, terminal.Terminal{}).Wait(Check{Description: "it holds"}, errors.New("not yet"))
		if out.Len() > 0 {
			t.Errorf("%s: %q", form, out.String())
		}
	}
}
