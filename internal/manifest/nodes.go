package manifest

import (
	"slices"
	"strconv"
	"strings"

	yamlnode "go.yaml.in/yaml/v3"
)

// find returns the node that a JSON pointer names, or nil where there is none or
// only behind an alias or a merge key.
func find(node *yamlnode.Node, pointer string) *yamlnode.Node {
	for _, token := range strings.Split(pointer, "/")[1:] {
		if node = child(node, unescape(token)); node == nil {
			return nil
		}
	}
	return node
}

// child returns the value of a key, of the last one where there are several, or
// the element of an index.
func child(node *yamlnode.Node, token string) *yamlnode.Node {
	switch node.Kind {
	case yamlnode.MappingNode:
		for i := len(node.Content) - 2; i >= 0; i -= 2 {
			if node.Content[i].Value == token {
				return node.Content[i+1]
			}
		}
	case yamlnode.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// unescape reads a token of a JSON pointer (RFC 6901, section 4).
func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

// flatten returns a node and all within it, in the order of the text.
func flatten(node *yamlnode.Node) []*yamlnode.Node {
	all := []*yamlnode.Node{node}
	for _, c := range node.Content {
		all = append(all, flatten(c)...)
	}
	return all
}

// neighbours returns the last node within a node, and the first one after it or nil.
func neighbours(all []*yamlnode.Node, node *yamlnode.Node) (last, next *yamlnode.Node) {
	end := slices.Index(all, node) + len(flatten(node))
	if end < len(all) {
		next = all[end]
	}
	return all[end-1], next
}

func isFlow(node *yamlnode.Node) bool { return node.Style&yamlnode.FlowStyle != 0 }
