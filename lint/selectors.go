package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// selector is what one --include selects, or all --filter together, read as the sidecar
// reads it.
type selector struct {
	Text
	*selectorFacts
	// filter says that it is from --filter flags, around which the sidecar puts the braces.
	filter bool
}

// unknown is the error of a selector of which a part is only known when the pod runs.
var unknown = &stackdriver.SelectorError{}

// readSelector reads a selector; the memory may be nil.
func readSelector(memory *Memory, program settings.Sidecar, text Text) selector {
	if text.Unknown {
		return selector{Text: text, selectorFacts: &selectorFacts{err: unknown}}
	}
	return selector{Text: text, selectorFacts: memory.selector(program, text.Value)}
}

// readSelectors reads the selectors of the annotations or, where the pod has a sidecar, of
// its command line. Where that is not known as a whole, no selector means that none is known.
func (c *context) readSelectors() {
	if c.Include == nil && c.sidecar != nil {
		c.selectors = c.sidecar.selectors(c.program)
		if len(c.selectors) > 0 || c.flagsReadable() {
			c.Include = []Text{}
		}
		for _, one := range c.selectors {
			c.Include = append(c.Include, one.Text)
		}
		return
	}
	for _, text := range c.Include {
		c.selectors = append(c.selectors, readSelector(c.Memory, c.program, text))
	}
}

// selectors returns what the sidecar is told to select.
func (g *existingSidecar) selectors(program settings.Sidecar) []selector {
	var all []selector
	for _, text := range inOrder(g.texts(stackdriver.IncludeFlag)) {
		all = append(all, readSelector(nil, program, text))
	}
	return append(all, g.filters(program)...)
}

// filters returns the one selector that all --filter flags are together
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go,
// parseFiltersets), at the first of them or, where it is for some of the flags alone that it
// cannot be read, those flags.
func (g *existingSidecar) filters(program settings.Sidecar) []selector {
	texts := g.texts(stackdriver.FilterFlag)
	if len(texts) == 0 {
		return nil
	}
	var wrong []selector
	matchers := make([]string, 0, len(texts))
	whole := texts[0]
	for _, text := range texts {
		matchers = append(matchers, text.Value)
		whole.Unknown = whole.Unknown || text.Unknown
		if one := readFilter(program, text, text.Value); one.err != nil && one.err.Kind != stackdriver.MatchesEmpty {
			wrong = append(wrong, one)
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	whole.Rewritten = whole.Rewritten || len(texts) > 1
	return []selector{readFilter(program, whole, strings.Join(matchers, ","))}
}

// readFilter reads matchers without braces, which begin where a text does.
func readFilter(program settings.Sidecar, text Text, matchers string) selector {
	text.Value = "{" + matchers + "}"
	if !text.Rewritten {
		text.Position.Column--
	}
	one := readSelector(nil, program, text)
	one.filter = true
	return one
}

// written is the selector as the user wrote it, for messages and fixes.
func (s selector) written() string {
	if s.filter {
		return strings.TrimSuffix(strings.TrimPrefix(s.Value, "{"), "}")
	}
	return s.Value
}

// asWritten is the text as the user wrote it.
func (s selector) asWritten() Text {
	text := s.Text
	text.Value = s.written()
	if s.filter && !s.Rewritten {
		text.Position.Column++
	}
	return text
}

// context says what a message about the selector is about.
func (s selector) context() string {
	if s.filter {
		return stackdriver.FilterFlag + "=" + quote(s.written())
	}
	return "selector " + quote(s.Value)
}

// diagnosis is what the sidecar's parser says about the selector, in terms of what the
// user wrote.
func (s selector) diagnosis() source.Diagnostic {
	d := s.err.Diagnostic
	inner, hasBraces := strings.CutPrefix(s.written(), "{")
	switch {
	case s.filter && hasBraces:
		d.Range = source.PositionIn(s.Value, 1).Characters(utf8.RuneCountInString(s.written()))
		d.Message = "the braces are too many: the sidecar puts them around all filters together"
		d.Fix = "write " + stackdriver.FilterFlag + "=" + strings.TrimSuffix(inner, "}") + ", or " + stackdriver.IncludeFlag + "=" + s.written()
	case s.filter:
		d.Message = strings.ReplaceAll(d.Message, `found "}"`, "found its end")
		d.Fix = strings.NewReplacer("{", "", "}", "").Replace(d.Fix)
	}
	d.Message = s.context() + ": " + d.Message
	return d
}
