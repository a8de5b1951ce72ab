package configuration

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Entries are the entries of a file in its order, with their places: for those who have to
// say where in the file something is.
type Entries struct {
	Renames, Static, Counters, Aggregates []Entry
}

// An Entry is one entry of a list. The texts are those of its keys, of which a list has
// several; a key that is missing has none.
type Entry struct {
	At    source.Position
	Texts map[string][]Word
}

// A Word is a text and where it begins.
type Word struct {
	Text string
	At   source.Position
}

// Word returns the text of a key, the zero Word where it is missing.
func (e Entry) Word(key string) Word {
	if words := e.Texts[key]; len(words) > 0 {
		return words[0]
	}
	return Word{}
}

// ReadEntries returns the entries of a file that ParseFile can read; nothing of any other.
func ReadEntries(text []byte) Entries {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil || len(document.Content) == 0 {
		return Entries{}
	}
	p := placing{source.New(text)}
	lists := children(document.Content[0])
	return Entries{
		Renames: p.entries(lists["metric_renames"]), Static: p.entries(lists["static_metadata"]),
		Counters: p.entries(lists["aggregated_counters"]), Aggregates: p.entries(lists["aggregate"]),
	}
}

// placing finds the places of nodes in a text.
type placing struct{ text *source.Text }

func (p placing) entries(list *yaml.Node) []Entry {
	var all []Entry
	for _, node := range items(list) {
		entry := Entry{At: p.text.Mark(node.Line, node.Column), Texts: map[string][]Word{}}
		for key, value := range children(node) {
			entry.Texts[key] = p.words(value)
		}
		all = append(all, entry)
	}
	return all
}

// words returns the text of a scalar, or those of a list of scalars.
func (p placing) words(node *yaml.Node) []Word {
	all := p.word(node)
	for _, item := range items(node) {
		all = append(all, p.word(item)...)
	}
	return all
}

// word returns the text of a scalar; none of anything else.
func (p placing) word(written *yaml.Node) []Word {
	node, at := written, p.text.Mark(written.Line, written.Column)
	if written.Kind == yaml.AliasNode {
		node = written.Alias
	} else if written.Kind == yaml.ScalarNode {
		at = p.begin(written)
	}
	if node.Kind != yaml.ScalarNode || isNull(node) {
		return nil
	}
	return []Word{{node.Value, at}}
}

// begin is where a scalar's text begins: behind a quote, if there is one.
func (p placing) begin(node *yaml.Node) source.Position {
	at := p.text.Offset(node.Line, node.Column)
	for quotes := range 2 {
		if node.Value != "" && bytes.HasPrefix(p.text.Bytes()[min(at+quotes, len(p.text.Bytes())):], []byte(node.Value)) {
			return p.text.Position(at + quotes)
		}
	}
	return p.text.Mark(node.Line, node.Column)
}

// valueOf is the value of an entry's key, or the entry where it is missing.
func valueOf(entry *yaml.Node, key string) *yaml.Node {
	if value := children(entry)[key]; value != nil {
		return value
	}
	return entry
}

// items are the entries of a list, also of one that an alias stands for.
func items(node *yaml.Node) []*yaml.Node {
	if node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node == nil || node.Kind != yaml.SequenceNode {
		return nil
	}
	return node.Content
}

// children are the values of a map by their keys.
func children(node *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind != yaml.MappingNode {
		return all
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		all[node.Content[i].Value] = node.Content[i+1]
	}
	return all
}
