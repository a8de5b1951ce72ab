package patches

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// flags are the words of a container's command line.
type flags []string

func flagsOf(c *corev1.Container) flags {
	return slices.Concat(c.Command, c.Args)
}

// value returns the value of a flag in either form, --name=value or --name
// value, as Prometheus' parser (kingpin) reads them. It takes no flag given twice.
func (f flags) value(name string) (string, bool) {
	for i, word := range f {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value, true
		}
		if word == name && i+1 < len(f) {
			return f[i+1], true
		}
	}
	return "", false
}

// has says whether a flag without a value is set.
func (f flags) has(name string) bool {
	return slices.Contains(f, name)
}
