package stackdriver

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

// field is a key of a map that the decoder takes for one of the known ones.
type field struct {
	field string // the known key
	key   string // as it is written
	node  *yaml.Node
	value *yaml.Node
}

// fields returns the keys of a map that match a known one, in the order in which
// encoding/json reads them, and reports the others.
func (r *shapeReading) fields(mapping *yaml.Node, path string, known []string) []field {
	var fields []field
	for _, k := range r.keys(mapping, path) {
		name := ""
		for _, candidate := range known {
			if candidate == k.key || name == "" && strings.EqualFold(candidate, k.key) {
				name = candidate
			}
		}
		if name == "" {
			r.unknownKey(k, path, known)
			continue
		}
		if name != k.key {
			r.report(diagnose(KeyCase, rangeOf(k.node), join(path, k.key), "key %q is taken for %s: keys match in any letter case", k.key, name))
		}
		k.field = name
		if i := slices.IndexFunc(fields, func(f field) bool { return f.field == name }); i >= 0 {
			r.duplicateKey(fields[i], path, fmt.Sprintf("keys %s and %s are one to the sidecar; the one %s is read over this one", fields[i].key, k.key, placeOf(fields[i].node).Apart(placeOf(k.node))))
		}
		fields = append(fields, k)
	}
	return fields
}

// keys returns the keys of a map as the decoder's map has them, sorted: of equal
// ones the last wins. Those that a merge key brings count where it stands, which
// is not what YAML says but what gopkg.in/yaml.v2 does.
func (r *shapeReading) keys(mapping *yaml.Node, path string) []field {
	winners := map[string]field{}
	r.collect(mapping, path, winners, false)
	var keys []field
	for _, k := range winners {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b field) int { return cmp.Compare(a.key, b.key) })
	return keys
}

func (r *shapeReading) collect(mapping *yaml.Node, path string, winners map[string]field, merging bool) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		node, value := mapping.Content[i], mapping.Content[i+1]
		if node.Kind == yaml.ScalarNode && node.Value == "<<" && node.ShortTag() == "!!merge" {
			r.merge(value, path, winners)
			continue
		}
		k := field{key: keyText(resolve(node)), node: node, value: resolve(value)}
		if earlier, twice := winners[k.key]; twice && earlier.node != k.node {
			if merging {
				r.report(diagnose(MergeOverride, rangeOf(earlier.node), join(path, k.key),
					"key %q is overridden by a merge key (<<) after it, which brings the one %s", k.key, placeOf(earlier.node).Apart(placeOf(k.node))))
			} else {
				r.duplicateKey(earlier, path, fmt.Sprintf("key %q is given twice; the one %s wins", shorten(k.key), placeOf(earlier.node).Apart(placeOf(k.node))))
			}
		}
		winners[k.key] = k
	}
}

// merge collects the keys of the maps that a merge key names; of several maps
// the first is read last.
func (r *shapeReading) merge(value *yaml.Node, path string, winners map[string]field) {
	maps := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		maps = value.Content
	}
	for _, m := range slices.Backward(maps) {
		if m = resolve(m); m.Kind == yaml.MappingNode {
			r.collect(m, path, winners, true)
		}
	}
}

// keyText returns a key as the decoder spells it, as far as that can be a known one.
func keyText(node *yaml.Node) string {
	if node.ShortTag() == "!!binary" {
		if decoded, err := base64.StdEncoding.DecodeString(node.Value); err == nil {
			return string(decoded)
		}
	}
	return node.Value
}

func (r *shapeReading) unknownKey(k field, path string, known []string) {
	d := diagnose(UnknownKey, rangeOf(k.node), join(path, shorten(k.key)),
		"key %q is unknown to the sidecar, which drops it silently", shorten(k.key)).suggesting(k.key, known)
	if spelling.Likely(k.key, known) == "" {
		d.Message += "; known here are " + strings.Join(known, ", ")
	}
	r.report(d)
}

func (r *shapeReading) duplicateKey(earlier field, path, message string) {
	r.report(diagnose(DuplicateKey, rangeOf(earlier.node), join(path, shorten(earlier.key)), "%s", message))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
