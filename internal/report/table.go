package report

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/internal/terminal"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// maxOfOneRule is how many findings of one rule the table shows. Where there are more, one
// mistake was made many times.
const maxOfOneRule = 50

// table prints each finding with the line that it is about, a mark under the error, and
// the fix. Why it matters is printed once, and findings of one rule that are fixed in the
// same way are printed as one. Last comes what was not checked, and the result.
func (r Report) table() ([]byte, error) {
	var out bytes.Buffer
	shown, explained := map[string]int{}, map[string]bool{}
	for _, g := range grouped(r.Findings) {
		if shown[g.Rule]++; shown[g.Rule] > maxOfOneRule {
			continue
		}
		why := g.Why()
		printGroup(&out, r.Terminal, g, why, !explained[why])
		explained[why] = true
	}
	for _, rule := range lint.Rules {
		if more := shown[rule.ID] - maxOfOneRule; more > 0 {
			fmt.Fprintf(&out, "%s: %d more are not shown; -o json prints all\n", rule.ID, more)
		}
	}
	for _, note := range r.Notes {
		out.WriteString(r.Terminal.Hang("note: ", printable(note)))
	}
	fmt.Fprintln(&out, r.result())
	return out.Bytes(), nil
}

// group is a finding, and others of the same rule that are fixed in the same way.
type group struct {
	survey.Positioned
	more []survey.Positioned
}

// fewest is how many findings are printed as one: a second one is short enough to be read.
const fewest = 3

// grouped returns findings as they are printed, in the order of the first of each group.
func grouped(findings []survey.Positioned) []group {
	type kind struct {
		rule, file, fix string
		severity        lint.Severity
		object          lint.Object
	}
	kindOf := func(f survey.Positioned) kind { return kind{f.Rule, f.File, f.Fix, f.Severity, f.Object} }
	counts, places := map[kind]int{}, map[kind]int{}
	for _, f := range findings {
		counts[kindOf(f)]++
	}
	var all []group
	for _, f := range findings {
		of := kindOf(f)
		if at, known := places[of]; known {
			all[at].more = append(all[at].more, f)
			continue
		}
		if counts[of] >= fewest && f.Line > 0 {
			places[of] = len(all)
		}
		all = append(all, group{Positioned: f})
	}
	return all
}

func printGroup(out *bytes.Buffer, t terminal.Terminal, g group, why string, explain bool) {
	style := styles[g.Severity]
	head := fmt.Sprintf("%s[%s]", g.Severity, g.Rule)
	message := t.Hang(strings.Repeat(" ", len(head)+1), printable(g.Message))
	out.WriteString(t.Show(style, head) + message[len(head):])
	number := strconv.Itoa(g.Line)
	gutter := strings.Repeat(" ", len(number))
	fmt.Fprintf(out, "%s--> %s\n", gutter, printable(place(g.Positioned)))
	if g.Source != "" {
		source, mark := marked(g.Source, g.Column, g.Length, charactersIn(t, gutter))
		fmt.Fprintf(out, "%s |\n%s | %s\n%s | %s\n", gutter, number, source, gutter, t.Show(style, mark))
	}
	if len(g.more) > 0 {
		fmt.Fprintf(out, "%s = %s\n", gutter, g.others())
	}
	if explain {
		out.WriteString(t.Hang(gutter+" = why: ", printable(why)))
	}
	if g.Fix != "" {
		out.WriteString(t.Hang(gutter+" = fix: ", printable(g.Fix)))
	}
	out.WriteByte('\n')
}

// others says where the others of a group are: "and 13 more lines: 12, 15, …".
func (g group) others() string {
	const most = 20
	lines := []int{}
	for _, f := range g.more {
		if f.Line != g.Line && !slices.Contains(lines, f.Line) {
			lines = append(lines, f.Line)
		}
		if len(lines) > most {
			break
		}
	}
	if len(lines) == 0 {
		return fmt.Sprintf("and %d more in this line", len(g.more))
	}
	var numbers []string
	for _, line := range lines[:min(len(lines), most)] {
		numbers = append(numbers, strconv.Itoa(line))
	}
	if len(lines) > most {
		numbers = append(numbers, "…; -o json prints all")
	}
	if len(g.more) == len(lines) {
		return fmt.Sprintf("and %s: %s", survey.Number(len(g.more), "more line"), strings.Join(numbers, ", "))
	}
	return fmt.Sprintf("and %d more, in lines %s", len(g.more), strings.Join(numbers, ", "))
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

// eachLocale measures characters the same in every locale: characters that only East Asian
// locales show wide count as narrow.
var eachLocale = &runewidth.Condition{}

// maxCharacters is how many characters of a line are shown, and fewestCharacters where the
// terminal is narrow.
const maxCharacters, fewestCharacters = 160, 40

// charactersIn is how many characters of a line fit beside the gutter, with an ellipsis at
// both ends.
func charactersIn(t terminal.Terminal, gutter string) int {
	if t.Width == 0 {
		return maxCharacters
	}
	return min(maxCharacters, max(fewestCharacters, t.Width-len(gutter+" | ……")))
}

// styles are those of severities.
var styles = map[lint.Severity]terminal.Style{lint.Error: terminal.Red, lint.Warning: terminal.Yellow, lint.Info: terminal.Bold}

// marked returns a line as a terminal shows it, and the line to print below it that marks
// length characters from a column on. A long line is cut to the part around these.
func marked(line string, column, length, most int) (source, mark string) {
	characters := []rune(printable(line))
	start := min(max(column-1, 0), len(characters))
	end := min(start+max(length, 1), max(len(characters), start+1))
	ellipsis, rest := "", ""
	if len(characters) > most {
		from := max(0, min(start-most/3, len(characters)-most))
		to := from + most
		if from > 0 {
			ellipsis = "…"
		}
		if to < len(characters) {
			rest = "…"
		}
		characters = characters[from:to]
		start, end = start-from, min(end-from, most)
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
	return eachLocale.RuneWidth(c)
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
