package stackdriver

import (
	"slices"
	"strings"
)

// The flags of the sidecar that others name
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go).
const (
	// ProjectFlag is the only flag without which the sidecar does not start.
	ProjectFlag = "--stackdriver.project-id"
	IncludeFlag = "--include"
	// FilterFlag is deprecated: all of them together are one more selector.
	FilterFlag = "--filter"
	// GoogleAddressFlag is where the sidecar sends to.
	GoogleAddressFlag = "--stackdriver.api-address"
	// FilesFlag makes the sidecar write files and send nothing.
	FilesFlag = "--stackdriver.store-in-files-directory"
	// BackendFlag names where the sidecar sends its own metrics.
	BackendFlag = "--monitoring.backend"
)

// flagKind is what kingpin wants as the value of a flag.
type flagKind int

const (
	textFlag flagKind = iota
	urlFlag
	enumFlag
	// switchFlag has no value; its opposite begins with --no-.
	switchFlag
	// endingFlag is a switch that makes the sidecar print something and exit.
	endingFlag
)

// flagRow is a flag of the sidecar.
type flagRow struct {
	kind       flagKind
	repeatable bool
	// values are those of an enumFlag.
	values []string
}

// flagRows are the sidecar's flags by their names without dashes: its own, those of
// Prometheus' library for logs (prometheus/common 0.4.1, promlog/flag), and those of kingpin
// 2.2.6 itself.
var flagRows = map[string]flagRow{
	"config-file":                          {},
	"stackdriver.project-id":               {},
	"stackdriver.api-address":              {kind: urlFlag},
	"stackdriver.use-restricted-ips":       {kind: switchFlag},
	"stackdriver.kubernetes.location":      {},
	"stackdriver.kubernetes.cluster-name":  {},
	"stackdriver.generic.location":         {},
	"stackdriver.generic.namespace":        {},
	"stackdriver.metrics-prefix":           {},
	"stackdriver.use-gke-resource":         {kind: switchFlag},
	"stackdriver.store-in-files-directory": {},
	"prometheus.wal-directory":             {},
	"prometheus.api-address":               {kind: urlFlag},
	"monitoring.backend":                   {kind: enumFlag, repeatable: true, values: []string{"prometheus", "stackdriver"}},
	"web.listen-address":                   {},
	"web.enable-statusz":                   {kind: switchFlag},
	"include":                              {repeatable: true},
	"filter":                               {repeatable: true},
	"log.level":                            {kind: enumFlag, values: []string{"debug", "info", "warn", "error"}},
	"log.format":                           {kind: enumFlag, values: []string{"logfmt", "json"}},
	"help":                                 {kind: endingFlag},
	"help-long":                            {kind: endingFlag},
	"help-man":                             {kind: endingFlag},
	"version":                              {kind: endingFlag},
	"completion-bash":                      {kind: endingFlag},
	"completion-script-bash":               {kind: endingFlag},
	"completion-script-zsh":                {kind: endingFlag},
}

// helpLetter is the only short flag.
const helpLetter = 'h'

func (r flagRow) isSwitch() bool { return r.kind == switchFlag || r.kind == endingFlag }

// A Flag is one that another program has besides those of Google's sidecar.
type Flag struct {
	// Name is without dashes.
	Name string
	// Switch says that it takes no value.
	Switch bool
	// Values are all that it takes; nil where it takes others, too.
	Values []string
}

func (f Flag) row() flagRow {
	switch {
	case f.Switch:
		return flagRow{kind: switchFlag}
	case f.Values != nil:
		return flagRow{kind: enumFlag, values: f.Values}
	}
	return flagRow{}
}

// FlagNames returns the sidecar's own flags and some others with their dashes, as users write
// them.
func FlagNames(more ...Flag) []string {
	var names []string
	for _, flag := range more {
		names = append(names, "--"+flag.Name)
	}
	for name, row := range flagRows {
		if row.kind == endingFlag {
			continue
		}
		names = append(names, "--"+name)
		if row.kind == switchFlag {
			names = append(names, "--"+negation+name)
		}
	}
	slices.Sort(names)
	return names
}

// negation begins the opposite of a switch.
const negation = "no-"

// lookupFlag finds the row of a flag by its name without dashes, also of the opposite of a
// switch.
func lookupFlag(name string, more []Flag) (row flagRow, plain string, found bool) {
	if row, found = rowOf(name, more); found {
		return row, name, true
	}
	plain, negated := strings.CutPrefix(name, negation)
	row, found = rowOf(plain, more)
	return row, plain, found && negated && row.isSwitch()
}

func rowOf(name string, more []Flag) (row flagRow, found bool) {
	if row, found = flagRows[name]; found {
		return row, true
	}
	for _, flag := range more {
		if flag.Name == name {
			return flag.row(), true
		}
	}
	return flagRow{}, false
}
