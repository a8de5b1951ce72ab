package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/rulefmt"
	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// ruleReader reads one rule of a group.
type ruleReader struct {
	*fileReader
	group   *Group
	number  int
	rule    *rulefmt.RuleNode
	node    *yaml.Node
	invalid bool
}

// read adds the rule to its group unless it is not valid.
func (r *ruleReader) read() {
	expr, err := r.expr(&r.rule.Expr)
	if err != nil {
		r.report(r.exprPosition(expr, err.offset), err.message).Limit = err.limit
	}
	r.validate()
	if r.invalid {
		return
	}
	if r.rule.Alert.Value != "" {
		r.group.Alerts = append(r.group.Alerts, Alert{
			Group: r.group.Name, Number: r.number,
			Name: r.rule.Alert.Value, Position: r.mark(&r.rule.Alert),
			Expr: expr, Static: r.static(),
		})
		return
	}
	r.group.Rules = append(r.group.Rules, Rule{
		Group: r.group.Name, Number: r.number, Interval: r.group.Interval,
		Record: r.rule.Record.Value, Position: r.mark(&r.rule.Record), Alias: r.rule.Record.Kind == yaml.AliasNode,
		Expr: expr, Static: r.static(),
	})
}

// validate checks all fields but the expression, which is parsed already.
func (r *ruleReader) validate() {
	if refusal := r.checkTemplates(); refusal != "" {
		r.report(r.mark(find(r.node, "annotations").value, r.node), refusal).Limit = true
		return
	}
	r.askRulefmt()
	if name := r.rule.Record.Value; name != "" && !validRecord(name) {
		r.report(r.mark(&r.rule.Record), "invalid recording rule name: "+name)
	}
	for name := range r.rule.Labels {
		if !validLabel(name) {
			r.report(r.labelPosition(name), "invalid label name: "+name)
		}
	}
	for name := range r.rule.Annotations {
		if !validLabel(name) {
			r.report(r.annotationPosition(name), "invalid annotation name: "+name)
		}
	}
}

// askRulefmt reports what rulefmt finds in all fields but the expression, which it would
// parse a second time. In a rule that has nothing else but a name it finds nothing that
// validate does not.
func (r *ruleReader) askRulefmt() {
	given := r.rule
	if given.Record.Value != "" && given.Alert.Value == "" && len(given.Labels)+len(given.Annotations) == 0 && given.For == 0 && given.KeepFiringFor == 0 {
		return
	}
	rule := *given
	rule.Expr.Value = "1"
	for _, wrapped := range rule.Validate() {
		r.reportWrapped(wrapped)
	}
}

// checkTemplates refuses templates that would nest too deep to be parsed.
func (r *ruleReader) checkTemplates() string {
	actions := 0
	for _, templates := range []map[string]string{r.rule.Labels, r.rule.Annotations} {
		for _, text := range templates {
			actions += strings.Count(text, "{{")
		}
	}
	if actions > maxActions {
		return fmt.Sprintf("the rule's templates have %d actions; at most %d are read", actions, maxActions)
	}
	return ""
}

// report adds a diagnostic about the rule, at the rule where the position is not known.
func (r *ruleReader) report(at source.Position, message string) *Diagnostic {
	r.invalid = true
	if at.Line == 0 {
		at = r.mark(r.node)
	}
	d := diagnose(at, "%s", message)
	d.Group, d.Rule, d.Name = r.group.Name, r.number, cmp.Or(r.rule.Alert.Value, r.rule.Record.Value)
	r.diagnostics = append(r.diagnostics, d)
	return &r.diagnostics[len(r.diagnostics)-1]
}

// namedError matches the errors that rulefmt finds in a label or an annotation.
var namedError = regexp.MustCompile(`(?s)^(?:invalid (label|annotation) (name|value): (.*)|(label|annotation) "(.+?)": )`)

// reportWrapped places what rulefmt found.
func (r *ruleReader) reportWrapped(wrapped rulefmt.WrappedError) {
	message := errors.Unwrap(&wrapped).Error()
	at := r.mark(&r.rule.Record, &r.rule.Alert)
	if strings.HasPrefix(message, "invalid field '") {
		field := strings.TrimPrefix(message, "invalid field '")
		field, _, _ = strings.Cut(field, "'")
		if key := find(r.node, field).key; key != nil {
			at = r.mark(key)
		}
	}
	if m := namedError.FindStringSubmatch(message); m != nil {
		switch {
		case m[1] == "label" && m[2] == "name":
			at = r.labelPosition(m[3])
		case m[1] == "annotation":
			at = r.annotationPosition(m[3])
		case m[4] == "label":
			at = r.mark(r.entry("labels", m[5]).value)
		case m[4] == "annotation":
			at = r.mark(r.entry("annotations", m[5]).value)
		}
	}
	r.report(at, message)
}

// entry returns an entry of one of the rule's two maps, labels and annotations.
func (r *ruleReader) entry(field, name string) entry { return find(find(r.node, field).value, name) }

func (r *ruleReader) labelPosition(name string) source.Position {
	return r.mark(r.entry("labels", name).key)
}

func (r *ruleReader) annotationPosition(name string) source.Position {
	return r.mark(r.entry("annotations", name).key)
}

// exprPosition returns where an offset of the expression stands; what is past
// its end is placed behind its last character.
func (r *ruleReader) exprPosition(expr Expr, offset int) source.Position {
	if r.rule.Expr.Line == 0 {
		return r.mark(r.node)
	}
	end := strings.TrimRight(expr.Text, " \t\r\n")
	if offset < len(end) || end == "" {
		return expr.At(offset)
	}
	last := expr.At(len(end) - 1)
	return source.Position{Line: last.Line, Column: last.Column + 1}
}

// static returns what the rule's labels: field sets.
func (r *ruleReader) static() []StaticLabel {
	if len(r.rule.Labels) == 0 {
		return nil
	}
	static := make([]StaticLabel, 0, len(r.rule.Labels))
	for _, name := range slices.Sorted(maps.Keys(r.rule.Labels)) {
		at := r.entry("labels", name)
		static = append(static, StaticLabel{
			Name: name, Value: r.rule.Labels[name],
			Position: r.mark(at.key), ValuePosition: r.mark(at.value),
		})
	}
	return static
}
