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
	// Severity is the highest that its findings have.
	Severity Severity
	// Title says in half a sentence what must be true.
	Title string
	// Why says what happens otherwise, because of which program, and where in its source.
	Why string
	// Concern says which sidecar the rule is about.
	Concern Concern
	// Exporter says what gcm-exporter does, in half a sentence without its subject: why the
	// rule cannot be broken with it, or what is judged in another way; "" where nothing is.
	Exporter string
	// ExporterWhy is Why with gcm-exporter; "" where Why holds for both.
	ExporterWhy string
	// Undecidable says why the files do not show whether the rule is broken. Such a rule
	// has no check; it is in the table because users meet what it describes.
	Undecidable string

	// check finds what breaks the rule.
	check func(*context) []Finding
	// from says which package finds it, too, or finds it if the rule has no check.
	from origin
}

// Concern says which of the two sidecars a rule is about.
type Concern string

const (
	// Both is a rule that is checked whichever sidecar runs.
	Both Concern = "both"
	// GoogleOnly is a rule about Google's sidecar that says nothing about gcm-exporter.
	GoogleOnly Concern = "Google's only"
	// Impossible is a rule against a loss that gcm-exporter has made impossible.
	Impossible Concern = "impossible with gcm-exporter"
	// ExporterOnly is a rule about gcm-exporter alone.
	ExporterOnly Concern = "gcm-exporter only"
)

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
	aggRules, aggSumsRules,
	cfgFileRules, cfgFlagsRules, cfgLogRules, cfgAddressRules, cfgLocationRules, cfgDestinationRules, cfgManagedRules, cfgLimitsRules, cfgCommandRules,
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
