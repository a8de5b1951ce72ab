package docs

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

// How wide the text of comments in Go code and of Markdown may be. A tab counts as four.
const (
	maxCommentWidth = 100
	maxProseWidth   = 120
)

// TestTextFitsAScreen looks at comments and prose; lines with an address may be longer, and
// so may code, tables and drawings.
func TestTextFitsAScreen(t *testing.T) {
	walkFiles(t, func(file string) {
		number, inCode, limit := 0, false, maxProseWidth
		for line := range strings.Lines(readText(t, file)) {
			number++
			line = strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")
			text := strings.TrimSpace(line)
			switch path.Ext(file) {
			case ".go", ".mod":
				limit = maxCommentWidth
				comment, ok := strings.CutPrefix(text, "// ")
				if !ok || strings.HasPrefix(comment, " ") {
					continue
				}
			case ".md":
				if strings.HasPrefix(text, "```") {
					inCode = !inCode
				}
				if inCode || strings.HasPrefix(text, "|") {
					continue
				}
			default:
				return
			}
			if width := utf8.RuneCountInString(line); width > limit && !strings.Contains(text, "://") {
				t.Errorf("%s:%d: the line has %d characters, and may have %d", file, number, width, limit)
			}
		}
	})
}
