package source

// A Diagnostic is one thing that is wrong with a text, or that the program which reads
// the text ignores silently. The packages that know a program return them; package lint
// turns them into findings.
type Diagnostic struct {
	// Code is the id of the rule that is broken, such as CFG002: a row of lint.Rules.
	Code string
	// Range is where in the text it is. Its end equals its start where nobody knows how
	// far it reaches; it is zero where something is missing that stands nowhere.
	Range Range
	// Message says what is wrong, and names the value.
	Message string
	// Fix says what to do; it is empty where the message does, or where nobody can know.
	Fix string
}
