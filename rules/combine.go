package rules

import (
	"cmp"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
)

// either returns what holds for a result that has the series of both a and b.
func either(a, b Labels) Labels {
	return combine(a, b, eitherLabel)
}

// combine applies f to each label that a or b names, and to the rest.
func combine(a, b Labels, f func(a, b Label) Label) Labels {
	named := make([]namedLabel, 0, len(a.named)+len(b.named))
	for i, j := 0, 0; i < len(a.named) || j < len(b.named); {
		var name string
		switch {
		case i == len(a.named):
			name = b.named[j].name
		case j == len(b.named):
			name = a.named[i].name
		default:
			name = min(a.named[i].name, b.named[j].name)
		}
		named = append(named, namedLabel{name, f(a.Label(name), b.Label(name))})
		if i < len(a.named) && a.named[i].name == name {
			i++
		}
		if j < len(b.named) && b.named[j].name == name {
			j++
		}
	}
	return Labels{named: named, rest: f(a.rest, b.rest)}
}

// eitherLabel returns what holds for a label of which one of two statements
// is true.
func eitherLabel(a, b Label) Label {
	switch {
	case a.Presence == Absent && b.Presence == Absent:
		return Label{}
	case a.Presence == Absent:
		return Label{Presence: Sometimes, Change: b.Change, Values: b.Values}
	case b.Presence == Absent:
		return Label{Presence: Sometimes, Change: a.Change, Values: a.Values}
	}
	label := Label{Presence: min(a.Presence, b.Presence), Change: max(a.Change, b.Change)}
	if a.Change != b.Change && label.Change == Constant {
		label.Change = Altered
	}
	if a.Values != nil && b.Values != nil {
		label.Values = valueSet(slices.Concat(a.Values, b.Values))
	}
	return label
}

// equalLabel returns what holds for a label of the first operand that a match
// requires to be equal to the second operand's.
func equalLabel(a, b Label) Label {
	label := Label{Change: a.Change, Values: a.Values}
	switch {
	case a.Presence == Absent || b.Presence == Absent:
		return Label{}
	case a.Presence == Always || b.Presence == Always:
		label.Presence = Always
	default:
		label.Presence = min(a.Presence, b.Presence)
	}
	switch {
	case a.Values == nil:
		label.Values = b.Values
	case b.Values != nil:
		label.Values = slices.DeleteFunc(slices.Clone(a.Values), func(v string) bool { return !slices.Contains(b.Values, v) })
	}
	return label
}

// valueSet sorts values and drops duplicates; of too many nothing is known.
func valueSet(values []string) []string {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) > maxValues {
		return nil
	}
	return values
}

// selected returns what matchers say of the labels of the series they select.
func selected(matchers []*labels.Matcher) Labels {
	rest := Label{Presence: IfPresent}
	named := make([]namedLabel, 1, len(matchers)+1)
	named[0] = namedLabel{metricName, Label{Presence: Always}}
	for _, m := range matchers {
		if m != nil {
			named = append(named, namedLabel{m.Name, matched(m)})
		}
	}
	slices.SortStableFunc(named, func(a, b namedLabel) int { return cmp.Compare(a.name, b.name) })
	l := Labels{named: named[:0], rest: rest}
	for _, n := range named {
		last := len(l.named) - 1
		switch {
		case last >= 0 && l.named[last].name == n.name:
			l.named[last].label = equalLabel(l.named[last].label, n.label)
		case n.name == metricName: // the first of that name
			l.named = append(l.named, n)
		default:
			l.named = append(l.named, namedLabel{n.name, equalLabel(rest, n.label)})
		}
	}
	return l
}

// matched returns what one matcher says of its label.
func matched(m *labels.Matcher) Label {
	label := Label{Presence: IfPresent}
	switch m.Type {
	case labels.MatchEqual:
		label.Values = []string{m.Value}
	case labels.MatchRegexp:
		label.Values = valueSet(slices.Clone(m.SetMatches()))
		if len(label.Values) == 0 {
			label.Values = nil
		}
	}
	if !m.Matches("") {
		label.Presence = Always
	}
	if label.Values != nil {
		label.Values = slices.DeleteFunc(label.Values, func(v string) bool { return v == "" })
		if len(label.Values) == 0 {
			return Label{}
		}
	}
	return label
}
