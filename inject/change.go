package inject

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
	now, missing := check(c.now, c.files)
	was, _ := check(c.was, c.wereFiles)
	return c.weigh(was, now, missing)
}

// judgeUnasked compares annotations that ask for no sidecar. A word that nobody reads
// may be why they don't; whatever else is wrong has time until they do.
func (c change) judgeUnasked() Decision {
	d := c.weigh(wordsAlone(c.was), wordsAlone(c.now), nil)
	if d.Outcome == Accepted {
		d.Outcome, d.Reason = Skipped, NotAnnotated
	}
	return d
}

// wordsAlone returns the errors, as warnings but for annotations that nobody reads.
func wordsAlone(in lint.Input) lint.Result {
	var errs []lint.Finding
	for _, f := range lint.Check(in).Findings {
		if f.Severity != lint.Error {
			continue
		}
		if f.Rule != lint.UnknownAnnotation {
			f.Severity = lint.Warning
		}
		errs = append(errs, f)
	}
	return lint.Result{Findings: errs}
}

// weigh decides by what is found before and after the change.
func (c change) weigh(was, now lint.Result, missing []string) Decision {
	d := Decision{Outcome: Accepted}
	var stale []string
	fresh := errorsBeyond(was.Findings, now.Findings)
	hidden := broughtToLight(was, now)
	for _, f := range now.Findings {
		switch {
		case f.Severity != lint.Error:
		case !fresh[f]:
			stale = append(stale, "still wrong: "+f.String())
			d.Reason = cmp.Or(d.Reason, NoWorse)
		case hidden[f.Object]:
			stale = append(stale, "wrong before, and seen only now: "+f.String())
			d.Reason = cmp.Or(d.Reason, NoWorse)
		case c.elsewhere(f):
			stale = append(stale, "wrong with this change: "+f.String())
			d.Reason = Inconsistent
		default:
			d.Problems = append(d.Problems, f.String())
		}
	}
	d.Warnings = append(stale, append(missing, sentences(now.Findings, lint.Warning)...)...)
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

// errorsBeyond returns the errors that make a text worse: those that it has not had
// before, as far as there are more than before that break the same rule. One error
// for another is no worse: whoever takes two of twelve labels away still has too many.
func errorsBeyond(before, now []lint.Finding) map[lint.Finding]bool {
	had, hadOfRule := map[string]int{}, map[lint.Finding]int{}
	for _, f := range before {
		if f.Severity == lint.Error {
			had[identity(f)]++
			hadOfRule[ruleOf(f)]++
		}
	}
	var others []lint.Finding
	for _, f := range now {
		switch id := identity(f); {
		case f.Severity != lint.Error:
		case had[id] > 0:
			had[id]--
			hadOfRule[ruleOf(f)]--
		default:
			others = append(others, f)
		}
	}
	beyond := map[lint.Finding]bool{}
	for _, f := range others {
		if hadOfRule[ruleOf(f)]--; hadOfRule[ruleOf(f)] < 0 {
			beyond[f] = true
		}
	}
	return beyond
}

// broughtToLight returns the objects whose text could not be read before and now
// can: whatever else is wrong with it was hidden.
func broughtToLight(was, now lint.Result) map[lint.Object]bool {
	hidden := map[lint.Object]bool{}
	for _, object := range was.Unreadable {
		hidden[object] = true
	}
	for _, object := range now.Unreadable {
		delete(hidden, object)
	}
	return hidden
}

// elsewhere reports whether a finding is about an object other than the changed
// ConfigMap. Whoever changes the namespace answers for all of it.
func (c change) elsewhere(f lint.Finding) bool {
	return c.configMap != "" && f.Object.Name != c.configMap
}

// check lints what is at hand. A ConfigMap that does not exist may be on its way:
// nothing is judged by it, and that it is missing is no error yet.
func check(in lint.Input, files configMaps) (result lint.Result, missing []string) {
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
	return lint.Check(in), sentences(lint.Check(absent).Findings, lint.Error)
}

var lineNumber = regexp.MustCompile(`\bline \d+`)

// identity is what a finding keeps when lines are inserted above it.
func identity(f lint.Finding) string {
	return f.Rule + "\n" + f.Object.Kind + "\n" + f.Object.Name + "\n" + f.Object.Key + "\n" + lineNumber.ReplaceAllString(f.Message, "line")
}

// ruleOf is what findings have in common that break one rule in one text.
func ruleOf(f lint.Finding) lint.Finding { return lint.Finding{Rule: f.Rule, Object: f.Object} }
