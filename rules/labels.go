package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// Presence says on which series of a result a label stands.
type Presence uint8

// The presences, from the weakest statement to the strongest.
const (
	Absent    Presence = iota // on none
	Sometimes                 // on some only, whatever the series read carry
	IfPresent                 // on each one whose source series carries it
	Always                    // on every one
)

// String returns the presence in words.
func (p Presence) String() string {
	return [...]string{"absent", "on some series", "if the source has it", "always"}[p]
}

// Change says where a label's value comes from.
type Change uint8

// The changes, from none to the greatest.
const (
	Unchanged Change = iota // from the same label of the series read
	Copied                  // from another label, or from the other operand's series
	Constant                // written in the rule
	Altered                 // computed from other values
)

// String returns the change in words.
func (c Change) String() string {
	return [...]string{"unchanged", "copied", "constant", "altered"}[c]
}

// A Label is what is known of one label of a result.
type Label struct {
	Presence Presence
	Change   Change
	// Values are all values that the label can have where it stands, sorted: those
	// that matchers pin or that the rule writes. Nil if they are not known.
	Values []string
}

// maxValues is how many values of a label are kept track of.
const maxValues = 32

// metricName is the label that holds a series' name. Rules overwrite it.
const metricName = labels.MetricName

// String writes what is known of the label, such as `always, constant "a"`.
func (l Label) String() string {
	text := l.Presence.String()
	if l.Presence == Absent {
		return text
	}
	if l.Change != Unchanged {
		text += ", " + l.Change.String()
	}
	for _, value := range l.Values {
		text += fmt.Sprintf(" %q", value)
	}
	return text
}

// Labels is what is known of all labels of a result: some by name, and one
// statement for the rest. The zero Labels has no label at all.
type Labels struct {
	named map[string]Label
	rest  Label
}

// everyLabel is what a bare selector yields: whatever the series carry.
func everyLabel() Labels {
	return Labels{rest: Label{Presence: IfPresent}}
}

// Label returns what is known of the label called name.
func (l Labels) Label(name string) Label {
	if label, ok := l.named[name]; ok {
		return label
	}
	if name == metricName {
		return Label{}
	}
	return l.rest
}

// Names returns the names of all labels that are known to be possible, sorted.
func (l Labels) Names() []string {
	names := make([]string, 0, len(l.named))
	for name, label := range l.named {
		if label.Presence != Absent {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// String writes what is known of the labels, those with a name first.
func (l Labels) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.named)) {
		fmt.Fprintf(&b, "%s: %s; ", name, l.named[name])
	}
	return b.String() + "others: " + l.rest.String()
}

// clone returns a copy that may be changed.
func (l Labels) clone() Labels {
	named := make(map[string]Label, len(l.named)+1)
	maps.Copy(named, l.named)
	return Labels{named: named, rest: l.rest}
}

// with returns the labels with one of them replaced.
func (l Labels) with(name string, label Label) Labels {
	out := l.clone()
	out.named[name] = label
	return out
}

// without returns the labels with some of them missing.
func (l Labels) without(names ...string) Labels {
	out := l.clone()
	for _, name := range names {
		if l.rest.Presence == Absent || name == metricName {
			delete(out.named, name)
			continue
		}
		out.named[name] = Label{}
	}
	return out
}

// only returns the labels with all but some of them missing.
func (l Labels) only(names ...string) Labels {
	named := make(map[string]Label, len(names))
	for _, name := range names {
		if label := l.Label(name); label.Presence != Absent {
			named[name] = label
		}
	}
	return Labels{named: named}
}

// anonymous returns the labels without the metric's name.
func (l Labels) anonymous() Labels {
	if _, ok := l.named[metricName]; !ok {
		return l
	}
	return l.without(metricName)
}
