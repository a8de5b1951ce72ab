package configuration

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
)

// maxShown is the most characters of a value that a message shows.
const maxShown = 60

func quoted(text string) string {
	return strconv.Quote(excerpt.Characters(text, maxShown))
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

func (r *reading) unknownKey(key *yaml.Node, what string, known []string) {
	fix := "write one of " + strings.Join(known, ", ")
	if likely := spelling.Likely(strings.ToLower(key.Value), known); likely != "" {
		fix = "write " + likely
	}
	r.wrong(ignored, key, fix, "%s has no key %s", what, quoted(key.Value))
}

func (r *reading) top(root *yaml.Node) {
	r.file.HasKeys = len(root.Content) > 0
	r.fields(root, "the file", map[string]func(*yaml.Node){
		"metric_renames":      r.each("metric_renames", r.rename),
		"static_metadata":     r.each("static_metadata", r.static),
		"aggregated_counters": r.each("aggregated_counters", r.counter),
		"aggregate":           r.each("aggregate", r.aggregate),
	})
}

func (r *reading) rename(node *yaml.Node, entry string) {
	var from, to string
	r.fields(node, entry, map[string]func(*yaml.Node){"from": r.word(entry+".from", &from), "to": r.word(entry+".to", &to)})
	if from == "" {
		r.wrong(unreadable, node, "name the metric as Prometheus has it", "%s has no from", entry)
		return
	}
	if to == "" {
		r.wrong("REN006", valueOf(node, "to"), "write to: "+strings.ReplaceAll(from, ":", "_"), "%s has no to, the new name", entry)
	} else {
		r.exportedName(renameCodes, valueOf(node, "to"), entry+".to", to)
	}
	if other, twice := r.file.Renames[from]; twice && other != to {
		r.wrong("REN004", node, "remove one of them", "%s renames %s to %s, and an earlier entry to %s", entry, quoted(from), quoted(to), quoted(other))
	}
	r.file.Renames[from] = to
}

// The rules of package lint that a new name may break, and the name of a sum.
var (
	renameCodes = map[monitoring.NameRuleID]string{
		monitoring.NameCharacters: "REN007", monitoring.NameRelativeLength: "REN008", monitoring.NameTotalLength: "REN008",
	}
	counterCodes   = nameOf("AGG006")
	aggregateCodes = nameOf("AGG009")
)

// nameOf has one rule for all that may be wrong with a name.
func nameOf(code string) map[monitoring.NameRuleID]string {
	codes := map[monitoring.NameRuleID]string{}
	for _, rule := range monitoring.MetricNameRules {
		codes[rule.ID] = code
	}
	return codes
}

// exportedName checks what Google Cloud Monitoring certainly refuses.
func (r *reading) exportedName(codes map[monitoring.NameRuleID]string, node *yaml.Node, what, name string) {
	for _, d := range monitoring.CheckNames(monitoring.MetricNameRules, "", name) {
		if d.Certain {
			r.wrong(codes[d.ID], node, d.Fix, "%s %s is refused by Google Cloud Monitoring: %s", what, quoted(name), d.Message)
		}
	}
}

// metricTypes are the words that static_metadata has for types.
var metricTypes = map[string]model.MetricType{
	"counter": model.MetricTypeCounter, "gauge": model.MetricTypeGauge, "histogram": model.MetricTypeHistogram,
	"summary": model.MetricTypeSummary, "unknown": model.MetricTypeUnknown, "untyped": model.MetricTypeUnknown,
}

var valueTypes = map[string]bool{"": false, "double": false, "int64": true}

// histogramSuffixes end the names of a histogram's series; its metadata has the name
// without them.
var histogramSuffixes = []string{"_bucket", "_sum", "_count"}

func (r *reading) static(node *yaml.Node, entry string) {
	var metric, kind, value, help string
	r.fields(node, entry, map[string]func(*yaml.Node){
		"metric": r.word(entry+".metric", &metric), "type": r.word(entry+".type", &kind),
		"value_type": r.word(entry+".value_type", &value), "help": r.word(entry+".help", &help),
	})
	parsed := Static{Type: metricTypes[kind], Int64: valueTypes[value], Help: help}
	if metric == "" {
		r.wrong(unreadable, node, "name the metric as Prometheus has it", "%s has no metric", entry)
	}
	if parsed.Type == "" {
		r.wrong("MET002", valueOf(node, "type"), oneOf(kind, sortedKeys(metricTypes)), "%s.type %s is not a type", entry, quoted(kind))
	}
	if _, known := valueTypes[value]; !known {
		r.wrong("MET003", valueOf(node, "value_type"), oneOf(value, []string{"double", "int64"}), "%s.value_type %s is not a value type", entry, quoted(value))
	}
	for _, suffix := range histogramSuffixes {
		if base, cut := strings.CutSuffix(metric, suffix); cut && parsed.Type == model.MetricTypeHistogram {
			r.wrong("MET004", valueOf(node, "metric"), "write "+base, "%s makes a histogram of %s, which is one of a histogram's series", entry, quoted(metric))
		}
	}
	if other, twice := r.file.Static[metric]; twice && (other.Type != parsed.Type || other.Int64 != parsed.Int64) {
		r.wrong("MET009", node, "remove one of them", "%s says %s of %s, and an earlier entry %s", entry, kind, quoted(metric), other.Type)
	}
	r.file.Static[metric] = parsed
}

func oneOf(word string, known []string) string {
	if likely := spelling.Likely(strings.ToLower(word), known); likely != "" {
		return "write " + likely
	}
	return "write one of " + strings.Join(known, ", ")
}
