package lint

import (
	"cmp"
	"slices"
	"strings"
)

// Rule is one row of the table of rules.
type Rule struct {
	// ID is the rule's name for users, such as REN005. It never changes.
	ID string
	// Severity is the gravest that its findings have.
	Severity Severity
	// Title says in half a sentence what is checked.
	Title string
	// Why says what happens otherwise, and which program in which of its files
	// sees to that.
	Why string
	// Undecidable says why no file can tell. Such a rule has no check; it stands in
	// the table because users meet what it describes.
	Undecidable string

	// check finds what breaks the rule.
	check func(*context) []Finding
	// from says who else finds it, or finds it where the rule has no check.
	from origin
}

// sections are the prefixes of the ids, in the order of the documentation.
var sections = []string{"SET", "SEL", "REN", "MET", "REC", "AGG", "CFG", "POD"}

// Rules is the table of all rules, in the order of their ids. The rows of SEL005 are
// in sel*.go, and so on.
var Rules = slices.SortedFunc(slices.Values(slices.Concat(
	setRules,
	selSyntaxRules, selAnchorsRules, selMatchesRules, selUnionRules,
	renRules, renCollisionsRules, renNamesRules,
	metRules,
	recFilesRules, recTargetsRules, recLabelsRules, recTypesRules, recQuantilesRules, recCountersRules, recTimingRules, recTwiceRules,
	aggRules,
	cfgFileRules, cfgFlagsRules, cfgLogRules, cfgAddressRules,
	podAccessRules, podSecurityRules, podImageRules, podFilesRules, podContainerRules,
)), func(a, b Rule) int {
	return cmp.Or(cmp.Compare(section(a), section(b)), cmp.Compare(a.ID, b.ID))
})

func section(r Rule) int {
	return slices.IndexFunc(sections, func(prefix string) bool { return strings.HasPrefix(r.ID, prefix) })
}

// Find returns the rule with an id.
func Find(id string) (Rule, bool) {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return Rules[i], true
}
