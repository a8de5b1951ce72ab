package rules

import "gopkg.in/yaml.v3"

// knownFields are the fields of a file, of a group and of a rule, as rulefmt has them.
var knownFields = []map[string]bool{
	{"groups": true},
	{"name": true, "interval": true, "query_offset": true, "limit": true, "rules": true},
	{"record": true, "alert": true, "expr": true, "for": true, "keep_firing_for": true, "labels": true, "annotations": true},
}

// onlyKnownFields reports whether a document has certainly no other fields. It does not
// look behind aliases and merge keys.
func onlyKnownFields(document *yaml.Node) bool {
	level := document.Content
	for depth, fields := range knownFields {
		var next []*yaml.Node
		for _, node := range level {
			lists, known := knownOf(node, fields, depth < len(knownFields)-1)
			if !known {
				return false
			}
			next = append(next, lists...)
		}
		level = next
	}
	return true
}

// knownOf reports whether a node is a map that has fields of these only. It returns the
// items of the map's lists, where they are wanted.
func knownOf(node *yaml.Node, fields map[string]bool, wanted bool) (items []*yaml.Node, known bool) {
	if node.Kind != yaml.MappingNode {
		return nil, false
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag != "!!str" || !fields[key.Value] || value.Kind == yaml.AliasNode {
			return nil, false
		}
		if wanted && value.Kind == yaml.SequenceNode {
			items = append(items, value.Content...)
		}
	}
	return items, true
}

// items returns the n items of a list that rulefmt decoded. The decoder leaves out items
// that are null. Should the two differ all the same, the items are without places.
func items(list *yaml.Node, n int) []*yaml.Node {
	list = resolve(list)
	if list == nil || list.Kind != yaml.SequenceNode {
		return make([]*yaml.Node, n)
	}
	kept := make([]*yaml.Node, 0, n)
	for _, item := range list.Content {
		if resolve(item).ShortTag() != "!!null" {
			kept = append(kept, item)
		}
	}
	if len(kept) != n {
		return make([]*yaml.Node, n)
	}
	return kept
}

// resolve returns the node that an alias stands for.
func resolve(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// entry is one key of a mapping and its value; both are nil where there is none.
type entry struct {
	key, value *yaml.Node
}

// find returns the entry of a key in a mapping, also one that merge keys bring in, unless
// the mapping has the key itself.
func find(node *yaml.Node, name string) entry { return findMerged(node, name, 0) }

// maxMerges bounds how deep merged mappings may merge others. The decoder has
// refused cycles before.
const maxMerges = 100

func findMerged(node *yaml.Node, name string, depth int) entry {
	node = resolve(node)
	if node == nil || depth > maxMerges {
		return entry{}
	}
	if node.Kind == yaml.SequenceNode { // the list of a merge key
		for _, item := range node.Content {
			if found := findMerged(item, name, depth+1); found.key != nil {
				return found
			}
		}
		return entry{}
	}
	if node.Kind != yaml.MappingNode {
		return entry{}
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag == "!!merge" {
			merged = append(merged, value)
		} else if resolve(key).Value == name {
			return entry{key, value}
		}
	}
	for _, value := range merged {
		if found := findMerged(value, name, depth+1); found.key != nil {
			return found
		}
	}
	return entry{}
}
