package stackdriver

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// config puts the values that the sidecar's decoder has read together with the
// nodes from which it has read them. Where the two don't fit, the values are
// right and the places are missing.
func (r *shapeReading) config(decoded *fileConfig, text *source.Text) *Config {
	builder := valueBuilder{reading: r, text: text}
	config := &Config{}
	for i, entry := range decoded.MetricRenames {
		at := builder.entry(renamesKey, i)
		config.Renames = append(config.Renames, Rename{Position: at.place,
			From: at.value("from", entry.From), To: at.value("to", entry.To)})
	}
	for i, entry := range decoded.StaticMetadata {
		at := builder.entry(metadataKey, i)
		config.StaticMetadata = append(config.StaticMetadata, StaticMetadata{Position: at.place,
			Metric: at.value("metric", entry.Metric), Type: at.value("type", entry.Type),
			ValueType: at.value("value_type", entry.ValueType), Help: at.value("help", entry.Help)})
	}
	for i, entry := range decoded.AggregatedCounters {
		at := builder.entry(aggregatedKey, i)
		config.AggregatedCounters = append(config.AggregatedCounters, AggregatedCounter{Position: at.place,
			Metric: at.value("metric", entry.Metric), Help: at.value("help", entry.Help),
			Filters: at.filters(entry.Filters)})
	}
	return config
}

// valueBuilder gives values their places.
type valueBuilder struct {
	reading *shapeReading
	text    *source.Text
}

// entryBuilder gives the values of one entry their places.
type entryBuilder struct {
	*valueBuilder
	nodes *entryNodes
	path  string
	place source.Position
}

func (b *valueBuilder) entry(list string, index int) entryBuilder {
	at := entryBuilder{valueBuilder: b, nodes: &entryNodes{}, path: fmt.Sprintf("%s[%d]", list, index)}
	if entries := b.reading.lists[list]; index < len(entries) {
		at.nodes = entries[index]
		at.place = placeOf(at.nodes.item)
	}
	return at
}

func (b entryBuilder) value(key, text string) Value {
	return b.build(b.nodes.scalars[key], b.path+"."+key, text)
}

func (b entryBuilder) filters(texts []string) []Value {
	var values []Value
	for i, text := range texts {
		var node *yaml.Node
		if i < len(b.nodes.filters) {
			node = b.nodes.filters[i]
		}
		values = append(values, b.build(node, fmt.Sprintf("%s.%s[%d]", b.path, filtersKey, i), text))
	}
	return values
}

// build makes a value, and reports one that isn't what is written.
func (b *valueBuilder) build(node *yaml.Node, path, text string) Value {
	if node == nil {
		return Value{Text: text, quote: -1}
	}
	if node.Value != text {
		b.reading.report(diagnose(TypedScalar, rangeOf(node), path,
			"%s becomes %q: YAML takes it for a number, a boolean or null unless it is quoted", shorten(node.Value), shorten(text)))
	}
	return Value{Position: placeOf(node), Text: text, quote: b.quoteWidth(node, text)}
}

// quoteWidth returns how many characters stand between a node's place and its
// text: 0 or 1, or -1 where the text isn't in that line as it is.
func (b *valueBuilder) quoteWidth(node *yaml.Node, text string) int {
	if text == "" || strings.Contains(text, "\n") {
		return -1
	}
	written := b.text.Bytes()[b.text.Offset(node.Line, node.Column):]
	for width := range min(len(written), 2) {
		if bytes.HasPrefix(written[width:], []byte(text)) {
			return width
		}
	}
	return -1
}
