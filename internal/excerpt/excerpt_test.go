package excerpt

import "testing"

func TestTextsAreCut(t *testing.T) {
	for _, c := range []struct {
		text       string
		most       int
		characters string
		bytes      string
	}{
		{"short", 5, "short", "short"},
		{"longer", 5, "longe…", "lo…"},
		{"ääää", 4, "ääää", "…"},
		{"ääää", 6, "ääää", "ä…"},
		{"", 3, "", ""},
	} {
		if got := Characters(c.text, c.most); got != c.characters {
			t.Errorf("Characters(%q, %d) = %q, want %q", c.text, c.most, got, c.characters)
		}
		if got := Bytes(c.text, c.most); got != c.bytes {
			t.Errorf("Bytes(%q, %d) = %q, want %q", c.text, c.most, got, c.bytes)
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"plain":           "plain",
		"two\nlines":      `two\nlines`,
		"bell\a":          `bell\a`,
		"half \xc3":       `half \xc3`,
		"\x1b[31mred":     `\x1b[31mred`,
		"umlaut ä, tab\t": `umlaut ä, tab\t`,
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
		if Printable(text) != (text == want) {
			t.Errorf("Printable(%q) = %v", text, Printable(text))
		}
	}
}
