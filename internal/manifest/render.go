package manifest

import (
	"bytes"
	"fmt"
	"slices"

	yamlnode "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// block returns the value as further lines of the parent.
func (i insertion) block() []byte {
	first := i.parent.Content[0]
	if i.parent.Kind == yamlnode.MappingNode {
		return i.lined(fmt.Appendf(nil, "{%q:%s}", i.key, i.value), first.Column-1)
	}
	before := i.text[:i.offset(first)]
	spaces := len(before) - len(bytes.TrimRight(before, " "))
	return i.lined(fmt.Appendf(nil, "[%s]", i.value), first.Column-1-spaces-len("-"))
}

// inlineEntry returns the value as it is written between brackets.
func (i insertion) inlineEntry() []byte {
	if i.parent.Kind == yamlnode.MappingNode {
		return fmt.Appendf(nil, "%q: %s", i.key, i.value)
	}
	return i.value
}

// afterColon returns the value as it is written after its key.
func (i insertion) afterColon() []byte {
	indent := i.parent.Content[0].Column - 1
	switch {
	case isFlow(i.parent):
		return slices.Concat([]byte(" "), i.value)
	case i.value[0] == '[':
		return slices.Concat(i.newline, bytes.TrimSuffix(i.lined(i.value, indent), i.newline))
	case i.value[0] == '{':
		return slices.Concat(i.newline, bytes.TrimSuffix(i.lined(i.value, indent+2), i.newline))
	default:
		return slices.Concat([]byte(" "), bytes.TrimSuffix(i.lined(i.value, 0), i.newline))
	}
}

// lined returns JSON as indented lines of YAML.
func (i insertion) lined(value []byte, indent int) []byte {
	plain, err := yaml.JSONToYAML(value)
	if err != nil {
		return nil // a candidate without the value is not chosen
	}
	var block bytes.Buffer
	for line := range bytes.Lines(plain) {
		block.Write(bytes.Repeat([]byte(" "), max(0, indent)))
		block.Write(bytes.TrimSuffix(line, []byte("\n")))
		block.Write(i.newline)
	}
	return block.Bytes()
}
