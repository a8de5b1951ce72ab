package stackdriver

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

var (
	yamlErrorLine    = regexp.MustCompile(`line (\d+): `)
	yamlErrorAnchor  = regexp.MustCompile(`unknown anchor '(.+)' referenced`)
	decoderPrefixes  = []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "yaml: "}
	controlCharacter = "control characters are not allowed"
)

// undecodable turns an error of a YAML or JSON decoder into one with a place.
func (d *configDocument) undecodable(err error) *ConfigError {
	message := err.Error()
	for _, prefix := range decoderPrefixes {
		message = strings.TrimPrefix(message, prefix)
	}
	match := yamlErrorLine.FindStringSubmatchIndex(message)
	if match == nil {
		return d.withoutLine(message)
	}
	line, _ := strconv.Atoi(message[match[2]:match[3]])
	line = d.failingLine(line, err)
	reason := message[:match[0]] + message[match[1]:]
	text := d.lines[line-1]
	indent := indentOf(text)
	if tab := strings.IndexByte(text[:indent], '\t'); tab >= 0 {
		return unreadable(source.Position{Line: line, Column: tab + 1}, "a tab indents this line; YAML wants spaces (%s)", reason)
	}
	return unreadable(source.Position{Line: line, Column: indent + 1}, "not valid YAML: %s", reason)
}

// failingLine returns the line that breaks the file, counted from 1.
func (d *configDocument) failingLine(reported int, whole error) int {
	return source.FailingLine(len(d.text), len(d.lines), reported, func(lines int) bool {
		var node yaml.Node
		err := yaml.NewDecoder(strings.NewReader(strings.Join(d.lines[:lines], "\n") + "\n")).Decode(&node)
		return err != nil && err.Error() == whole.Error()
	})
}

// withoutLine returns the error for a message of a decoder that gives no line.
func (d *configDocument) withoutLine(message string) *ConfigError {
	at, text := source.Position{}, "the sidecar cannot read the file: "+message
	if strings.Contains(message, controlCharacter) {
		at = d.find(func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f })
	} else if anchor := yamlErrorAnchor.FindStringSubmatch(message); anchor != nil {
		before, _, _ := bytes.Cut(d.text, []byte("*"+anchor[1]))
		lines := strings.Split(string(before), "\n")
		at = source.Position{Line: len(lines), Column: len([]rune(lines[len(lines)-1])) + 1}
	}
	for _, refused := range refusedNodes {
		if !strings.Contains(message, refused.message) {
			continue
		}
		if node := findNode(d.root, refused.is); node != nil {
			at, text = placeOf(node), refused.text
		}
	}
	return unreadable(at, "%s", text)
}

// refusedNodes are the nodes that make the sidecar's decoder fail without a line.
var refusedNodes = []struct {
	message string // a part of the decoder's error
	is      func(node, parent *yaml.Node, index int) bool
	text    string
}{
	{"map merge requires", isBrokenMerge, "a merge key (<<) must name a map or a list of maps"},
	{"invalid map key", isCompoundKey, "a key must be a string, not a map or a list"},
	{"Unsupported map key", isNullKey, "a key must be a string, not null"},
	{"unsupported value", isNotFinite, "the sidecar cannot read a number that is not finite"},
	{"cannot decode", isMistagged, "the value does not fit its tag"},
}

func isKey(parent *yaml.Node, index int) bool {
	return parent != nil && parent.Kind == yaml.MappingNode && index%2 == 0
}

func isBrokenMerge(node, parent *yaml.Node, index int) bool {
	if parent == nil || parent.Kind != yaml.MappingNode || index%2 == 0 || parent.Content[index-1].ShortTag() != "!!merge" {
		return false
	}
	noMap := func(node *yaml.Node) bool { return resolve(node).Kind != yaml.MappingNode }
	if node.Kind == yaml.SequenceNode {
		return slices.ContainsFunc(node.Content, noMap)
	}
	return noMap(node)
}

func isCompoundKey(node, parent *yaml.Node, index int) bool {
	return isKey(parent, index) && resolve(node).Kind != yaml.ScalarNode
}

func isNullKey(node, parent *yaml.Node, index int) bool {
	return isKey(parent, index) && isNull(resolve(node))
}

func isNotFinite(node, _ *yaml.Node, _ int) bool {
	if node.Kind != yaml.ScalarNode || node.ShortTag() != "!!float" {
		return false
	}
	var number float64
	return node.Decode(&number) == nil && (math.IsNaN(number) || math.IsInf(number, 0))
}

func isMistagged(node, _ *yaml.Node, _ int) bool {
	var value any
	return node.Kind == yaml.ScalarNode && node.Style&yaml.TaggedStyle != 0 && node.Decode(&value) != nil
}

// findNode returns the first node for which the function is true.
func findNode(root *yaml.Node, is func(node, parent *yaml.Node, index int) bool) *yaml.Node {
	var search func(node, parent *yaml.Node, index int) *yaml.Node
	search = func(node, parent *yaml.Node, index int) *yaml.Node {
		if is(node, parent, index) {
			return node
		}
		for i, part := range node.Content {
			if found := search(part, node, i); found != nil {
				return found
			}
		}
		return nil
	}
	if root == nil {
		return nil
	}
	return search(root, nil, 0)
}

// find returns the place of the first character for which the function is true.
func (d *configDocument) find(is func(rune) bool) source.Position {
	for i, line := range d.lines {
		for j, r := range []rune(line) {
			if is(r) {
				return source.Position{Line: i + 1, Column: j + 1}
			}
		}
	}
	return source.Position{}
}
