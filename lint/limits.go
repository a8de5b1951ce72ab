package lint

import (
	"strings"
	"unicode/utf8"
)

// withinLines ends findings where their lines end: what is written in a file may be
// shorter than its value, such as the alias of a long text.
func (c *context) withinLines(findings []Finding) []Finding {
	if len(findings) == 0 {
		return nil
	}
	lineLengths := c.lineLengths()
	for i, f := range findings {
		if lines := lineLengths[f.Object]; f.Line < len(lines) {
			findings[i].Length = max(0, min(f.Length, lines[f.Line]-f.Column+1))
		}
	}
	return findings
}

// lineLengths are the numbers of characters of each line of each text, counted from 1.
func (c *context) lineLengths() map[Object][]int {
	lineLengths := map[Object][]int{}
	add := func(t Text) {
		lines, at, before := lineLengths[t.Object], t.Position.Line, max(t.Position.Column, 1)-1
		for line := range strings.Lines(t.Value) {
			lines = append(lines, make([]int, max(0, at+1-len(lines)))...)
			// The script of a shell may hold several texts in one line.
			lines[at] = max(lines[at], before+utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
			at, before = at+1, 0
		}
		lineLengths[t.Object] = lines
	}
	for _, selector := range c.selectors {
		add(selector.Text)
	}
	for _, file := range c.files {
		add(file.Text)
	}
	if c.SidecarConfig != nil {
		add(*c.SidecarConfig)
	}
	return lineLengths
}
