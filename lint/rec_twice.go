package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/rules"
)

var recTwiceRules = []Rule{
	{
		ID: "REC016", Severity: Error, Concern: Both,
		Title: "no two rules record the same series",
		Why:   "Prometheus, rules/group.go, drops one of two samples of one series at one time, or alternates between the two.",
		check: checkRecordedTwice,
	},
}

// checkRecordedTwice compares the exported rules of one name with each other.
func checkRecordedTwice(c *context) []Finding {
	var findings []Finding
	for _, places := range c.recordsOf {
		if len(places) > 1 {
			findings = append(findings, c.recordedTwice(places)...)
		}
	}
	return findings
}

// recordedTwice compares rules of one name, but only those that have the same value of
// the label that distinguishes most of them: of thousands of rules, all pairs are too
// many.
func (c *context) recordedTwice(places []int) []Finding {
	var findings []Finding
	distinguishing := c.distinguishingLabel(places)
	earlier := map[string][]int{}
	for _, i := range places {
		r := c.records[i]
		if !r.exported() {
			continue
		}
		values := known(r.rule.Labels.Label(distinguishing))
		if values == nil {
			values = []string{""}
		}
		if other, found := c.firstIndistinguishable(r, values, earlier); found {
			findings = append(findings, r.duplicateOf(other))
		}
		for _, value := range values {
			earlier[value] = append(earlier[value], i)
		}
	}
	return findings
}

// distinguishingLabel returns the label with the most different values, among those
// that every one of the rules has; "" if there is none.
func (c *context) distinguishingLabel(places []int) string {
	given, values := map[string]int{}, map[string]map[string]bool{}
	for _, i := range places {
		labels := c.records[i].rule.Labels
		for _, name := range labels.Names() {
			all := known(labels.Label(name))
			if all == nil {
				continue
			}
			if given[name]++; values[name] == nil {
				values[name] = map[string]bool{}
			}
			for _, value := range all {
				values[name][value] = true
			}
		}
	}
	maps.DeleteFunc(given, func(_ string, rules int) bool { return rules < len(places) })
	return slices.MaxFunc(append(slices.Sorted(maps.Keys(given)), ""), func(a, b string) int {
		return cmp.Compare(len(values[a]), len(values[b]))
	})
}

// known returns the values of a label that every series has; nil if there can be
// others.
func known(label rules.Label) []string {
	if label.Presence != rules.Always {
		return nil
	}
	return label.Values
}

// firstIndistinguishable returns the first of the earlier rules with one of some values
// that no label distinguishes from a rule.
func (c *context) firstIndistinguishable(r record, values []string, earlier map[string][]int) (first record, found bool) {
	// A hundred others are enough to compare with.
	const most = 100
	at := len(c.records)
	for _, value := range values {
		for _, j := range earlier[value][:min(len(earlier[value]), most)] {
			other := c.records[j]
			// One file that is mounted twice is SET004's.
			same := other.file.Object.Key == r.file.Object.Key && other.place() == r.place()
			if j < at && !same && !disjoint(r.rule.Labels, other.rule.Labels) {
				at, first, found = j, other, true
				break
			}
		}
	}
	return first, found
}

// duplicateOf is the finding that another rule records the same series.
func (r record) duplicateOf(other record) Finding {
	severity := Warning
	if r.rule.Expr.Text == other.rule.Expr.Text {
		severity = Error
	}
	where := fmt.Sprintf("in line %d of %s", other.rule.Position.Line, other.file.Object.Key)
	if other.file.Object == r.file.Object {
		where = r.rule.Position.Apart(other.rule.Position)
	}
	return r.at("%s is recorded by another rule too, %s, and no label distinguishes the two", quote(r.rule.Record), where).WithFix("give each rule a name of its own").WithSeverity(severity)
}

// disjoint reports whether some label always has different values.
func disjoint(a, b rules.Labels) bool {
	return slices.ContainsFunc(a.Names(), func(name string) bool {
		inA, inB := known(a.Label(name)), known(b.Label(name))
		return inA != nil && inB != nil && !slices.ContainsFunc(inA, func(value string) bool { return slices.Contains(inB, value) })
	})
}
