package generate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/rules"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

const exporterHeader = `# The configuration of gcm-exporter, written by "linkerd-gcm generate". An edit is in
# use a minute or two after it is applied, without a restart.
#
`

// builtInMatch is how each entry of the built-in configuration begins its matchers.
const builtInMatch = `'{job="linkerd-proxy", `

// SummedConfig returns the configuration file of gcm-exporter that needs no recording
// rules: the built-in one, for the pods of some namespaces, or of all if there are none.
// The namespace of linkerd-viz is that of the annotations.
func SummedConfig(vizNamespace string, namespaces []string) string {
	var b strings.Builder
	b.WriteString(exporterHeader)
	text := configuration.BuiltIn
	if len(namespaces) > 0 {
		chosen := Choices{Namespaces: namespaces}.sorted().Namespaces
		fmt.Fprintf(&b, "# Only what the proxies of pods in these namespaces measure is summed up: %s.\n#\n", strings.Join(chosen, ", "))
		text = strings.ReplaceAll(text, builtInMatch, fmt.Sprintf("%snamespace=~%q, ", builtInMatch, strings.Join(chosen, "|")))
	}
	b.WriteString("# What is summed up needs no selector. Beside it, the annotation selects what is exported,\n" +
		"# by default metrics of recording rules whose names begin with linkerd_job:. In full:\n" + annotate(vizNamespace, configuration.DefaultInclude))
	return b.String() + text
}

// annotate returns a comment with the command that selects what is exported.
func annotate(vizNamespace, include string) string {
	return fmt.Sprintf("#   kubectl annotate namespace %s --overwrite \\\n#     '%s=%s'\n#\n", vizNamespace, settings.Include, include)
}

const (
	exporterRenamesComment = `# Colons become underscores in Google Cloud Monitoring. These would have the names of
# others, or none that is safe.
`
	exporterTypesComment = `# A recorded metric is a gauge unless it is listed here, and one without a colon in its
# name is not exported at all.
`
	nothingSummedComment = `# Nothing is summed up: the rules do that. Without this line there would be nothing in
# this file, and the built-in configuration would apply.
`
)

// RecordedConfig returns the configuration file of gcm-exporter for recording rules: only
// what it could not know from the log, for most rules nothing.
func RecordedConfig(vizNamespace string, file *rules.File) string {
	counters := countersOf(file)
	recorded := slices.Sorted(maps.Keys(counters))
	var renames, types strings.Builder
	for name, to := range inOrder(exportedNames(recorded)) {
		if to != strings.ReplaceAll(name, ":", "_") {
			fmt.Fprintf(&renames, "- from: %q\n  to: %q\n", name, to)
		}
	}
	for name, isCounter := range inOrder(counters) {
		switch {
		case isCounter:
			fmt.Fprintf(&types, "- metric: %q\n  type: counter\n", name)
		case !strings.Contains(name, ":"):
			fmt.Fprintf(&types, "- metric: %q\n  type: gauge\n", name)
		}
	}
	var b strings.Builder
	b.WriteString(exporterHeader + selection(vizNamespace, recorded))
	if renames.Len() > 0 {
		b.WriteString(exporterRenamesComment + "metric_renames:\n" + renames.String())
	}
	if types.Len() > 0 {
		b.WriteString(exporterTypesComment + "static_metadata:\n" + types.String())
	}
	if renames.Len()+types.Len() == 0 {
		b.WriteString(nothingSummedComment + "aggregate: []\n")
	}
	return b.String()
}

// inOrder yields the entries of a map by name.
func inOrder[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// selection is a comment that says what selects the recorded metrics: the default, where
// all have names that it matches.
func selection(vizNamespace string, recorded []string) string {
	const prefix = "linkerd_job:"
	others := slices.ContainsFunc(recorded, func(name string) bool { return !strings.HasPrefix(name, prefix) || name == prefix })
	if !others {
		return "# The annotation selects what is exported, by default metrics whose names begin with\n# linkerd_job:. In full:\n" +
			annotate(vizNamespace, configuration.DefaultInclude)
	}
	return "# The annotation selects what is exported, by default only metrics whose names begin\n" +
		"# with linkerd_job:. These need it, and the next pod starts with it:\n" +
		annotate(vizNamespace, fmt.Sprintf("{__name__=~%q}", strings.Join(recorded, "|")))
}
