package stackdriver

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// The lists of the file, and the keys of their entries.
const (
	renamesKey    = "metric_renames"
	metadataKey   = "static_metadata"
	aggregatedKey = "aggregated_counters"
	filtersKey    = "filters"
)

// configKeys is the shape of the file: the keys of the entries of each list.
// Every value is a string, but for filters, a list of strings.
var configKeys = map[string][]string{
	renamesKey:    {"from", "to"},
	metadataKey:   {"metric", "type", "value_type", "help"},
	aggregatedKey: {"metric", filtersKey, "help"},
}

// shapeReading finds for every entry that the sidecar's decoder fills the nodes
// from which it does. The decoder turns each map into JSON, whose keys are
// sorted, and lets encoding/json fill the struct: a later key that matches the
// same field is read over what an earlier one left, list element by list element.
type shapeReading struct {
	lists       map[string][]*entryNodes
	diagnostics []ConfigDiagnostic
	seen        map[reported]bool
}

// reported is what tells two diagnostics apart.
type reported struct {
	kind ConfigDiagnosticKind
	at   source.Range
}

// entryNodes are the nodes of one entry, by the name of its keys.
type entryNodes struct {
	item    *yaml.Node
	scalars map[string]*yaml.Node
	filters []*yaml.Node
}

// readShape reads the root node of a file; nil stands for an empty one.
func readShape(root *yaml.Node) *shapeReading {
	r := &shapeReading{lists: map[string][]*entryNodes{}, seen: map[reported]bool{}}
	if root = resolve(root); root == nil || isNull(root) {
		return r
	}
	if root.Kind != yaml.MappingNode {
		r.wrongKind(root, "", "the file", "a map with "+strings.Join(slices.Sorted(maps.Keys(configKeys)), ", "))
		return r
	}
	for _, p := range r.fields(root, "", slices.Sorted(maps.Keys(configKeys))) {
		switch {
		case isNull(p.value):
			r.lists[p.field] = nil
		case p.value.Kind != yaml.SequenceNode:
			r.wrongKind(p.value, p.field, p.field, "a list")
		default:
			r.lists[p.field] = r.entries(r.lists[p.field], p.value, p.field)
		}
	}
	return r
}

// entries reads a list over the entries that an earlier key of the same field
// has left; encoding/json reuses the elements of a slice without clearing them,
// also those beyond its length.
func (r *shapeReading) entries(earlier []*entryNodes, list *yaml.Node, path string) []*entryNodes {
	if len(list.Content) == 0 {
		return nil
	}
	entries := earlier[:cap(earlier)]
	for i, item := range list.Content {
		if i == len(entries) {
			entries = append(entries, nil)
		}
		if entries[i] == nil {
			entries[i] = &entryNodes{scalars: map[string]*yaml.Node{}}
		}
		item = resolve(item)
		entries[i].item = item
		r.entry(entries[i], item, path, fmt.Sprintf("%s[%d]", path, i))
	}
	return entries[:len(list.Content)]
}

// entry reads one entry of the list that is called list.
func (r *shapeReading) entry(entry *entryNodes, item *yaml.Node, list, path string) {
	switch {
	case isNull(item):
		return
	case item.Kind != yaml.MappingNode:
		r.wrongKind(item, path, "an entry of "+list, "a map with "+strings.Join(configKeys[list], ", "))
		return
	}
	for _, p := range r.fields(item, path, configKeys[list]) {
		switch at := path + "." + p.field; {
		case p.field == filtersKey:
			r.filters(entry, p.value, at)
		case isNull(p.value):
			if entry.scalars[p.field] == nil {
				entry.scalars[p.field] = p.value
			}
		case p.value.Kind != yaml.ScalarNode:
			r.wrongKind(p.value, at, p.field, "a string")
		default:
			entry.scalars[p.field] = p.value
		}
	}
}

// filters reads the selectors of an aggregated counter.
func (r *shapeReading) filters(entry *entryNodes, list *yaml.Node, path string) {
	switch {
	case isNull(list):
		entry.filters = nil
		return
	case list.Kind != yaml.SequenceNode:
		r.wrongKind(list, path, filtersKey, "a list of selectors")
		return
	case len(list.Content) == 0:
		entry.filters = nil
		return
	}
	filters := entry.filters[:cap(entry.filters)]
	for i, item := range list.Content {
		if i == len(filters) {
			filters = append(filters, nil)
		}
		switch item = resolve(item); {
		case item.Kind != yaml.ScalarNode:
			r.wrongKind(item, fmt.Sprintf("%s[%d]", path, i), "a filter", "a string")
		case !isNull(item) || filters[i] == nil:
			filters[i] = item
		}
	}
	entry.filters = filters[:len(list.Content)]
}

// wrongKind reports a node of a kind that doesn't decode.
func (r *shapeReading) wrongKind(node *yaml.Node, path, what, want string) {
	got := map[yaml.Kind]string{yaml.MappingNode: "a map", yaml.SequenceNode: "a list", yaml.ScalarNode: "a scalar"}[node.Kind]
	r.report(diagnose(WrongKind, rangeOf(node), path, "%s must be %s, not %s", what, want, got))
}

// report keeps a diagnostic, once: what an alias stands for is read more than once.
func (r *shapeReading) report(d ConfigDiagnostic) {
	if key := (reported{d.Kind, d.Range}); !r.seen[key] {
		r.seen[key] = true
		r.diagnostics = append(r.diagnostics, d)
	}
}

func (r *shapeReading) has(kind ConfigDiagnosticKind) bool {
	return slices.ContainsFunc(r.diagnostics, func(d ConfigDiagnostic) bool { return d.Kind == kind })
}

// resolve returns the node that an alias stands for.
func resolve(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// without drops the diagnostics of what is missing only because it is of a wrong kind.
func (r *shapeReading) without(diagnostics []ConfigDiagnostic) []ConfigDiagnostic {
	return slices.DeleteFunc(diagnostics, func(d ConfigDiagnostic) bool {
		return slices.ContainsFunc(r.diagnostics, func(wrong ConfigDiagnostic) bool {
			return wrong.Kind == WrongKind && strings.HasPrefix(d.Path, wrong.Path)
		})
	})
}
