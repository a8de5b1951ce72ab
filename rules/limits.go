package rules

import (
	"bytes"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

// What this package reads at most. Prometheus itself has no such limits; they
// keep the time and memory that a hostile file can cost in bounds, far above
// anything that a real file comes near.
const (
	// MaxSize is the largest rules file, in bytes. A ConfigMap holds at most 1 MiB.
	MaxSize = 4 << 20

	// maxMarks bounds the lines, commas and opening brackets of a file, and so the
	// nodes that the YAML parser makes of it, of some 200 bytes each.
	maxMarks = 500_000

	// maxWork bounds the work of Prometheus' type checker over all expressions of
	// a file. The checker asks each node for its type, and a node asks those
	// below it, so an expression costs its tokens times its depth.
	maxWork = 50_000_000

	// maxRegexp bounds the instructions that the file's regular expressions
	// compile to. Counted repetitions multiply what they repeat by up to 1000.
	maxRegexp = 2_000_000

	// maxDepth and maxKeys bound the YAML: how deep lists and maps nest, and how
	// many keys one map has. The decoder compares each key with each other one.
	maxDepth = 100
	maxKeys  = 1000

	// maxActions bounds the actions in the templates of one alert: their parser
	// reads nested ones with nested calls.
	maxActions = 10_000

	// maxErrors is how many errors of a file are told; after that many, the rest
	// of it is not read.
	maxErrors = 100
)

// checkText refuses text that is too long or not UTF-8.
func checkText(text []byte) []Error {
	if len(text) > MaxSize {
		return []Error{{Message: fmt.Sprintf("the rules file has %d bytes; at most %d are read", len(text), MaxSize), Limit: true}}
	}
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{"} {
		marks += bytes.Count(text, []byte(mark))
	}
	if marks > maxMarks {
		return []Error{{Message: fmt.Sprintf("the rules file has %d lines, commas and opening brackets; at most %d are read", marks, maxMarks), Limit: true}}
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
		Limit:    true, // Prometheus reads UTF-16 as well, which no ConfigMap can hold as text
	}}
}

// checkTree returns the first node that is nested too deep or has too many keys,
// and why it is refused.
func checkTree(node *yaml.Node, depth int) (*yaml.Node, string) {
	if depth > maxDepth {
		return node, fmt.Sprintf("the YAML is nested more than %d levels deep", maxDepth)
	}
	if node.Kind == yaml.MappingNode && len(node.Content) > 2*maxKeys {
		return node, fmt.Sprintf("a map with %d keys; at most %d are read", len(node.Content)/2, maxKeys)
	}
	for _, child := range node.Content {
		if found, refusal := checkTree(child, depth+1); refusal != "" {
			return found, refusal
		}
	}
	return nil, ""
}

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
		return fmt.Sprintf("nested too deeply to be checked: %d levels and operators in %d tokens", c.deepest+c.operators, c.tokens)
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
