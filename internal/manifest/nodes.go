package manifest

import (
	"slices"
	"strconv"

	yamlnode "go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
)

// find returns the node at a JSON pointer; nil where there is no such node, or where an
// alias or a merge key leads to it.
func find(node *yamlnode.Node, pointer string) *yamlnode.Node {
	for _, token := range jsonpointer.Tokens(pointer) {
		if node = child(node, token); node == nil {
			return nil
		}
	}
	return node
}

// child returns the value of a key (the last one, where the key is repeated) or the
// element at an index.
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

// flatten returns a node and all nodes in it, in the order of the text.
func flatten(node *yamlnode.Node) []*yamlnode.Node {
	all := []*yamlnode.Node{node}
	for _, c := range node.Content {
		all = append(all, flatten(c)...)
	}
	return all
}

// neighbours returns the last node in a node, and the first node after it or nil.
func neighbours(all []*yamlnode.Node, node *yamlnode.Node) (last, next *yamlnode.Node) {
	end := slices.Index(all, node) + len(flatten(node))
	if end < len(all) {
		next = all[end]
	}
	return all[end-1], next
}

func isFlow(node *yamlnode.Node) bool { return node.Style&yamlnode.FlowStyle != 0 }
