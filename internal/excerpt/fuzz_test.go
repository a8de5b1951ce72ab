package excerpt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzExcerpts cuts and escapes any text.
func FuzzExcerpts(f *testing.F) {
	f.Add("ä𝄞 \x1b[31m\r\n\"\\", 4)
	f.Add("\xff\xfe\x80\x80\x80\x80", 3)
	f.Add("\u0085\u2028\ufffd", 5)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = len(Ellipsis) + max(0, most%100)
		if cut := Bytes(text, most); len(cut) > most || utf8.ValidString(text) && !utf8.ValidString(cut) || len(text) <= most && cut != text {
			t.Errorf("Bytes(%q, %d) is %q", text, most, cut)
		}
		if cut := Characters(text, most); utf8.RuneCountInString(cut) > most+1 || utf8.RuneCountInString(text) <= most && cut != text {
			t.Errorf("Characters(%q, %d) is %q", text, most, cut)
		}
		if line := Escape(text); !Printable(line) || strings.ContainsAny(line, "\r\n\x1b") || Printable(text) && line != text {
			t.Errorf("Escape(%q) is %q", text, line)
		}
	})
}
