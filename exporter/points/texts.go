package points

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/series"
)

// maxTexts is how many texts are remembered, so that a value that no two series share does
// not stay in memory for long.
const maxTexts = 1 << 13

// texts keeps one of equal texts: most series share most of their labels.
type texts struct {
	known   map[string]string
	builder labels.ScratchBuilder
}

func (t *texts) one(text string) string {
	if known, found := t.known[text]; found {
		return known
	}
	if t.known == nil || len(t.known) >= maxTexts {
		t.known = map[string]string{}
	}
	t.known[text] = text
	return text
}

// share returns the pairs, of texts that are shared.
func (t *texts) share(pairs []series.Label) []series.Label {
	for i, l := range pairs {
		pairs[i] = series.Label{Name: t.one(l.Name), Value: t.one(l.Value)}
	}
	return pairs
}

// labelsOf returns the labels of pairs.
func (t *texts) labelsOf(pairs []series.Label) labels.Labels {
	t.builder.Reset()
	for _, l := range pairs {
		t.builder.Add(t.one(l.Name), t.one(l.Value))
	}
	t.builder.Sort()
	return t.builder.Labels()
}

// copyOf returns the same labels, of texts that are shared.
func (t *texts) copyOf(lset labels.Labels) labels.Labels {
	t.builder.Reset()
	lset.Range(func(l labels.Label) { t.builder.Add(t.one(l.Name), t.one(l.Value)) })
	return t.builder.Labels()
}
