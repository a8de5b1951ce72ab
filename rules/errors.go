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

// An Error is one reason why Prometheus 2.55.1 refuses a rules file, or why
// this package does not read it.
type Error struct {
	Position source.Position
	Group    string // name of the rule group, where the fault is in one
	Rule     int    // number of the rule in its group from 1, or 0
	Name     string // record or alert name of that rule
	Message  string
	// Limit is set where Prometheus has no say in this: the file is beyond what
	// this package reads, such as MaxSize.
	Limit bool
}

// Error writes the position, as far as it is known, the rule and the message.
func (e Error) Error() string {
	var b strings.Builder
	switch {
	case e.Position.Column > 0:
		fmt.Fprintf(&b, "%s: ", e.Position)
	case e.Position.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Position.Line)
	}
	if e.Rule > 0 {
		fmt.Fprintf(&b, "group %q, rule %d, %q: ", e.Group, e.Rule, e.Name)
	}
	b.WriteString(e.Message)
	return b.String()
}

// sortErrors orders errors by place, and makes the order of those that
// Prometheus finds while ranging over a map the same each time.
func sortErrors(errs []Error) []Error {
	slices.SortFunc(errs, func(a, b Error) int {
		return cmp.Or(
			a.Position.Compare(b.Position),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(errs)
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

// fromYAML turns an error of the YAML decoder into one Error for each fault
// that it names.
func fromYAML(s *source.Text, err error) []Error {
	messages := []string{err.Error()}
	var types *yaml.TypeError
	if errors.As(err, &types) {
		messages = types.Errors
	}
	var errs []Error
	for i, message := range messages {
		if i == maxErrors {
			return append(errs, Error{Position: errs[i-1].Position, Message: fmt.Sprintf("and %d more faults of this kind", len(messages)-i), Limit: true})
		}
		e := Error{}
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			e.Position.Line, _ = strconv.Atoi(m[1])
			message = message[len(m[0]):]
		}
		e.Position = fieldOnLine(s, e.Position.Line, message)
		e.Message = yamlTypes.Replace(message)
		if types == nil {
			e.Message = "not valid YAML: " + strings.TrimPrefix(message, "yaml: ")
		}
		errs = append(errs, e)
	}
	return errs
}

// fieldOnLine finds the column of the key that the decoder complains of; other
// faults start where the line's first character stands.
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

// fromDecoder turns an error of the strict decoding into Errors. Those of
// durations come without a line, and are looked for among the nodes.
func fromDecoder(s *source.Text, document *yaml.Node, err error) []Error {
	if strings.Contains(err.Error(), "yaml: ") {
		return fromYAML(s, err)
	}
	e := Error{Message: err.Error()}
	if node := findDuration(document, err.Error()); node != nil {
		e.Position = s.Mark(node.Line, node.Column)
	}
	return []Error{e}
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
