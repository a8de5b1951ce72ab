// Package terminal says what an output can show, which is more where somebody looks at it
// than where a program or a file gets it, and formats text for it. It prints nothing
// itself.
package terminal

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// Terminal is what an output can show. The zero Terminal is for programs and files.
type Terminal struct {
	// Width is the number of columns; 0 where nothing is to be wrapped.
	Width int
	// Height is the number of lines; 0 where it does not matter.
	Height int
	// Colours says whether it shows them. They are off where NO_COLOR is set
	// (no-color.org).
	Colours bool
	// Redraws says whether a line can be written again.
	Redraws bool
}

// Of returns what an output can show. The environment is looked up by a function such as
// os.Getenv.
func Of(out io.Writer, environment func(string) string) Terminal {
	file, is := out.(*os.File)
	if !is || !term.IsTerminal(int(file.Fd())) {
		return Terminal{}
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		width, height = 0, 0
	}
	capable := environment("TERM") != "dumb"
	return Terminal{Width: width, Height: height, Colours: capable && environment("NO_COLOR") == "", Redraws: capable}
}

// Style is how a text is shown, as an attribute of ECMA-48.
type Style string

// The styles.
const (
	Bold   Style = "1"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
)

// Show returns a text in a style, or as it is where there are no colours.
func (t Terminal) Show(style Style, text string) string {
	if !t.Colours {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// ClearLine moves to the start of the line and empties it.
const ClearLine = "\r\x1b[2K"

// columns measures text the same in every locale.
var columns = &runewidth.Condition{}

// Cut returns as much of a text as fits in a line, where the width is known.
func (t Terminal) Cut(text string) string {
	if t.Width == 0 {
		return text
	}
	return columns.Truncate(text, t.Width, "…")
}

// escapes are what Show adds, which takes no room.
var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Fit returns as many lines of a text as fit on the screen with the cursor below them, where
// its size is known. The last one says how many are left out.
func (t Terminal) Fit(text string) string {
	if t.Height == 0 || t.Width == 0 {
		return text
	}
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	rows, kept, keptAll := 0, 0, 0
	for i, line := range lines {
		rows += 1 + max(0, columns.StringWidth(escapes.ReplaceAllString(strings.TrimSuffix(line, "\n"), ""))-1)/t.Width
		if rows <= t.Height-2 {
			kept = i + 1
		}
		if rows <= t.Height-1 {
			keptAll = i + 1
		}
	}
	if keptAll == len(lines) {
		return text
	}
	return strings.Join(lines[:kept], "") + fmt.Sprintf("… %d more lines\n", len(lines)-kept)
}

// minimum is how many columns are left for text, however narrow the terminal is.
const minimum = 20

// Wrap breaks a text into lines that fit, where the width is known, and puts the
// indentation before each. Line breaks of the text stay. A command is not broken, so that
// it can be copied.
func (t Terminal) Wrap(text, indentation string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for _, piece := range t.pieces(line, len(indentation)) {
			out.WriteString(indentation + piece + "\n")
		}
	}
	return out.String()
}

// Hang puts a head before a text, and wraps that text to the right of the head.
func (t Terminal) Hang(head, text string) string {
	indentation := strings.Repeat(" ", columns.StringWidth(head))
	return head + strings.TrimPrefix(t.Wrap(text, indentation), indentation)
}

// word matches what is not to be broken: a command up to the end of its clause, which is a
// comma and the like before a space, or what has no space in it.
var word = regexp.MustCompile(`(?:kubectl|linkerd|linkerd-gcm|helm|gcloud|argocd|flux|cmctl) (?:[^;,()]|[;,()]+[^;,()\s])*[^;,()\s][;,)]*|\S+`)

func (t Terminal) pieces(line string, indented int) []string {
	if t.Width == 0 || indented+columns.StringWidth(line) <= t.Width {
		return []string{line}
	}
	most := max(t.Width-indented, minimum)
	var pieces []string
	var current strings.Builder
	for _, w := range word.FindAllString(line, -1) {
		if current.Len() > 0 && columns.StringWidth(current.String())+1+columns.StringWidth(w) > most {
			pieces = append(pieces, current.String())
			current.Reset()
		}
		if current.Len() > 0 {
			current.WriteByte(' ')
		}
		current.WriteString(w)
	}
	return append(pieces, current.String())
}

// How wide a table is where no width is known, and how far its columns are apart.
const (
	tableWidth = 120
	gap        = 2
)

// Table returns rows as columns, the first of which is as wide as it needs to be; the others
// share what is left, and their text is wrapped.
func (t Terminal) Table(rows [][]string) string {
	var out strings.Builder
	first, count := 0, 0
	for _, row := range rows {
		first, count = max(first, columns.StringWidth(row[0])), max(count, len(row))
	}
	width := t.Width
	if width == 0 {
		width = tableWidth
	}
	cell := Terminal{Width: max(minimum, (width-first)/max(1, count-1)-gap)}
	for _, row := range rows {
		lines := [][]string{{row[0]}}
		height := 1
		for _, text := range row[1:] {
			pieces := cell.pieces(text, 0)
			lines, height = append(lines, pieces), max(height, len(pieces))
		}
		for i := range height {
			var line strings.Builder
			for column, pieces := range lines {
				piece, wide := "", cell.Width
				if column == 0 {
					wide = first
				}
				if i < len(pieces) {
					piece = pieces[i]
				}
				line.WriteString(piece + strings.Repeat(" ", max(0, wide+gap-columns.StringWidth(piece))))
			}
			out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		}
	}
	return out.String()
}
