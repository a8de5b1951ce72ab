package rules

import (
	"cmp"
	"fmt"
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
	named []namedLabel // sorted by name; shared by copies, so that nobody changes it
	rest  Label
}

type namedLabel struct {
	name  string
	label Label
}

// everyLabel is what a bare selector yields: whatever the series carry.
func everyLabel() Labels {
	return Labels{rest: Label{Presence: IfPresent}}
}

// Label returns what is known of the label called name.
func (l Labels) Label(name string) Label {
	if i, found := l.find(name); found {
		return l.named[i].label
	}
	if name == metricName {
		return Label{}
	}
	return l.rest
}

// find returns the place of a label among those with a name, or the one where it would be.
func (l Labels) find(name string) (place int, found bool) {
	return slices.BinarySearchFunc(l.named, name, func(n namedLabel, name string) int { return cmp.Compare(n.name, name) })
}

// Names returns the names of all labels that are known to be possible, sorted.
func (l Labels) Names() []string {
	names := make([]string, 0, len(l.named))
	for _, n := range l.named {
		if n.label.Presence != Absent {
			names = append(names, n.name)
		}
	}
	return names
}

// String writes what is known of the labels, those with a name first.
func (l Labels) String() string {
	var b strings.Builder
	for _, n := range l.named {
		fmt.Fprintf(&b, "%s: %s; ", n.name, n.label)
	}
	return b.String() + "others: " + l.rest.String()
}

// with returns the labels with one of them replaced.
func (l Labels) with(name string, label Label) Labels {
	return l.replaced([]string{name}, func(string) Label { return label })
}

// replaced returns the labels with some of them replaced by what a function says of them.
func (l Labels) replaced(names []string, of func(name string) Label) Labels {
	return l.merged(names, func(name string) (Label, bool) { return of(name), true })
}

// without returns the labels with some of them missing.
func (l Labels) without(names ...string) Labels {
	return l.merged(names, func(name string) (Label, bool) {
		return Label{}, l.rest.Presence != Absent && name != metricName
	})
}

// merged returns the labels with some of them replaced by what a function says of them, or
// left out.
func (l Labels) merged(names []string, of func(name string) (label Label, named bool)) Labels {
	out := Labels{named: make([]namedLabel, 0, len(l.named)+len(names)), rest: l.rest}
	rest := l.named
	for _, name := range inOrder(names) {
		before, found := (Labels{named: rest}).find(name)
		out.named = append(out.named, rest[:before]...)
		if rest = rest[before:]; found {
			rest = rest[1:]
		}
		if label, named := of(name); named {
			out.named = append(out.named, namedLabel{name, label})
		}
	}
	out.named = append(out.named, rest...)
	return out
}

// inOrder sorts names and drops duplicates.
func inOrder(names []string) []string {
	if len(names) < 2 {
		return names
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// only returns the labels with all but some of them missing.
func (l Labels) only(names ...string) Labels {
	named := make([]namedLabel, 0, len(names))
	for _, name := range inOrder(names) {
		if label := l.Label(name); label.Presence != Absent {
			named = append(named, namedLabel{name, label})
		}
	}
	return Labels{named: named}
}

// anonymous returns the labels without the metric's name.
func (l Labels) anonymous() Labels {
	if _, found := l.find(metricName); !found {
		return l
	}
	return l.without(metricName)
}
