package manifest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// SyntaxError says where a file is not valid YAML, and why.
type SyntaxError struct {
	File string
	// Range is what is wrong, in the file.
	Range  source.Range
	Reason string
	// Fix says what to do, where that is clear.
	Fix string
}

// Error returns the place, the reason and the fix.
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s:%s: invalid YAML: %s", e.File, e.Range.Start, e.Reason)
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// SyntaxErrors are all errors in the input, in its order.
type SyntaxErrors []*SyntaxError

// Error lists the errors, one a line.
func (e SyntaxErrors) Error() string {
	lines := make([]string, 0, len(e))
	for _, one := range e {
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// trailingComma matches a line with a comma after a quoted value, as lists have it in other
// languages.
var trailingComma = regexp.MustCompile(`^\s*(?:- *)*(?:[^\s"'#][^"'#]*:\s+)?(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(,)\s*(?:#.*)?$`)

// maxCommas bounds how many trailing commas of a section are recovered from: the section
// is parsed several times for each.
const maxCommas = 50

// recoverTrailingCommas replaces trailing commas by spaces, one after the other, until the
// section is valid YAML or has another error. It returns the section without these commas
// and its JSON, both nil where it stays invalid, and every error with its line in the
// section.
func recoverTrailingCommas(section []byte) (recovered, body []byte, errs SyntaxErrors) {
	recovered = section
	for {
		body, err := toJSON(recovered)
		if err == nil {
			return recovered, body, errs
		}
		line := failingLine(recovered, err)
		text := lineText(recovered, line)
		if len(errs) == maxCommas || !trailingComma.Match(text) {
			return nil, nil, append(errs, describe(text, line, err))
		}
		comma := trailingComma.FindSubmatchIndex(text)[2]
		errs = append(errs, &SyntaxError{
			Range:  positionIn(line, text, comma).Characters(1),
			Reason: "there is a comma after the closing quote; in YAML, no comma separates the lines of a list",
			Fix:    "remove the comma",
		})
		recovered = slices.Clone(recovered)
		recovered[start(recovered, line)+comma] = ' '
	}
}

// describe returns why a line is invalid, at its first character.
func describe(text []byte, line int, err error) *SyntaxError {
	content := bytes.TrimLeft(text, " \t")
	indent := text[:len(text)-len(content)]
	template := bytes.Index(text, []byte("{{"))
	switch tab := bytes.IndexByte(indent, '\t'); {
	case tab >= 0:
		return &SyntaxError{Range: positionIn(line, text, tab).Characters(1), Reason: "this line is indented by a tab", Fix: "indent it by spaces"}
	case template >= 0:
		return &SyntaxError{Range: positionIn(line, text, template).Characters(len("{{")),
			Reason: "{{ begins a template that has not been rendered", Fix: "render it first, as helm template does"}
	}
	return &SyntaxError{Range: positionIn(line, text, len(indent)).Characters(utf8.RuneCount(bytes.TrimSpace(text))), Reason: errorText(err)}
}

// positionIn returns the position of a byte of a line.
func positionIn(line int, text []byte, offset int) source.Position {
	return source.Position{Line: line, Column: utf8.RuneCount(text[:offset]) + 1}
}

// failingLine returns the line that makes a section invalid, counted from 1.
func failingLine(section []byte, whole error) int {
	all := lines(section)
	return source.FailingLine(len(section), len(all), errorLine(whole)+1, func(count int) bool {
		_, err := toJSON(bytes.Join(all[:count], nil))
		return err != nil && errorText(err) == errorText(whole)
	})
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
