package status

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"ago": ago, "count": count, "outcome": outcome, "graph": graph, "rate": func(f float64) string { return fmt.Sprintf("%.1f", f) },
}).Parse(pageText))

// WritePage writes the page for people.
func WritePage(w io.Writer, r Report) error {
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("writing the status page: %w", err)
	}
	return nil
}

// ago says how long before now something was.
func ago(now, then time.Time) string {
	if then.IsZero() {
		return "never"
	}
	return now.Sub(then).Round(time.Second).String() + " ago"
}

// count writes a number with spaces between thousands.
func count(number any) string {
	digits := fmt.Sprintf("%.0f", toFloat(number))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

func toFloat(number any) float64 {
	switch n := number.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case uint64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// The graph's size, in pixels.
const (
	barWidth, barGap = 8, 2
	graphHeight      = 80
)

// graph draws the points of each minute as bars: those accepted, and on top those refused.
func graph(minutes []Minute) template.HTML {
	most := uint64(1)
	for _, m := range minutes {
		most = max(most, m.Accepted+m.Refused)
	}
	var b strings.Builder
	width := len(minutes)*(barWidth+barGap) + barGap
	fmt.Fprintf(&b, `<svg role="img" aria-label="points a minute" width="%d" height="%d" viewBox="0 0 %d %d" preserveAspectRatio="none">`, width, graphHeight, width, graphHeight)
	for i, m := range minutes {
		x := barGap + i*(barWidth+barGap)
		accepted, refused := height(m.Accepted, most), height(m.Refused, most)
		bar(&b, "accepted", x, graphHeight-accepted, accepted)
		bar(&b, "refused", x, graphHeight-accepted-refused, refused)
	}
	b.WriteString(`</svg>`)
	// Everything in it is a number.
	return template.HTML(b.String()) //nolint:gosec // It holds numbers alone.
}

// height is at least a pixel, so that one refused point of thousands is seen.
func height(part, most uint64) int {
	if part == 0 {
		return 0
	}
	return max(1, int(float64(part)/float64(most)*(graphHeight-2)))
}

func bar(b *strings.Builder, class string, x, y, height int) {
	if height > 0 {
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d"/>`, class, x, y, barWidth, height)
	}
}
