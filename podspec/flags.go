package podspec

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A Flag is a flag on a command line.
type Flag struct {
	// Name is the flag with its dashes.
	Name string
	// At is where the flag stands.
	At Place
	// Value is empty, at the place of the flag, for a flag that is given without one.
	Value Word
}

// Flags are the flags of a command line in their order.
type Flags []Flag

// ReadFlags reads the flags of a container from its command and args, in either form,
// --name=value or --name value. A word that begins with a dash is never the value of the
// flag before it (kingpin, with which Prometheus and the sidecar read theirs, takes it for
// a flag). What a shell is to run is not looked into.
func ReadFlags(c *corev1.Container) Flags { return flagsOf(Args(c)) }

// flagsOf reads flags of which it is not known whether they have a value.
func flagsOf(words []Word) Flags {
	var flags Flags
	for i, w := range words {
		if !isLongFlag(w.Text) {
			continue
		}
		flag := Flag{Name: w.Text, At: w.Place, Value: Word{Place: w.Place}}
		name, _, joined := strings.Cut(w.Text, "=")
		switch {
		case joined:
			flag.Name, flag.Value = name, w.From(len(name)+1)
		case i+1 < len(words) && !strings.HasPrefix(words[i+1].Text, "-"):
			flag.Value = words[i+1]
		}
		flags = append(flags, flag)
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
	return flag.Value.Text
}
