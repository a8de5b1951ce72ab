package podspec

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
)

// A Flag is a flag on a container's command line, and where its value stands.
type Flag struct {
	// Name is the flag with its dashes.
	Name string
	// Value is empty for a flag that is given without one.
	Value string
	// Field is the word with the value, as a path in the container: args[3].
	Field string
	// Column is where the value begins in that word, counted in characters from 1.
	Column int
}

// Flags are the flags of a container in their order.
type Flags []Flag

// ReadFlags reads the flags of a container from its command and args, in either form,
// --name=value or --name value. A word that begins with a dash is never the value of the
// flag before it (kingpin, with which Prometheus and the sidecar read theirs, takes it for
// a flag). What a shell is to run is not looked into.
func ReadFlags(c *corev1.Container) Flags {
	type word struct{ text, field string }
	var words []word
	for i, text := range c.Command {
		words = append(words, word{text, "command[" + strconv.Itoa(i) + "]"})
	}
	for i, text := range c.Args {
		words = append(words, word{text, "args[" + strconv.Itoa(i) + "]"})
	}
	var flags Flags
	for i, w := range words {
		if !strings.HasPrefix(w.text, "--") {
			continue
		}
		name, value, joined := strings.Cut(w.text, "=")
		switch {
		case joined:
			flags = append(flags, Flag{name, value, w.field, utf8.RuneCountInString(name) + 2})
		case i+1 < len(words) && !strings.HasPrefix(words[i+1].text, "-"):
			flags = append(flags, Flag{name, words[i+1].text, words[i+1].field, 1})
		default:
			flags = append(flags, Flag{name, "", w.field, 1})
		}
	}
	return flags
}

// Find returns the first flag of a name.
func (f Flags) Find(name string) (Flag, bool) {
	i := slices.IndexFunc(f, func(flag Flag) bool { return flag.Name == name })
	if i < 0 {
		return Flag{}, false
	}
	return f[i], true
}

// Value returns the value of the first flag of a name, "" where it is not given.
func (f Flags) Value(name string) string {
	flag, _ := f.Find(name)
	return flag.Value
}
