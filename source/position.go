package source

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Position is a place in a text. Lines and columns count from 1; a column counts
// characters, not bytes, and a tab is one character. The zero Position means that the
// place is not known, or that what is meant stands nowhere.
type Position struct {
	Line, Column int
}

// Start is where every text begins.
var Start = Position{Line: 1, Column: 1}

// String writes the position as line:column.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Compare orders positions as one reads them: it is below zero where p stands before
// other, and zero where they are equal.
func (p Position) Compare(other Position) int {
	return cmp.Or(cmp.Compare(p.Line, other.Line), cmp.Compare(p.Column, other.Column))
}

// Apart says in which line another position of the same text is, as seen from this one:
// texts stand in files whose lines have other numbers.
func (p Position) Apart(other Position) string {
	switch lines := other.Line - p.Line; {
	case lines == 0:
		return "in the same line"
	case lines == 1:
		return "in the next line"
	case lines == -1:
		return "in the line before"
	case lines > 0:
		return fmt.Sprintf("%d lines below", lines)
	default:
		return fmt.Sprintf("%d lines above", -lines)
	}
}

// A Range is a piece of a text, from Start to before End. Where only its start is
// known, both are equal.
type Range struct {
	Start, End Position
}

// Characters returns the range of that many characters of one line.
func (p Position) Characters(length int) Range {
	return Range{Start: p, End: Position{Line: p.Line, Column: p.Column + length}}
}

// Length returns how many characters of its first line the range covers, 0 where that
// is not known because the range ends in another line.
func (r Range) Length() int {
	if r.Start.Line != r.End.Line {
		return 0
	}
	return r.End.Column - r.Start.Column
}

// PositionIn returns the Position of a byte offset in a text that is too short to be worth
// a Text.
func PositionIn(text string, offset int) Position {
	before := text[:min(offset, len(text))]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return Position{Line: 1 + strings.Count(before, "\n"), Column: 1 + utf8.RuneCountInString(line)}
}
