// Package docs holds the documentation that programs print. It writes none of it: the
// reference pages are made from the tables of the packages that they are about.
package docs

import (
	_ "embed"
	"strings"
)

// Lint is the documentation of all lint rules, in Markdown.
//
//go:embed lint.md
var Lint string

// Rule returns what the documentation says of a lint rule: its section with the
// heading, in Markdown.
func Rule(id string) (string, bool) {
	_, section, found := strings.Cut(Lint, "\n### "+id+": ")
	if !found {
		return "", false
	}
	if end := strings.Index(section, "\n##"); end >= 0 {
		section = section[:end]
	}
	return "### " + id + ": " + strings.TrimSpace(section) + "\n", true
}
