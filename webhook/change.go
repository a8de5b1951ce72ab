package webhook

import (
	"cmp"
	"regexp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// change is the configuration of a namespace before and after somebody changes an
// object of it.
type change struct {
	// configMap is the name of the changed ConfigMap, "" where it is the namespace.
	configMap string
	// was is the zero Input where the sidecar was not asked for.
	was, now         lint.Input
	wereFiles, files configMaps
}

// judge compares both. An error that was there before, or that a changed ConfigMap
// brings to light in another object, is a warning: two ConfigMaps that must agree
// can't be changed at once, so that one of them has to come first.
func (c change) judge() Decision {
	findings, missing := check(c.now, c.files)
	before, _ := check(c.was, c.wereFiles)
	known := map[string]int{}
	for _, f := range before {
		known[identity(f)]++
	}
	d := Decision{Outcome: Accepted}
	var stale []string
	for _, f := range findings {
		switch {
		case f.Severity != lint.Error:
		case known[identity(f)] > 0:
			known[identity(f)]--
			stale = append(stale, "still wrong: "+f.String())
			d.Reason = cmp.Or(d.Reason, NoWorse)
		case c.elsewhere(f):
			stale = append(stale, "wrong with this change: "+f.String())
			d.Reason = Inconsistent
		default:
			d.Problems = append(d.Problems, f.String())
		}
	}
	d.Warnings = append(stale, append(missing, sentences(findings, lint.Warning)...)...)
	if len(d.Problems) == 0 {
		d.Reason = cmp.Or(d.Reason, Valid)
		return d
	}
	reason := InvalidConfiguration
	if c.configMap == "" {
		reason = InvalidSettings
	}
	return d.rejected(c.now.Settings, reason, d.Problems)
}

// elsewhere reports whether a finding is about an object other than the changed
// ConfigMap. Whoever changes the namespace answers for all of it.
func (c change) elsewhere(f lint.Finding) bool {
	return c.configMap != "" && f.Object.Name != c.configMap
}

// check lints what is at hand. A ConfigMap that does not exist may be on its way:
// nothing is judged by it, and that it is missing is no error yet.
func check(in lint.Input, files configMaps) (findings []lint.Finding, missing []string) {
	files.addTo(&in, in.Namespace.Name)
	var absent lint.Input
	var present []lint.Missing
	for _, m := range in.Missing {
		if m.Keys == nil {
			absent.Missing = append(absent.Missing, m)
		} else {
			present = append(present, m)
		}
	}
	in.Missing = present
	return lint.Check(in), sentences(lint.Check(absent), lint.Error)
}

var lineNumber = regexp.MustCompile(`\bline \d+`)

// identity is what a finding keeps when lines are inserted above it.
func identity(f lint.Finding) string {
	return f.Rule + "\n" + f.Object.Kind + "\n" + f.Object.Name + "\n" + f.Object.Key + "\n" + lineNumber.ReplaceAllString(f.Message, "line")
}
