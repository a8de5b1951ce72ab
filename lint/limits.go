package lint

import (
	"strings"
	"unicode/utf8"
)

// withinLines ends findings where their lines end: what stands in a file may be
// shorter than what it stands for, such as the alias of a long value.
func (s *subject) withinLines(findings []Finding) []Finding {
	if len(findings) == 0 {
		return nil
	}
	widths := s.widths()
	for i, f := range findings {
		if lines := widths[f.Object]; f.Line < len(lines) {
			findings[i].Length = max(0, min(f.Length, lines[f.Line]-f.Column+1))
		}
	}
	return findings
}

// widths are the numbers of characters of each line of each text, counted from 1.
func (s *subject) widths() map[Object][]int {
	widths := map[Object][]int{}
	add := func(t Text) {
		lines, before := widths[t.Object], max(t.Column, 1)-1
		lines = append(lines, make([]int, max(0, t.Line-len(lines)))...)
		for line := range strings.Lines(t.Value) {
			lines = append(lines, before+utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
			before = 0
		}
		widths[t.Object] = lines
	}
	for _, selector := range s.selectors {
		add(selector.Text)
	}
	for _, file := range s.files {
		add(file.Text)
	}
	if s.SidecarConfig != nil {
		add(*s.SidecarConfig)
	}
	return widths
}
