package podspec

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// commandLine are the words of a container's command line.
type commandLine []string

func commandLineOf(c *corev1.Container) commandLine {
	return slices.Concat(c.Command, c.Args)
}

// value returns the value of a flag in either form, --name=value or --name
// value, as Prometheus' parser (kingpin) reads them. It takes no flag given twice.
func (l commandLine) value(name string) (string, bool) {
	for i, word := range l {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value, true
		}
		if word == name && i+1 < len(l) {
			return l[i+1], true
		}
	}
	return "", false
}

// has says whether a flag without a value is set.
func (l commandLine) has(name string) bool {
	return slices.Contains(l, name)
}
