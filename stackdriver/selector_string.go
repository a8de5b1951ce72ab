package stackdriver

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/prometheus/util/strutil"
)

// skipString moves to the end of a quoted string whose opening quote has been
// consumed, and refuses what promql/lex.go of Prometheus 2.11 refuses.
func (l *selectorLexer) skipString(quote rune) error {
	start := l.offset - 1
	swallowed := -1 // offset of a closing quote that an escape has swallowed
	for {
		at := l.offset
		switch r := l.next(); {
		case r == '\\' && quote != '`':
			if err := l.skipEscape(quote, &swallowed); err != nil {
				return err
			}
		case r == utf8.RuneError:
			return l.refuse(InvalidQuoting, at, l.offset-at, "the string holds a character that is not valid UTF-8, or the replacement character U+FFFD")
		case r == endOfText, r == '\n' && quote != '`':
			if swallowed >= 0 {
				return l.refuse(InvalidQuoting, swallowed, 1,
					fmt.Sprintf("the sidecar's parser swallows the character after a numeric escape, here the closing %c; write the character itself instead of the escape", quote))
			}
			return l.refuse(InvalidQuoting, start, at-start, fmt.Sprintf("the string is not closed with %c", quote))
		case r == quote:
			return nil
		}
	}
}

// numericEscapes gives the number of digits, their base and the largest value
// of the escapes that name a character by number. Octal ones have no letter.
var numericEscapes = map[rune]struct {
	digits    int
	base, max uint32
}{
	'x': {2, 16, 255},
	'u': {4, 16, unicode.MaxRune},
	'U': {8, 16, unicode.MaxRune},
	'0': {3, 8, 255},
}

// skipEscape moves past an escape whose backslash has been consumed. Like the
// 2019 lexer, it also moves past the one character that follows a numeric
// escape, without looking at it; where that was a quote, swallowed says so.
func (l *selectorLexer) skipEscape(quote rune, swallowed *int) error {
	start := l.offset - 1
	letter := l.next()
	switch letter {
	case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\', quote:
		return nil
	case '0', '1', '2', '3', '4', '5', '6', '7':
		l.offset-- // an octal escape's first digit is its letter
		letter = '0'
	}
	escape, ok := numericEscapes[letter]
	if !ok {
		return l.refuse(InvalidQuoting, start, l.offset-start,
			fmt.Sprintf(`unknown escape %s in a string: a backslash must be written \\, or the string quoted with back-quotes`, l.text[start:l.offset]))
	}
	var value uint32
	for range escape.digits {
		digit, ok := digitValue(l.next())
		if !ok || digit >= escape.base {
			return l.refuse(InvalidQuoting, start, l.offset-start,
				fmt.Sprintf("escape %s lacks digits", l.text[start:l.offset]))
		}
		value = value*escape.base + digit
	}
	if value > escape.max || 0xD800 <= value && value < 0xE000 {
		return l.refuse(InvalidQuoting, start, l.offset-start,
			fmt.Sprintf("escape %s is not a valid character", l.text[start:l.offset]))
	}
	at := l.offset
	if l.next() == quote {
		*swallowed = at
	}
	return nil
}

func digitValue(r rune) (uint32, bool) {
	switch {
	case '0' <= r && r <= '9':
		return uint32(r - '0'), true
	case 'a' <= r && r <= 'f':
		return uint32(r-'a') + 10, true
	case 'A' <= r && r <= 'F':
		return uint32(r-'A') + 10, true
	}
	return 0, false
}

// unquote returns the value of a string token. The function of today's
// Prometheus is, character for character, the one of 2019.
func (l *selectorLexer) unquote(quoted token) (string, error) {
	value, err := strutil.Unquote(quoted.text)
	if err != nil {
		return "", l.refuse(InvalidQuoting, quoted.offset, len(quoted.text),
			fmt.Sprintf("the string %s cannot be unquoted", shorten(quoted.text)))
	}
	return value, nil
}
