package inject

import (
	"cmp"
	"regexp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// change is what a namespace's pods are made from, before and after somebody changes
// one object of it.
type change struct {
	// configMap is the name of the changed ConfigMap, "" where it is the namespace.
	configMap string
	// before is the zero state where the sidecar was not asked for.
	before, after state
}

// state is a namespace's annotations and the ConfigMaps that they name at one time.
type state struct {
	input lint.Input
	files configMaps
}

// compare decides by what is wrong before and after the change. An error that was
// there before, or that a changed ConfigMap causes in another object, is a warning:
// two ConfigMaps that must agree cannot be changed at once, so one has to come first.
func (c change) compare() Decision {
	before, _ := c.before.check()
	after, missing := c.after.check()
	return c.decide(before, after, missing)
}

// compareAnnotations decides about annotations that do not ask for the sidecar. An
// unknown key may be the reason why they don't, and so blocks; everything else that
// is wrong needs no fix until they ask for it.
func (c change) compareAnnotations() Decision {
	d := c.decide(onlyUnknownKeys(c.before.input), onlyUnknownKeys(c.after.input), nil)
	if d.Outcome == Accepted {
		d.Outcome, d.Reason = Skipped, NotAnnotated
	}
	return d
}

// onlyUnknownKeys checks annotations. Of the errors, only unknown keys stay errors;
// the others become warnings.
func onlyUnknownKeys(in lint.Input) lint.Result {
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

func (c change) decide(before, after lint.Result, missing []string) Decision {
	d := Decision{Outcome: Accepted}
	var tolerated []string
	added := newErrors(before.Findings, after.Findings)
	readable := newlyReadable(before, after)
	for _, f := range after.Findings {
		switch {
		case f.Severity != lint.Error:
		case !added[f]:
			tolerated = append(tolerated, "still wrong: "+f.String())
			d.Reason = cmp.Or(d.Reason, NoWorse)
		case readable[f.Object]:
			tolerated = append(tolerated, "wrong before, and seen only now: "+f.String())
			d.Reason = cmp.Or(d.Reason, NoWorse)
		case c.inAnotherObject(f):
			tolerated = append(tolerated, "wrong with this change: "+f.String())
			d.Reason = Inconsistent
		default:
			d.Problems = append(d.Problems, f.String())
		}
	}
	d.Warnings = append(tolerated, append(missing, sentences(after.Findings, lint.Warning)...)...)
	if len(d.Problems) == 0 {
		d.Reason = cmp.Or(d.Reason, Valid)
		return d
	}
	reason := InvalidConfiguration
	if c.configMap == "" {
		reason = InvalidSettings
	}
	return d.rejected(c.after.input.Settings, reason, d.Problems)
}

// newErrors returns the errors that make a text worse: those that it did not have
// before, as far as more of them than before break the same rule. To replace one error
// by another is not worse: whoever removes two of twelve labels still has too many.
func newErrors(before, after []lint.Finding) map[lint.Finding]bool {
	had, hadOfRule := map[string]int{}, map[lint.Finding]int{}
	for _, f := range before {
		if f.Severity == lint.Error {
			had[identity(f)]++
			hadOfRule[ruleOf(f)]++
		}
	}
	var others []lint.Finding
	for _, f := range after {
		switch id := identity(f); {
		case f.Severity != lint.Error:
		case had[id] > 0:
			had[id]--
			hadOfRule[ruleOf(f)]--
		default:
			others = append(others, f)
		}
	}
	added := map[lint.Finding]bool{}
	for _, f := range others {
		if hadOfRule[ruleOf(f)]--; hadOfRule[ruleOf(f)] < 0 {
			added[f] = true
		}
	}
	return added
}

// newlyReadable returns the objects whose text could not be read before and now can:
// nobody could see what else was wrong with it.
func newlyReadable(before, after lint.Result) map[lint.Object]bool {
	readable := map[lint.Object]bool{}
	for _, object := range before.Unreadable {
		readable[object] = true
	}
	for _, object := range after.Unreadable {
		delete(readable, object)
	}
	return readable
}

// inAnotherObject reports whether a finding is about an object other than the changed
// ConfigMap. Whoever changes the namespace is responsible for all of it.
func (c change) inAnotherObject(f lint.Finding) bool {
	return c.configMap != "" && f.Object.Name != c.configMap
}

// check lints what exists. A ConfigMap that does not exist may come next: nothing is
// checked against it, and that it is missing is not an error yet.
func (s state) check() (result lint.Result, missing []string) {
	in := s.input
	s.files.addTo(&in, in.Namespace.Name)
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

// identity is the part of a finding that stays the same when lines are inserted above.
func identity(f lint.Finding) string {
	return f.Rule + "\n" + f.Object.Kind + "\n" + f.Object.Name + "\n" + f.Object.Key + "\n" + lineNumber.ReplaceAllString(f.Message, "line")
}

// ruleOf is the same for all findings that break one rule in one text.
func ruleOf(f lint.Finding) lint.Finding { return lint.Finding{Rule: f.Rule, Object: f.Object} }
