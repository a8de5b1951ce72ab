// Package answer has the three answers to a question about a series of which only some
// labels are known.
package answer

// Answer says whether a selector matches a series of which only some labels
// are known.
type Answer int

// The three answers.
const (
	// No: whatever the unknown labels are, the series is not selected.
	No Answer = iota
	// Depends on the values of labels that are not known.
	Depends
	// Yes: whatever the unknown labels are, the series is selected.
	Yes
)

// String returns "no", "depends on labels" or "yes".
func (a Answer) String() string {
	return [...]string{No: "no", Depends: "depends on labels", Yes: "yes"}[a]
}
