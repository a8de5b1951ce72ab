package rules

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// brokenRule is the rule of package lint that a file breaks with any diagnostic: that
// Prometheus loads every file and can evaluate every rule.
const brokenRule = "REC001"

// A Diagnostic is one reason why Prometheus 2.55.1 refuses a rules file or fails at a
// rule, or why this package does not read the file.
type Diagnostic struct {
	source.Diagnostic
	Group string // name of the rule group, where the diagnostic is about one
	Rule  int    // number of the rule in its group from 1, or 0
	Name  string // record or alert name of that rule
	// Limit is set where Prometheus has no say in this: the file is beyond what
	// this package reads, such as MaxSize.
	Limit bool
}

// diagnose returns a diagnostic at a place; the zero place is that of a whole file.
func diagnose(at source.Position, format string, args ...any) Diagnostic {
	return Diagnostic{Diagnostic: source.Diagnostic{Code: brokenRule, Range: at.Characters(0), Message: fmt.Sprintf(format, args...)}}
}

// limit returns a diagnostic for what this package does not read.
func limit(at source.Position, format string, args ...any) Diagnostic {
	d := diagnose(at, format, args...)
	d.Limit = true
	return d
}

// String writes the position, as far as it is known, the rule and the message.
func (d Diagnostic) String() string {
	var b strings.Builder
	switch at := d.Range.Start; {
	case at.Column > 0:
		fmt.Fprintf(&b, "%s: ", at)
	case at.Line > 0:
		fmt.Fprintf(&b, "line %d: ", at.Line)
	}
	if d.Rule > 0 {
		fmt.Fprintf(&b, "group %q, rule %d, %q: ", d.Group, d.Rule, d.Name)
	}
	b.WriteString(d.Message)
	return b.String()
}

// sorted orders diagnostics by place, and makes the order of those that Prometheus
// finds while ranging over a map the same each time.
func sorted(diagnostics []Diagnostic) []Diagnostic {
	slices.SortFunc(diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(
			a.Range.Start.Compare(b.Range.Start),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(diagnostics)
}

// yamlTypes says in a user's words what the Go types of rulefmt stand for.
var yamlTypes = strings.NewReplacer(
	"[]rulefmt.RuleGroup", "a list of groups",
	"[]rulefmt.RuleNode", "a list of rules",
	"type rulefmt.RuleGroups", "the file",
	"type rulefmt.RuleGroup", "a group",
	"type rulefmt.RuleNode", "a rule",
	"rulefmt.RuleGroups", "a file with groups",
	"rulefmt.RuleGroup", "a group",
	"rulefmt.RuleNode", "a rule",
	"map[string]string", "a map of strings",
	"[]yaml.Node", "a list",
	"model.Duration", "a duration",
	"!!str ", "the string ", "!!int ", "the number ", "!!float ", "the number ",
	"!!bool ", "the boolean ", "!!map", "a map", "!!seq", "a list",
)

var (
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	unknownField = regexp.MustCompile(`^field (.+) not found in `)
)

// fromYAML turns an error of the YAML decoder into one Diagnostic for each error that it
// names.
func fromYAML(s *source.Text, err error) []Diagnostic {
	messages := []string{err.Error()}
	var types *yaml.TypeError
	if errors.As(err, &types) {
		messages = types.Errors
	}
	var diagnostics []Diagnostic
	for i, message := range messages {
		if i == maxDiagnostics {
			return append(diagnostics, limit(diagnostics[i-1].Range.Start, "and %d more errors of this kind", len(messages)-i))
		}
		line := 0
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = message[len(m[0]):]
		}
		at := fieldOnLine(s, line, message)
		if types == nil {
			message = "not valid YAML: " + strings.TrimPrefix(message, "yaml: ")
		} else {
			message = yamlTypes.Replace(message)
		}
		diagnostics = append(diagnostics, diagnose(at, "%s", message))
	}
	return diagnostics
}

// fieldOnLine finds the column of the key that the decoder complains of; other
// errors start where the line's first character stands.
func fieldOnLine(s *source.Text, line int, message string) source.Position {
	text, start, found := s.MarkedLine(line)
	if !found {
		return source.Position{}
	}
	at := len(text) - len(strings.TrimLeft(text, " "))
	if m := unknownField.FindStringSubmatch(message); m != nil {
		at = max(strings.Index(text, m[1]), 0)
	}
	return s.Position(start + at)
}

// durations are the keys whose values rulefmt decodes as durations.
var durations = []string{"interval", "query_offset", "for", "keep_firing_for"}

// fromDecoder turns an error of the strict decoding into Diagnostics. Those about
// durations come without a line, and are looked for among the nodes.
func fromDecoder(s *source.Text, document *yaml.Node, err error) []Diagnostic {
	if strings.Contains(err.Error(), "yaml: ") {
		return fromYAML(s, err)
	}
	at := source.Position{}
	if node := findDuration(document, err.Error()); node != nil {
		at = s.Mark(node.Line, node.Column)
	}
	return []Diagnostic{diagnose(at, "%s", err)}
}

// findDuration returns the first duration that is refused with the message.
func findDuration(node *yaml.Node, message string) *yaml.Node {
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains(durations, node.Content[i-1].Value) {
			if _, err := model.ParseDuration(child.Value); err != nil && err.Error() == message {
				return child
			}
		}
		if found := findDuration(child, message); found != nil {
			return found
		}
	}
	return nil
}
