package configuration

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"go.yaml.in/yaml/v3"
)

func (r *reading) counter(node *yaml.Node, entry string) {
	counter := Counter{}
	var filters []string
	r.fields(node, entry, map[string]func(*yaml.Node){
		"metric": r.word(entry+".metric", &counter.Metric), "help": r.word(entry+".help", &counter.Help),
		"filters": r.words(entry+".filters", &filters),
	})
	r.exportedName(counterCodes, valueOf(node, "metric"), entry+".metric", counter.Metric)
	if len(filters) == 0 {
		r.wrong("AGG003", node, "list the selectors of what is to be summed up", "%s has no filters, and would count nothing", entry)
	}
	for i, text := range filters {
		filter, err := ParseSelector(text)
		if err != nil {
			r.wrong("AGG002", valueOf(node, "filters"), "", "%s.filters[%d]: %s", entry, i, err)
		}
		counter.Filters = append(counter.Filters, filter)
	}
	same := func(other Counter) bool { return other.Metric == counter.Metric }
	if slices.ContainsFunc(r.file.Counters, same) {
		r.wrong("AGG001", node, "put the filters into one entry", "%s is a second entry for %s", entry, quoted(counter.Metric))
	}
	r.file.Counters = append(r.file.Counters, counter)
}

// invalidSum is the rule of package lint that an entry of aggregate may break.
const invalidSum = "AGG009"

func (r *reading) aggregate(node *yaml.Node, entry string) {
	a := Aggregate{}
	var match string
	r.fields(node, entry, map[string]func(*yaml.Node){
		"metric": r.word(entry+".metric", &a.Metric), "match": r.word(entry+".match", &match), "to": r.word(entry+".to", &a.To),
		"by":      func(by *yaml.Node) { a.HasBy = true; r.words(entry+".by", &a.By)(by) },
		"without": r.words(entry+".without", &a.Without),
	})
	if !model.LegacyValidation.IsValidMetricName(a.Metric) {
		r.wrong(invalidSum, valueOf(node, "metric"), "name a counter, or a histogram without its suffix", "%s.metric %s is not the name of a metric", entry, quoted(a.Metric))
		return
	}
	if a.HasBy && len(a.Without) > 0 {
		r.wrong(invalidSum, node, "remove one of them", "%s has both by and without", entry)
	}
	r.labelNames(node, entry, slices.Concat(a.By, a.Without))
	a.Match = r.match(node, entry, a.Metric, match)
	if a.To == "" {
		a.To = sumName(a.Metric)
	}
	r.exportedName(aggregateCodes, valueOf(node, "to"), entry+".to", a.To)
	same := func(other Aggregate) bool { return other.To == a.To }
	if slices.ContainsFunc(r.file.Aggregates, same) {
		r.wrong(invalidSum, node, "give one of them another name with to", "%s is a second entry for %s", entry, quoted(a.To))
	}
	r.file.Aggregates = append(r.file.Aggregates, a)
}

// sumName is the name of a sum that is given none: the metric's, as it would be exported.
func sumName(metric string) string {
	name := []byte(metric)
	for i, c := range name {
		if c == ':' {
			name[i] = '_'
		}
	}
	return string(name)
}

func (r *reading) labelNames(node *yaml.Node, entry string, names []string) {
	for i, name := range names {
		switch {
		case name == labels.BucketLabel:
			r.wrong(invalidSum, node, "remove it: the sum of a histogram keeps its buckets", "%s names the label le", entry)
		case name == labels.MetricName || !model.LegacyValidation.IsValidLabelName(name):
			r.wrong(invalidSum, node, "", "%s names the label %s, which is not one that a series has beside its name", entry, quoted(name))
		case slices.Contains(names[:i], name):
			r.wrong(invalidSum, node, "remove one of them", "%s names the label %s twice", entry, quoted(name))
		}
	}
}

// match reads matchers without a name: the metric has one already.
func (r *reading) match(node *yaml.Node, entry, metric, match string) Selector {
	if match == "" {
		return nil
	}
	selector, err := ParseSelector(metric + match)
	if err != nil {
		r.wrong(invalidSum, valueOf(node, "match"), `write matchers in braces, such as {direction="outbound"}`, "%s.match %s: %s", entry, quoted(match), err)
		return nil
	}
	isName := func(m *labels.Matcher) bool { return m.Name == labels.MetricName }
	return slices.DeleteFunc(selector, isName)
}
