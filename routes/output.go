package routes

import (
	"cmp"
	"strings"
)

// Output is all that a route needs, as text.
type Output struct {
	// Config is a part of a configuration file, or of Helm values.
	Config string
	// Objects are for kubectl apply.
	Objects string
	// Commands are for a shell, with comments between them.
	Commands string
	// Warnings are what whoever asked must know; the texts have them as comments, too.
	Warnings []string
}

// Part is what is wanted of an output.
type Part string

// The parts.
const (
	All         Part = "all"
	ConfigPart  Part = "config"
	ObjectsPart Part = "objects"
)

// Parts are all of them, the default first.
var Parts = []Part{All, ConfigPart, ObjectsPart}

// Text returns a part; "" where the route has no such part.
func (o Output) Text(part Part) string {
	switch part {
	case ConfigPart:
		return o.Config
	case ObjectsPart:
		return o.Objects
	}
	if o.Commands != "" {
		return o.Commands
	}
	if o.Config == "" || o.Objects == "" {
		return cmp.Or(o.Config, o.Objects)
	}
	return strings.Join([]string{o.Config, o.Objects}, "---\n")
}
