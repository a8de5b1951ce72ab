package manifest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a file is no YAML, and why.
type SyntaxError struct {
	File string
	// Line and Column are the place in the file, counted from 1.
	Line, Column int
	// Length is how many characters the fault covers.
	Length int
	Reason string
	// Fix says what to do, where that is clear.
	Fix string
}

// Error names the place, the reason and the fix.
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s:%d:%d: invalid YAML: %s", e.File, e.Line, e.Column, e.Reason)
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// SyntaxErrors are all faults that were found in the input, in their order.
type SyntaxErrors []*SyntaxError

// Error lists the faults, one a line.
func (e SyntaxErrors) Error() string {
	lines := make([]string, 0, len(e))
	for _, one := range e {
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// trailingComma matches a line whose quoted value is followed by a comma, as lists
// have them in other languages.
var trailingComma = regexp.MustCompile(`^\s*(?:- *)*(?:[^\s"'#][^"'#]*:\s+)?(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(,)\s*(?:#.*)?$`)

// mend blanks out trailing commas, one after the other, until a section is YAML or
// something else is wrong with it. It returns the mended section and its JSON, nil
// where it stays invalid, and all that is wrong, with lines counted in the section.
func mend(section []byte) (mended, body []byte, errs SyntaxErrors) {
	const most = 50 // the section is parsed some times for each
	mended = section
	for {
		body, err := toJSON(mended)
		if err == nil {
			return mended, body, errs
		}
		line := failingLine(mended, err)
		text := lineText(mended, line)
		if len(errs) == most || !trailingComma.Match(text) {
			return nil, nil, append(errs, describe(text, line, err))
		}
		comma := trailingComma.FindSubmatchIndex(text)[2]
		errs = append(errs, &SyntaxError{
			Line: line, Column: utf8.RuneCount(text[:comma]) + 1, Length: 1,
			Reason: "a comma follows the closing quote, and YAML has none between the lines of a list",
			Fix:    "remove the comma",
		})
		mended = slices.Clone(mended)
		mended[start(mended, line)+comma] = ' '
	}
}

// describe returns why a line is invalid, at its first character.
func describe(text []byte, line int, err error) *SyntaxError {
	content := bytes.TrimLeft(text, " \t")
	indent := text[:len(text)-len(content)]
	e := &SyntaxError{Line: line, Column: len(indent) + 1, Length: utf8.RuneCount(bytes.TrimSpace(text)), Reason: errorText(err)}
	template := bytes.Index(text, []byte("{{"))
	switch tab := bytes.IndexByte(indent, '\t'); {
	case tab >= 0:
		e.Column, e.Length, e.Reason, e.Fix = tab+1, 1, "a tab indents this line", "write blanks"
	case template >= 0:
		e.Column, e.Length = utf8.RuneCount(text[:template])+1, len("{{")
		e.Reason, e.Fix = "{{ begins a template, which nobody has filled in", "render it first, as helm template does"
	}
	return e
}

// failingLine returns the line that makes a section invalid, counted from 1. The
// decoder's own line is often the one where the broken list or map begins; meant
// here is the first one with which it says what it says to the whole.
func failingLine(section []byte, whole error) int {
	const largest = 64 << 10 // the section is parsed once more at every step
	all := lines(section)
	reported := min(max(errorLine(whole)+1, 1), len(all))
	if len(section) > largest {
		return reported
	}
	fails := func(count int) bool {
		_, err := toJSON(bytes.Join(all[:count], nil))
		return err != nil && errorText(err) == errorText(whole)
	}
	found := reported + sort.Search(len(all)-reported, func(more int) bool { return fails(reported + more) })
	if !fails(found) {
		return reported
	}
	return found
}

func lineText(text []byte, line int) []byte {
	all := lines(text)
	if line > len(all) {
		return nil
	}
	return bytes.TrimRight(all[line-1], "\r\n")
}

func start(text []byte, line int) int {
	return len(bytes.Join(lines(text)[:line-1], nil))
}

var yamlError = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: (?:line (\d+): )?`)

// errorLine returns the line that an error of the decoder names, counted from 0.
func errorLine(err error) int {
	if match := yamlError.FindStringSubmatch(err.Error()); match != nil && match[1] != "" {
		if line, err := strconv.Atoi(match[1]); err == nil {
			return line - 1
		}
	}
	return 0
}

func errorText(err error) string {
	return strings.Join(strings.Fields(yamlError.ReplaceAllString(err.Error(), "")), " ")
}
