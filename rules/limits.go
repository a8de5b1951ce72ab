package rules

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"
)

// What this package reads at most. Prometheus itself has no such limits; they
// keep the time and memory that a hostile file can cost in bounds, far above
// anything that a real file comes near.
const (
	// MaxSize is the largest rules file, in bytes. A ConfigMap holds at most 1 MiB.
	MaxSize = 4 << 20

	// maxWork bounds the work of Prometheus' type checker over all expressions of
	// a file. The checker asks each node for its type, and a node asks those
	// below it, so an expression costs its tokens times its depth.
	maxWork = 50_000_000

	// maxRegexp bounds the instructions that the file's regular expressions
	// compile to. Counted repetitions multiply: "((a{99}){99}){99}" is a
	// megabyte from 17 characters.
	maxRegexp = 2_000_000

	// maxActions bounds the actions in the templates of one alert: their parser
	// reads nested ones with nested calls.
	maxActions = 10_000
)

// checkText refuses text that is too long or not UTF-8.
func checkText(text []byte) []Error {
	if len(text) > MaxSize {
		return []Error{{Message: fmt.Sprintf("the rules file has %d bytes; at most %d are read", len(text), MaxSize)}}
	}
	if utf8.Valid(text) {
		return nil
	}
	valid := 0
	for valid < len(text) {
		r, width := utf8.DecodeRune(text[valid:])
		if r == utf8.RuneError && width == 1 {
			break
		}
		valid += width
	}
	return []Error{{
		Position: newSource(text[:valid]).position(valid),
		Message:  fmt.Sprintf("byte %#02x is not UTF-8: rules files are UTF-8 text", text[valid]),
	}}
}

// A budget is what is left of the limits while a file is read.
type budget struct {
	work, regexp int
}

func newBudget() *budget { return &budget{work: maxWork, regexp: maxRegexp} }

// admit reports why an expression must not be handed to the PromQL parser, or
// "" if it may be. It reads tokens only.
func (b *budget) admit(expr string) string {
	var tokens, operators, nesting, deepest int
	var item, before parser.Item
	lexer := parser.Lex(expr)
	for {
		before = item
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			break
		}
		tokens++
		switch {
		case item.Typ == parser.LEFT_PAREN:
			nesting++
			deepest = max(deepest, nesting)
		case item.Typ == parser.RIGHT_PAREN:
			nesting--
		case item.Typ.IsOperator(), item.Typ == parser.LEFT_BRACKET, item.Typ == parser.OFFSET:
			operators++
		case item.Typ == parser.STRING && strings.ContainsRune(item.Val, '{') && before.Typ != parser.EQL:
			b.regexp -= regexpSize(item.Val)
		}
	}
	b.work -= tokens * (deepest + operators)
	switch {
	case b.work < 0:
		return fmt.Sprintf("nested too deeply to be checked: %d levels and operators in %d tokens", deepest+operators, tokens)
	case b.regexp < 0:
		return "the regular expressions up to here repeat too much to be compiled"
	}
	return ""
}

// regexpSize estimates how many instructions a regular expression compiles to.
func regexpSize(quoted string) int {
	re, err := syntax.Parse(strings.Trim(quoted, "\"'`"), syntax.Perl)
	if err != nil {
		return 0
	}
	return expandedSize(re)
}

func expandedSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		size = min(size+expandedSize(sub), maxRegexp+1)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return min(size, maxRegexp+1)
}
