package source

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextTurnsMarksIntoPositionsAndBack(t *testing.T) {
	text := "\ufeffeins: ä\r\nzwei: €\rdrei\u0085vier\u2028fünf\n" + strings.Repeat("ü", 1000) + "sechs\r\n"
	s := New([]byte(text))
	tests := []struct {
		name         string
		line, column int // of the YAML parser
		word         string
		want         Position
	}{
		{"past a byte order mark", 1, 1, "eins", Position{1, 1}},
		{"past a Windows line end", 2, 1, "zwei", Position{2, 1}},
		{"past a carriage return, a line end for YAML alone", 3, 1, "drei", Position{2, 9}},
		{"past NEL", 4, 1, "vier", Position{2, 14}},
		{"past a line separator", 5, 1, "fünf", Position{2, 19}},
		{"far out on a line", 6, 1001, "sechs", Position{3, 1001}},
		{"on the empty line at the end", 7, 1, "", Position{4, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			offset := s.Offset(test.line, test.column)
			if !strings.HasPrefix(text[offset:], test.word) {
				t.Errorf("offset(%d, %d) leads to %.10q, not to %q", test.line, test.column, text[offset:], test.word)
			}
			if diff := cmp.Diff(test.want, s.Position(offset)); diff != "" {
				t.Errorf("position (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextCountsCharactersAtEachOffset(t *testing.T) {
	text := strings.Repeat("aä€\r\n𝄞\n", 100) + strings.Repeat("xü", 700)
	s := New([]byte(text))
	line, column := 1, 1
	for offset, r := range text {
		if got, want := s.Position(offset), (Position{line, column}); got != want {
			t.Fatalf("position(%d) = %s, want %s", offset, got, want)
		}
		if got := s.OffsetOf(Position{line, column}); got != offset {
			t.Fatalf("offset of %d:%d = %d, want %d", line, column, got, offset)
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("a\r\nä\r€\n"), 1, 1)
	f.Fuzz(func(t *testing.T, text []byte, line, column int) {
		s := New(text)
		if at := s.Offset(line, column); at < 0 || at > len(text) {
			t.Errorf("offset(%d, %d) = %d of %d bytes", line, column, at, len(text))
		}
		if at := s.Position(column); at.Line < 1 || at.Line > bytes.Count(text, []byte("\n"))+1 || at.Column < 1 {
			t.Errorf("position(%d) = %s", column, at)
		}
	})
}

func TestTextReturnsItsLines(t *testing.T) {
	s := New([]byte("\ufeffeins\r\nzwei\r\n\ndrei"))
	for line, want := range map[int]string{0: "", 1: "eins", 2: "zwei", 3: "", 4: "drei", 5: ""} {
		if got := s.Line(line); got != want {
			t.Errorf("line %d is %q, want %q", line, got, want)
		}
	}
}
