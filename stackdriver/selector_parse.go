package stackdriver

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/prometheus/common/model"
)

// MaxSelectorLength is the longest selector that is looked at, in bytes. It
// bounds what compiling its regular expressions costs, and leaves room for
// hundreds of metric names.
const MaxSelectorLength = 16 << 10

// ParseSelector reads a selector as the sidecar does: with the PromQL grammar
// of July 2019 (promql.ParseMetricSelector of Prometheus at e5b22494857d, the
// version in the sidecar's go.mod), which accepts less than today's. A selector
// that it refuses makes the sidecar exit with status 2 at start-up. The error is
// a *SelectorError.
//
// Regular expressions are compiled by the Go release that built linkerd-gcm,
// where the sidecar has the one that built it.
func ParseSelector(text string) (Selector, error) {
	p := selectorParser{lexer: selectorLexer{text: text}}
	if len(text) > MaxSelectorLength {
		return Selector{}, p.refuse(TooLarge, token{offset: MaxSelectorLength},
			fmt.Sprintf("the selector is %d bytes long; linkerd-gcm checks at most %d: split it into several", len(text), MaxSelectorLength))
	}
	if err := p.selector(); err != nil {
		return Selector{}, err
	}
	return Selector{Text: text, Matchers: p.matchers}, nil
}

// selectorParser follows VectorSelector and labelMatchers in promql/parse.go.
type selectorParser struct {
	lexer    selectorLexer
	current  token
	matchers []Matcher
}

func (p *selectorParser) refuse(kind SelectorErrorKind, at token, message string) error {
	return p.lexer.refuse(kind, at.offset, len(at.text), message)
}

func (p *selectorParser) advance() (err error) {
	p.current, err = p.lexer.token()
	return err
}

// selector reads [name] [ "{" matchers "}" ] and the end of the text.
func (p *selectorParser) selector() error {
	if err := p.advance(); err != nil {
		return err
	}
	name := p.current
	named := name.kind == identifierToken || name.kind == metricNameToken
	if named {
		if err := p.advance(); err != nil {
			return err
		}
	}
	braced := p.current.kind == leftBraceToken
	if !named && !braced {
		return p.notASelector()
	}
	if braced {
		if err := p.matchersInBraces(); err != nil {
			return err
		}
	}
	if named {
		if err := p.addName(name); err != nil {
			return err
		}
	}
	if p.current.kind != endToken {
		return p.refuse(WholeExpression, p.current,
			fmt.Sprintf("unexpected %s after the selector: a selector is a metric name, matchers in braces, or both; no ranges, offsets, operators or functions", shorten(p.current.text)))
	}
	return p.requireNonEmptyMatcher()
}

// notASelector says what is wrong with a text that begins with neither a
// metric name nor a brace.
func (p *selectorParser) notASelector() error {
	switch p.current.kind {
	case endToken:
		return p.refuse(EmptySelector, p.current, "the selector is empty")
	case keywordToken:
		return p.refuse(KeywordName, p.current, fmt.Sprintf("%s is a PromQL keyword, not a metric name; write {__name__=%q}", p.current.text, p.current.text))
	case stringToken:
		return p.refuse(InvalidSyntax, p.current, fmt.Sprintf("the selector begins with a quoted string %s: remove the outer quotes", shorten(p.current.text)))
	default:
		return p.refuse(InvalidSyntax, p.current, fmt.Sprintf("unexpected %s: a selector begins with a metric name or {", strconv.Quote(p.current.text)))
	}
}

// matchersInBraces reads "{" [ matcher { "," matcher } [ "," ] ] "}"; the
// opening brace is the current token.
func (p *selectorParser) matchersInBraces() error {
	if err := p.advance(); err != nil {
		return err
	}
	for p.current.kind != rightBraceToken {
		if err := p.matcher(); err != nil {
			return err
		}
		if p.current.kind == rightBraceToken {
			break
		}
		if p.current.kind != commaToken {
			return p.refuse(InvalidSyntax, p.current, fmt.Sprintf("unexpected %s after a matcher: a comma or } must follow", strconv.Quote(shorten(p.current.text))))
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
	return p.advance()
}

// matcher reads label operator "value".
func (p *selectorParser) matcher() error {
	label := p.current
	switch label.kind {
	case identifierToken:
	case stringToken:
		return p.refuse(QuotedName, label, fmt.Sprintf("expected a label name, found the string %s: names cannot be quoted", shorten(label.text)))
	default:
		return p.refuse(InvalidSyntax, label, fmt.Sprintf("expected a label name, found %s", strconv.Quote(label.text)))
	}
	if err := p.advance(); err != nil {
		return err
	}
	operator := p.current
	if operator.kind != operatorToken {
		return p.refuse(InvalidSyntax, operator, fmt.Sprintf("expected =, !=, =~ or !~ after label %s, found %s", shorten(label.text), strconv.Quote(shorten(operator.text))))
	}
	if err := p.advance(); err != nil {
		return err
	}
	if p.current.kind != stringToken {
		return p.refuse(InvalidSyntax, p.current, fmt.Sprintf("expected a quoted string after %s%s, found %s", shorten(label.text), operator.text, strconv.Quote(shorten(p.current.text))))
	}
	value, err := p.lexer.unquote(p.current)
	if err != nil {
		return err
	}
	if err := p.addMatcher(label, MatchType(operator.text), value); err != nil {
		return err
	}
	return p.advance()
}

// addMatcher appends a matcher whose value is the current token.
func (p *selectorParser) addMatcher(label token, operator MatchType, value string) error {
	matcher := Matcher{Name: label.text, Type: operator, Value: value, Offset: label.offset}
	if operator == MatchRegexp || operator == MatchNotRegexp {
		compiled, prefix, err := compileAnchored(value)
		if err != nil {
			kind := InvalidRegexp
			if errors.Is(err, errRegexpTooLarge) {
				kind = TooLarge
			}
			return p.refuse(kind, p.current, fmt.Sprintf("regular expression of label %s: %v", shorten(label.text), err))
		}
		matcher.anchored, matcher.prefix = compiled, prefix
	}
	p.matchers = append(p.matchers, matcher)
	return nil
}

// addName appends the matcher of a bare metric name, last as the sidecar has it.
func (p *selectorParser) addName(name token) error {
	for _, matcher := range p.matchers {
		if matcher.Name == model.MetricNameLabel {
			return p.lexer.refuse(NameTwice, matcher.Offset, len(model.MetricNameLabel),
				fmt.Sprintf("the metric name is set twice: by %s before the braces and by a matcher on %s inside", shorten(name.text), model.MetricNameLabel))
		}
	}
	p.matchers = append(p.matchers, Matcher{Name: model.MetricNameLabel, Type: MatchEqual, Value: name.text, Offset: name.offset})
	return nil
}

// requireNonEmptyMatcher refuses a selector that a series without any of the
// named labels would match.
func (p *selectorParser) requireNonEmptyMatcher() error {
	for _, matcher := range p.matchers {
		if !matcher.Matches("") {
			return nil
		}
	}
	whole := token{text: p.lexer.text}
	if len(p.matchers) == 0 {
		return p.refuse(MatchesEmpty, whole, "the selector has no matchers: name a metric or a label")
	}
	return p.refuse(MatchesEmpty, whole, `every matcher also matches a missing label: the sidecar wants at least one that doesn't, such as {__name__=~".+"}`)
}
