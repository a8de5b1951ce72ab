package stackdriver

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
)

// maxRegexpSize bounds the compiled size of one regular expression, in
// instructions of Go's matcher. It is far above any list of metric names and
// keeps repetitions such as (a{1000}b{1000})… from taking the server's memory.
const maxRegexpSize = 25_000

var errRegexpTooLarge = errors.New("too large")

// compileAnchored compiles a matcher's value as pkg/labels/matcher.go of
// Prometheus 2.11 does. It is anchored by concatenation, so that "a)|(?:b" is
// valid and matches what begins with a or ends with b. The prefix is what begins all that
// it matches.
func compileAnchored(value string) (compiled *regexp.Regexp, prefix string, err error) {
	anchored := "^(?:" + value + ")$"
	tree, err := syntax.Parse(anchored, syntax.Perl)
	if err != nil {
		return nil, "", regexpError(err, anchored, value)
	}
	if size := regexpSize(tree); size > maxRegexpSize {
		return nil, "", fmt.Errorf("%w: it compiles to %d instructions or more; linkerd-gcm checks at most %d", errRegexpTooLarge, size, maxRegexpSize)
	}
	compiled, err = regexp.Compile(anchored)
	if err != nil {
		return nil, "", regexpError(err, anchored, value)
	}
	// Go's literal prefix may stand anywhere in a text, unless a match begins with it.
	if tree.Op == syntax.OpConcat && tree.Sub[0].Op == syntax.OpBeginText {
		prefix, _ = compiled.LiteralPrefix()
	}
	return compiled, prefix, nil
}

// regexpError names what is wrong without the anchors that the user didn't write.
func regexpError(err error, anchored, value string) error {
	var invalid *syntax.Error
	if errors.As(err, &invalid) {
		part := invalid.Expr
		if part == anchored {
			part = value
		}
		return fmt.Errorf("%s: %s", invalid.Code, strconv.Quote(shorten(part)))
	}
	return err
}

// regexpSize estimates from above how many instructions an expression compiles
// to, and stops counting soon after the limit. Go's parser limits the depth of
// the tree to 1000.
func regexpSize(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)
	if tree.Op == syntax.OpCharClass {
		size = 1
	}
	for _, part := range tree.Sub {
		if size > maxRegexpSize {
			return size
		}
		size += regexpSize(part)
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min, tree.Max, 1) + 1
	}
	return size
}
