package routes

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// object is a map of YAML whose keys keep their order, and may have a comment that says why
// they are there.
type object []entry

type entry struct {
	key   string
	value any
	why   string
}

// add appends an entry where a value is given.
func (o *object) add(given bool, key string, value any, why string) {
	if given {
		*o = append(*o, entry{key, value, why})
	}
}

// nodeOf returns a value as a node. The encoder of yaml.v3 loses comments of what is inside.
func nodeOf(value any) (*yaml.Node, error) {
	switch value := value.(type) {
	case object:
		return value.node()
	case []object:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		if len(value) == 0 {
			list.Style = yaml.FlowStyle
		}
		for _, o := range value {
			item, err := o.node()
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, item)
		}
		return list, nil
	}
	node := &yaml.Node{}
	if err := node.Encode(value); err != nil {
		return nil, fmt.Errorf("writing %v: %w", value, err)
	}
	if list, is := value.([]string); is && short(list) {
		node.Style = yaml.FlowStyle
	}
	return node, nil
}

func (o object) node() (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range o {
		value, err := nodeOf(e.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.key, err)
		}
		key := &yaml.Node{}
		key.SetString(e.key)
		key.HeadComment = comment(e.why)
		node.Content = append(node.Content, key, value)
	}
	return node, nil
}

// short reports whether a list reads well in one line.
func short(list []string) bool {
	const most = 90
	text := strings.Join(list, ", ")
	return len(text) <= most && !strings.ContainsAny(text, `{"`)
}

// document is a document of YAML with a comment before it.
type document struct {
	comment string
	value   any
}

// write returns documents, each with its comment.
func write(documents ...document) (string, error) {
	var text strings.Builder
	for i, d := range documents {
		if i > 0 {
			text.WriteString("---\n")
		}
		if d.comment != "" {
			text.WriteString(comment(d.comment) + "\n")
		}
		node, err := nodeOf(d.value)
		if err != nil {
			return "", err
		}
		encoder := yaml.NewEncoder(&text)
		encoder.SetIndent(indentation)
		if err := errors.Join(encoder.Encode(node), encoder.Close()); err != nil {
			return "", fmt.Errorf("writing YAML: %w", err)
		}
	}
	return text.String(), nil
}

const (
	indentation = 2
	// commentWidth is how long a line of a comment is, before it is indented.
	commentWidth = 88
)

// comment makes lines of a comment of a text. An indented line, such as a command, is not
// broken.
func comment(text string) string {
	if text == "" {
		return ""
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, " ") || line == "" {
			lines = append(lines, strings.TrimRight("# "+line, " "))
			continue
		}
		current := "#"
		for word := range strings.FieldsSeq(line) {
			if len(current)+1+len(word) > commentWidth && current != "#" {
				lines = append(lines, current)
				current = "#"
			}
			current += " " + word
		}
		lines = append(lines, current)
	}
	return strings.Join(lines, "\n")
}
