package rules

import "gopkg.in/yaml.v3"

// groupNode and ruleNode hold the places of those fields that rulefmt keeps
// without. They are decoded by the same library from the same text, so that
// anchors, aliases and merge keys mean the same in both.
type groupNode struct {
	self     *yaml.Node
	Name     yaml.Node   `yaml:"name"`
	Interval yaml.Node   `yaml:"interval"`
	Rules    []yaml.Node `yaml:"rules"`
}

type ruleNode struct {
	self        *yaml.Node
	Labels      yaml.Node `yaml:"labels"`
	Annotations yaml.Node `yaml:"annotations"`

	labels, annotations map[string]entry
}

// newGroupNode decodes the places of a group, which rulefmt has accepted.
func newGroupNode(node *yaml.Node) (*groupNode, error) {
	g := &groupNode{self: node}
	return g, node.Decode(g)
}

// newRuleNode decodes the places of a rule, which rulefmt has accepted.
func newRuleNode(node *yaml.Node) (*ruleNode, error) {
	r := &ruleNode{self: node}
	err := node.Decode(r)
	r.labels, r.annotations = entries(&r.Labels), entries(&r.Annotations)
	return r, err
}

// placed returns the nodes of the n items that rulefmt decoded from a list. The
// decoder leaves out items that are null. Should the two differ all the same,
// the items are without places.
func placed(nodes []yaml.Node, n int) []yaml.Node {
	kept := make([]yaml.Node, 0, n)
	for i := range nodes {
		node := &nodes[i]
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if node.ShortTag() != "!!null" {
			kept = append(kept, nodes[i])
		}
	}
	if len(kept) != n {
		return make([]yaml.Node, n)
	}
	return kept
}

// entry is one key of a mapping and its value.
type entry struct {
	key, value *yaml.Node
}

// entries returns the keys of a mapping, those that merge keys bring in
// included, unless the mapping has them itself.
func entries(node *yaml.Node) map[string]entry {
	if node.Kind == 0 {
		return nil
	}
	found := map[string]entry{}
	collectEntries(node, found, 0)
	return found
}

// maxMerges bounds how deep merged mappings may merge others. The decoder has
// refused cycles before.
const maxMerges = 100

func collectEntries(node *yaml.Node, found map[string]entry, depth int) {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if depth > maxMerges {
		return
	}
	if node.Kind == yaml.SequenceNode { // the list of a merge key
		for _, item := range node.Content {
			collectEntries(item, found, depth+1)
		}
		return
	}
	if node.Kind != yaml.MappingNode {
		return
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if _, taken := found[key.Value]; !taken {
			found[key.Value] = entry{key: node.Content[i], value: value}
		}
	}
	for _, value := range merged {
		collectEntries(value, found, depth+1)
	}
}
