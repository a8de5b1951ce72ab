package stackdriver

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tokenKind tells the tokens apart that a selector is made of. Everything else
// that PromQL knows (numbers, brackets, keywords) is otherToken: no selector
// can hold it.
type tokenKind int

const (
	endToken tokenKind = iota
	identifierToken
	metricNameToken // an identifier with a colon: only a metric may have it
	leftBraceToken
	rightBraceToken
	commaToken
	operatorToken
	stringToken
	keywordToken
	otherToken
)

type token struct {
	kind   tokenKind
	text   string
	offset int
}

// promqlKeywords are the words that the 2019 grammar takes for itself outside
// braces, whatever their case: promql/lex.go of Prometheus 2.11, variable key.
var promqlKeywords = map[string]bool{
	"and": true, "or": true, "unless": true,
	"sum": true, "avg": true, "count": true, "min": true, "max": true, "stddev": true, "stdvar": true,
	"topk": true, "bottomk": true, "count_values": true, "quantile": true,
	"offset": true, "by": true, "without": true, "on": true, "ignoring": true,
	"group_left": true, "group_right": true, "bool": true,
	"inf": true, "nan": true,
}

// selectorLexer splits a selector into tokens exactly as promql/lex.go of
// Prometheus 2.11 does, including where that lexer is wrong.
type selectorLexer struct {
	text     string
	offset   int
	inBraces bool
}

const endOfText = -1

// peek returns the next character and its width in bytes without consuming it.
// Broken UTF-8 yields utf8.RuneError with width 1, as a literal U+FFFD does
// with width 3: the 2019 lexer doesn't tell them apart.
func (l *selectorLexer) peek() (rune, int) {
	if l.offset >= len(l.text) {
		return endOfText, 0
	}
	return utf8.DecodeRuneInString(l.text[l.offset:])
}

func (l *selectorLexer) next() rune {
	r, width := l.peek()
	l.offset += width
	return r
}

// skipSpace skips white space and # comments, which may stand anywhere
// between two tokens.
func (l *selectorLexer) skipSpace() {
	for l.offset < len(l.text) {
		switch l.text[l.offset] {
		case ' ', '\t', '\n', '\r':
			l.offset++
		case '#':
			end := strings.IndexAny(l.text[l.offset:], "\r\n")
			if end < 0 {
				end = len(l.text) - l.offset
			}
			l.offset += end
		default:
			return
		}
	}
}

// token returns the next token.
func (l *selectorLexer) token() (token, error) {
	l.skipSpace()
	start := l.offset
	r := l.next()
	switch {
	case r == endOfText:
		if l.inBraces {
			return token{}, l.refuse(InvalidSyntax, start, 0, "the selector ends before its closing }")
		}
		return token{kind: endToken, offset: start}, nil
	case r == '"' || r == '\'' || r == '`':
		if err := l.skipString(r); err != nil {
			return token{}, err
		}
		return l.take(stringToken, start), nil
	case l.inBraces:
		return l.tokenInBraces(r, start)
	case r == '{':
		l.inBraces = true
		return l.take(leftBraceToken, start), nil
	case isNameStart(r) || r == ':':
		return l.name(start), nil
	}
	return l.take(otherToken, start), nil
}

// name reads a metric name or a keyword outside braces.
func (l *selectorLexer) name(start int) token {
	for r, width := l.peek(); isNamePart(r) || r == ':'; r, width = l.peek() {
		l.offset += width
	}
	name := l.take(identifierToken, start)
	switch {
	case promqlKeywords[strings.ToLower(name.text)]:
		name.kind = keywordToken
	case strings.Contains(name.text, ":"):
		name.kind = metricNameToken
	}
	return name
}

// tokenInBraces reads what may stand between { and }, where keywords are
// ordinary label names. The character r has been consumed.
func (l *selectorLexer) tokenInBraces(r rune, start int) (token, error) {
	switch {
	case isNameStart(r):
		for next, width := l.peek(); isNamePart(next); next, width = l.peek() {
			l.offset += width
		}
		return l.take(identifierToken, start), nil
	case r == ',':
		return l.take(commaToken, start), nil
	case r == '=':
		if next, _ := l.peek(); next == '~' {
			l.offset++
		}
		return l.take(operatorToken, start), nil
	case r == '!':
		if next, _ := l.peek(); next != '~' && next != '=' {
			return token{}, l.refuse(InvalidSyntax, start, 1, "! alone is not an operator: write != or !~")
		}
		l.offset++
		return l.take(operatorToken, start), nil
	case r == '}':
		l.inBraces = false
		return l.take(rightBraceToken, start), nil
	}
	return token{}, l.refuse(InvalidSyntax, start, l.offset-start,
		fmt.Sprintf("unexpected character %s inside braces", strconv.Quote(l.text[start:l.offset])))
}

func (l *selectorLexer) take(kind tokenKind, start int) token {
	return token{kind: kind, text: l.text[start:l.offset], offset: start}
}

func isNameStart(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func isNamePart(r rune) bool {
	return isNameStart(r) || '0' <= r && r <= '9'
}
