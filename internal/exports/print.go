package exports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/status"
	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
)

// A Printer prints overviews: one, or one after the other.
type Printer interface {
	Print(o Overview) error
}

// NewPrinter returns the printer of an output form: table or json; nil for any other. Of
// those that follow each other, a table is drawn over the one before where the terminal
// can, and each JSON document is one line.
func NewPrinter(form string, out io.Writer, shows terminal.Terminal, follows bool) Printer {
	switch form {
	case "table":
		return &page{out: out, terminal: shows, follows: follows}
	case "json":
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		if !follows {
			encoder.SetIndent("", "  ")
		}
		return document{encoder}
	default:
		return nil
	}
}

// Forms are the output forms, each with what it is for.
func Forms() []string {
	return []string{"table\tfor people", "json\tfor programs; with --watch a document per line"}
}

type document struct{ encoder *json.Encoder }

// Print implements Printer.
func (d document) Print(o Overview) error {
	if err := d.encoder.Encode(o); err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	return nil
}

type page struct {
	out      io.Writer
	terminal terminal.Terminal
	follows  bool
	printed  bool
}

// Sequences of ECMA-48: to the top of the screen, and clear what is right of and below the
// cursor. A screen that is not cleared as a whole does not flicker.
const (
	home      = "\x1b[H"
	restLine  = "\x1b[K"
	restBelow = "\x1b[J"
)

// Print implements Printer.
func (p *page) Print(o Overview) error {
	text := p.text(o)
	switch {
	case p.follows && p.terminal.Redraws && !p.printed:
		text = home + restBelow + p.terminal.Fit(text)
	case p.follows && p.terminal.Redraws:
		text = home + strings.ReplaceAll(p.terminal.Fit(text), "\n", restLine+"\n") + restBelow
	case p.printed:
		text = "\n" + text
	}
	p.printed = true
	if _, err := io.WriteString(p.out, text); err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	return nil
}

// headings are the first words of a page, by answer, with their mark.
var headings = map[Arrival]struct {
	mark  string
	style terminal.Style
	text  string
}{
	Arriving:    {"√", terminal.Green, "metrics arrive"},
	Starting:    {"‼", terminal.Yellow, "metrics do not arrive yet"},
	Unknown:     {"‼", terminal.Yellow, "it is not known whether metrics arrive"},
	NotArriving: {"×", terminal.Red, "metrics do not arrive"},
}

// text is the page: the answer first, then what each pod says.
func (p *page) text(o Overview) string {
	var b strings.Builder
	if p.follows {
		fmt.Fprintf(&b, "%s\n", o.Time.UTC().Format(time.RFC3339))
	}
	p.answer(&b, o.Verdict)
	for i := range o.Pods {
		b.WriteByte('\n')
		p.pod(&b, &o.Pods[i], len(o.Pods) > 1)
	}
	return b.String()
}

// indentation is that of what follows a mark.
const indentation = "  "

// answer writes a verdict. The mark is one column wide.
func (p *page) answer(b *strings.Builder, v Verdict) {
	heading := headings[v.Arriving]
	text := strings.TrimPrefix(p.terminal.Wrap(heading.text+": "+excerpt.Escape(v.Message), indentation), indentation)
	b.WriteString(p.terminal.Show(heading.style, heading.mark) + " " + text)
	if v.Fix != "" {
		b.WriteString(p.terminal.Hang(indentation+"to do: ", excerpt.Escape(v.Fix)))
	}
}

// pod writes what a pod's sidecar says; its verdict too, where it is not that of the page.
func (p *page) pod(b *strings.Builder, pod *Pod, several bool) {
	title := "pod " + pod.Namespace + "/" + pod.Name
	if pod.Sidecar != "" {
		title += ": " + strings.TrimSpace(string(pod.Sidecar)+" "+pod.Version)
	}
	if to := pod.Destination; to != nil {
		title += ", to " + to.Name + ", project " + to.Project
	}
	b.WriteString(p.terminal.Show(terminal.Bold, excerpt.Escape(title)) + "\n")
	if several {
		p.answer(b, pod.Verdict)
	}
	if in := pod.Configuration; in != nil && in.Applies != "" {
		b.WriteString(p.terminal.Hang("in use: ", excerpt.Escape(in.Applies)))
	}
	for _, warning := range pod.Warnings {
		b.WriteString(p.terminal.Show(terminal.Yellow, "‼") + " " + strings.TrimPrefix(p.terminal.Wrap(excerpt.Escape(warning), indentation), indentation))
	}
	if pod.counts != nil {
		p.totals(b, pod)
	}
	p.metrics(b, pod.Metrics, pod.now)
	p.reasons(b, pod.Reasons, pod.now)
}

// totals writes what a sidecar counts that tells nothing of single metrics.
func (p *page) totals(b *strings.Builder, pod *Pod) {
	var rows []string
	for _, row := range pod.Samples {
		rows = append(rows, count(row.Count)+" "+row.Name)
	}
	text := "samples since the start: " + strings.Join(rows, ", ")
	if pod.PointsPerMinute != nil {
		text += "; " + count(*pod.PointsPerMinute) + " accepted a minute"
	}
	b.WriteString(p.terminal.Wrap(text+". This sidecar does not say which metrics these are.", ""))
}

// metrics writes the table of what is exported. The last column is the only wide one, so
// that what does not fit wraps there.
func (p *page) metrics(b *strings.Builder, metrics []status.Metric, now time.Time) {
	if len(metrics) == 0 {
		return
	}
	b.WriteString("\n" + p.terminal.Show(terminal.Bold, fmt.Sprintf("%7s %11s  %-23s %s", "SERIES", "POINTS/MIN", "KIND", "TYPE IN GOOGLE")) + "\n")
	for _, m := range metrics {
		kind := excerpt.Escape(m.Kind + " " + m.Value)
		head := fmt.Sprintf("%7s %11s  %-23s ", count(float64(m.Series)), fmt.Sprintf("%.1f", m.PointsPerMinute), kind)
		b.WriteString(p.terminal.Hang(head, excerpt.Escape(m.Type)))
		if m.LastRefusal != "" {
			head := fmt.Sprintf("%43s ", "refused "+when(now, m.LastRefusalAt))
			b.WriteString(p.terminal.Hang(head, excerpt.Escape(m.LastRefusal)))
		}
	}
}

// when says when something happened that may not be known to.
func when(now, then time.Time) string {
	if then.IsZero() {
		return "before"
	}
	return ago(now, then)
}

// reasons writes what is not exported, and why.
func (p *page) reasons(b *strings.Builder, reasons []status.Reason, now time.Time) {
	if len(reasons) == 0 {
		return
	}
	b.WriteString("\n" + p.terminal.Show(terminal.Bold, fmt.Sprintf("%7s  %s", "SAMPLES", "NOT EXPORTED, AND WHY")) + "\n")
	for _, r := range reasons {
		name := excerpt.Escape(r.Name)
		if !r.Last.IsZero() {
			name += ", last " + ago(now, r.Last)
		}
		fmt.Fprintf(b, "%7s  %s\n", count(float64(r.Count)), p.terminal.Show(emphasis(r, now), name))
		const under = "         "
		b.WriteString(p.terminal.Wrap(excerpt.Escape(r.Meaning), under))
		if r.Fix != "" {
			b.WriteString(p.terminal.Hang(under+"to do: ", excerpt.Escape(r.Fix)))
		}
		for _, example := range r.Examples[:min(1, len(r.Examples))] {
			b.WriteString(p.terminal.Hang(under+"such as ", excerpt.Escape(example)))
		}
	}
}

// emphasis is how a reason is shown: in yellow what somebody has to look at now.
func emphasis(r status.Reason, now time.Time) terminal.Style {
	if Recently(now, r.Last) && !r.Expected {
		return terminal.Yellow
	}
	return terminal.Bold
}
