package rules

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// A budget is what is left of the limits while a file is read.
type budget struct {
	work, regexp int
}

func newBudget() *budget { return &budget{work: maxWork, regexp: maxRegexp} }

// admit reports why an expression must not be handed to the PromQL parser, or
// "" if it may be. It reads tokens only.
func (b *budget) admit(expr string) string {
	c := measure(expr)
	b.work -= c.tokens*(c.deepest+c.operators) + c.joins
	b.regexp -= c.regexp
	switch {
	case b.work < 0:
		return fmt.Sprintf("the expressions up to here are nested too deeply to be checked; this one has %d levels and operators in %d tokens", c.deepest+c.operators, c.tokens)
	case b.regexp < 0:
		return "the regular expressions up to here repeat too much to be compiled"
	}
	return ""
}

// cost is what makes an expression expensive to check.
type cost struct {
	tokens, operators, nesting, deepest int
	// The checker compares each label of an on clause with each of the group_left
	// clause that follows.
	matching, list, joins int
	regexp                int
	braces                bool // inside them, operators compare labels
}

// measure reads the tokens of an expression, up to the first error.
func measure(expr string) cost {
	var c cost
	var item parser.Item
	lexer := parser.Lex(expr)
	for {
		before := item.Typ
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			return c
		}
		c.add(item, before)
	}
}

// add accounts for one token; before is the type of the one before it.
func (c *cost) add(item parser.Item, before parser.ItemType) {
	c.tokens++
	switch typ := item.Typ; {
	case typ == parser.LEFT_PAREN:
		c.nesting++
		c.deepest = max(c.deepest, c.nesting)
		c.list = 0
	case typ == parser.RIGHT_PAREN:
		c.nesting--
		c.joins += c.matching * c.list
	case typ == parser.COMMA:
		c.list++
	case typ == parser.GROUP_LEFT, typ == parser.GROUP_RIGHT:
		c.matching = c.list
	case typ == parser.LEFT_BRACE, typ == parser.RIGHT_BRACE:
		c.braces = typ == parser.LEFT_BRACE
	case typ.IsOperator() && !c.braces, typ == parser.LEFT_BRACKET, typ == parser.OFFSET:
		c.operators++
		c.matching = 0
	case typ == parser.STRING && before != parser.EQL && strings.ContainsRune(item.Val, '{'):
		c.regexp += regexpSize(item.Val)
	}
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
