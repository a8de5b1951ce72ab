package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// maxOfOneRule is how many findings of one rule the table shows. Where there are more, one
// mistake was made many times.
const maxOfOneRule = 50

// table prints each finding with the line that it is about, a mark under the error, and
// the fix. Why it matters is printed once for each rule.
func (r Report) table() ([]byte, error) {
	if len(r.Findings) == 0 {
		return fmt.Appendf(nil, "no findings in %s\n", r.Checked), nil
	}
	var out bytes.Buffer
	shown := map[string]int{}
	for _, f := range r.Findings {
		if shown[f.Rule]++; shown[f.Rule] <= maxOfOneRule {
			printFinding(&out, f, shown[f.Rule] == 1)
		}
	}
	for _, rule := range lint.Rules {
		if more := shown[rule.ID] - maxOfOneRule; more > 0 {
			fmt.Fprintf(&out, "%s: %d more are not shown; -o json prints all\n", rule.ID, more)
		}
	}
	fmt.Fprintf(&out, "%s in %s\n", r.summary(), r.Checked)
	return out.Bytes(), nil
}

func printFinding(out *bytes.Buffer, f survey.Positioned, first bool) {
	fmt.Fprintf(out, "%s[%s] %s\n", f.Severity, f.Rule, printable(f.Message))
	number := strconv.Itoa(f.Line)
	gutter := strings.Repeat(" ", len(number))
	fmt.Fprintf(out, "%s--> %s\n", gutter, printable(place(f)))
	if f.Source != "" {
		source, mark := marked(f.Source, f.Column, f.Length)
		fmt.Fprintf(out, "%s |\n%s | %s\n%s | %s\n", gutter, number, source, gutter, mark)
	}
	if first {
		fmt.Fprintf(out, "%s = why: %s\n", gutter, f.Why())
	}
	if f.Fix != "" {
		fmt.Fprintf(out, "%s = fix: %s\n", gutter, printable(f.Fix))
	}
	out.WriteByte('\n')
}

// place says where a finding is: in a file, or in an object of a cluster.
func place(f survey.Positioned) string {
	object := where(f.Object)
	switch {
	case f.Object.Kind == survey.File:
		object = ""
	case f.Object.Name == f.File: // Helm values
		object = f.Object.Key
	}
	switch {
	case f.File == "" && f.Line == 0:
		return object
	case f.File == "":
		return fmt.Sprintf("%s:%d:%d", object, f.Line, f.Column)
	case object == "":
		return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	default:
		return fmt.Sprintf("%s:%d:%d (%s)", f.File, f.Line, f.Column, object)
	}
}

// terminal measures characters the same in every locale: characters that only East Asian
// locales show wide count as narrow.
var terminal = &runewidth.Condition{}

// maxCharacters is how many characters of a line are shown.
const maxCharacters = 160

// marked returns a line as a terminal shows it, and the line to print below it that marks
// length characters from a column on. A long line is cut to the part around these.
func marked(line string, column, length int) (source, mark string) {
	characters := []rune(printable(line))
	start := min(max(column-1, 0), len(characters))
	end := min(start+max(length, 1), max(len(characters), start+1))
	ellipsis, rest := "", ""
	if len(characters) > maxCharacters {
		from := max(0, min(start-maxCharacters/3, len(characters)-maxCharacters))
		to := from + maxCharacters
		if from > 0 {
			ellipsis = "…"
		}
		if to < len(characters) {
			rest = "…"
		}
		characters = characters[from:to]
		start, end = start-from, min(end-from, maxCharacters)
		if end <= start {
			end = start + 1
		}
	}
	var before, under strings.Builder
	before.WriteString(strings.Repeat(" ", len([]rune(ellipsis))))
	for i := range end {
		c := ' '
		if i < len(characters) {
			c = characters[i]
		}
		switch {
		case i >= start:
			under.WriteString(strings.Repeat("^", columns(c)))
		case c == '\t':
			before.WriteRune(c)
		default:
			before.WriteString(strings.Repeat(" ", columns(c)))
		}
	}
	if under.Len() == 0 {
		under.WriteByte('^')
	}
	return ellipsis + string(characters) + rest, before.String() + under.String()
}

// columns returns how many columns of a terminal a character takes.
func columns(c rune) int {
	if c == '\t' {
		return 1
	}
	return terminal.RuneWidth(c)
}

// printable replaces characters that a terminal would take as commands.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\t' || unicode.Is(unicode.Cf, c) {
			return unicode.ReplacementChar
		}
		return c
	}, text)
}
