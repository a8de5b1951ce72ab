// Package answer has the three answers to a question about a series of which only some
// labels are known: yes, no, and that it depends on the others. It asks no questions.
package answer

// Answer says whether something holds for a series of which only some labels are
// known.
type Answer int

// The three answers.
const (
	// No: it does not hold, whatever the unknown labels are.
	No Answer = iota
	// Depends on labels that are not known.
	Depends
	// Yes: it holds, whatever the unknown labels are.
	Yes
)

// String returns "no", "depends on labels" or "yes".
func (a Answer) String() string {
	return [...]string{No: "no", Depends: "depends on labels", Yes: "yes"}[a]
}
