package stackdriver

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
)

// The flags with which a sidecar is told what to select
// (stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go).
const (
	IncludeFlag = "--include"
	// FilterFlag is deprecated: all of them together are one more selector.
	FilterFlag = "--filter"
)

// switches are the flags that take no value. Each has a twin that begins with
// --no- and sets it to false.
var switches = []string{"--stackdriver.use-restricted-ips", "--stackdriver.use-gke-resource", "--web.enable-statusz"}

// A GivenFlag is a flag on a container's command line, and where its value stands.
type GivenFlag struct {
	// Name is the flag with its dashes.
	Name  string
	Value string
	// Field is the word with the value, as a path in the container: args[3].
	Field string
	// Column is where the value begins in that word, counted in characters from 1.
	Column int
}

// GivenFlags returns the flags of a sidecar's container in their order, in either
// form, --name=value or --name value. What a shell is to run is not looked into.
func GivenFlags(c *corev1.Container) []GivenFlag {
	type word struct{ text, field string }
	var words []word
	for i, text := range c.Command {
		words = append(words, word{text, fmt.Sprintf("command[%d]", i)})
	}
	for i, text := range c.Args {
		words = append(words, word{text, fmt.Sprintf("args[%d]", i)})
	}
	var flags []GivenFlag
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i].text, "--") {
			continue
		}
		name, value, joined := strings.Cut(words[i].text, "=")
		switch {
		case joined:
			flags = append(flags, GivenFlag{name, value, words[i].field, utf8.RuneCountInString(name) + 2})
		case slices.Contains(switches, strings.Replace(name, "--no-", "--", 1)) || i+1 == len(words):
			flags = append(flags, GivenFlag{name, "", words[i].field, 1})
		default:
			i++
			flags = append(flags, GivenFlag{name, words[i].text, words[i].field, 1})
		}
	}
	return flags
}
