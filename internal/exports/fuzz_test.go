package exports

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

// FuzzReport takes a page of any program for that of gcm-exporter: whatever answers on its
// port is judged and printed.
func FuzzReport(f *testing.F) {
	for _, r := range []any{healthy(), lossy(), struct{}{}, map[string]any{"now": noon, "reasons": nil}} {
		text, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseReport(text)
		if err != nil {
			return
		}
		e := OfReport(r)
		if e.Message == "" || headings[e.Arriving].mark == "" {
			t.Errorf("the answer is %+v", e.Verdict)
		}
		for _, form := range []string{"table", "json"} {
			if err := NewPrinter(form, io.Discard, terminal.Terminal{Width: 80, Height: 24, Redraws: true}, true).Print(pods(noon, e)); err != nil {
				t.Error(err)
			}
		}
	})
}
