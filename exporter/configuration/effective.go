package configuration

import (
	_ "embed" // for the built-in configuration
	"sync"
)

// DefaultInclude selects the metrics of recording rules that are named as Linkerd's
// documentation names them. It applies where no selector is given.
const DefaultInclude = `{__name__=~"linkerd_job:.+"}`

// BuiltIn is the text of the file that applies where neither a selector nor a file is given.
//
//go:embed builtin.yml
var BuiltIn string

// A Case says which configuration applies.
type Case string

// The cases.
const (
	BuiltInApplies Case = "built-in"
	IncludeApplies Case = "include"
	FileApplies    Case = "file"
	BothApply      Case = "both"
)

var caseWords = map[Case]string{
	BuiltInApplies: "the built-in configuration: no --include is given, and no configuration file",
	IncludeApplies: "what --include selects: there is no configuration file",
	FileApplies:    "the configuration file, and what " + DefaultInclude + " selects: no --include is given",
	BothApply:      "the configuration file, and what --include selects",
}

// Words says the same to people.
func (c Case) Words() string { return caseWords[c] }

// An Effect is the configuration that applies, and why.
type Effect struct {
	Case    Case
	Include []Selector
	// File is never nil, and nobody may change it.
	File *File
}

// Effective returns what applies where these selectors and this file are given. A file that
// is nil is not there, which is the same as one that has nothing in it.
func Effective(include []Selector, file *File) Effect {
	none := file == nil || file.Empty()
	switch {
	case len(include) == 0 && none:
		return Effect{BuiltInApplies, defaultInclude(), builtIn()}
	case none:
		return Effect{IncludeApplies, include, &File{}}
	case len(include) == 0:
		return Effect{FileApplies, defaultInclude(), file}
	}
	return Effect{BothApply, include, file}
}

// Both texts are our own, and tests read them.
var (
	builtIn = sync.OnceValue(func() *File {
		file, _ := ParseFile([]byte(BuiltIn))
		return file
	})
	defaultInclude = sync.OnceValue(func() []Selector {
		selector, _ := ParseSelector(DefaultInclude)
		return []Selector{selector}
	})
)
