package rules

import (
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
	group  *Group
	number int
	rule   *rulefmt.RuleNode
	node   *ruleNode
	faulty bool
}

// read adds the rule to its group unless it is faulty.
func (r *ruleReader) read() {
	expr, fault := r.expr(&r.rule.Expr)
	if fault.message != "" {
		r.fault(r.exprPosition(expr, fault.offset), fault.message)
		r.errs[len(r.errs)-1].Limit = fault.limit
	}
	r.validate()
	if r.faulty {
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

// validate asks rulefmt for the faults of all fields but the expression, which
// is parsed already and would be parsed a second time.
func (r *ruleReader) validate() {
	rule := *r.rule
	rule.Expr.Value = "1"
	if refusal := r.checkTemplates(); refusal != "" {
		r.fault(r.mark(&r.node.Annotations, r.node.self), refusal)
		r.errs[len(r.errs)-1].Limit = true
		return
	}
	for _, wrapped := range rule.Validate() {
		r.ruleFault(wrapped)
	}
	if name := rule.Record.Value; name != "" && !validRecord(name) {
		r.fault(r.mark(&r.rule.Record), "invalid recording rule name: "+name)
	}
	for name := range rule.Labels {
		if !validLabel(name) {
			r.fault(r.labelPosition(name), "invalid label name: "+name)
		}
	}
	for name := range rule.Annotations {
		if !validLabel(name) {
			r.fault(r.annotationPosition(name), "invalid annotation name: "+name)
		}
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

// fault notes a fault of the rule.
func (r *ruleReader) fault(at source.Position, message string) {
	r.faulty = true
	if at.Line == 0 {
		at = r.mark(r.node.self)
	}
	name := r.rule.Alert.Value
	if name == "" {
		name = r.rule.Record.Value
	}
	r.errs = append(r.errs, Error{
		Position: at, Group: r.group.Name, Rule: r.number, Name: name, Message: message,
	})
}

// namedFault matches the faults that rulefmt finds in a label or an annotation.
var namedFault = regexp.MustCompile(`(?s)^(?:invalid (label|annotation) (name|value): (.*)|(label|annotation) "(.+?)": )`)

// ruleFault places a fault that rulefmt found.
func (r *ruleReader) ruleFault(wrapped rulefmt.WrappedError) {
	message := errors.Unwrap(&wrapped).Error()
	at := r.mark(&r.rule.Record, &r.rule.Alert)
	if strings.HasPrefix(message, "invalid field '") {
		field := strings.TrimPrefix(message, "invalid field '")
		field, _, _ = strings.Cut(field, "'")
		if found, ok := entries(r.node.self)[field]; ok {
			at = r.mark(found.key)
		}
	}
	if m := namedFault.FindStringSubmatch(message); m != nil {
		switch {
		case m[1] == "label" && m[2] == "name":
			at = r.labelPosition(m[3])
		case m[1] == "annotation":
			at = r.annotationPosition(m[3])
		case m[4] == "label":
			at = r.mark(r.node.labels[m[5]].value)
		case m[4] == "annotation":
			at = r.mark(r.node.annotations[m[5]].value)
		}
	}
	r.fault(at, message)
}

func (r *ruleReader) labelPosition(name string) source.Position {
	return r.mark(r.node.labels[name].key)
}

func (r *ruleReader) annotationPosition(name string) source.Position {
	return r.mark(r.node.annotations[name].key)
}

// exprPosition returns where an offset of the expression stands; what is past
// its end is placed behind its last character.
func (r *ruleReader) exprPosition(expr Expr, offset int) source.Position {
	if r.rule.Expr.Line == 0 {
		return r.mark(r.node.self)
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
		static = append(static, StaticLabel{
			Name: name, Value: r.rule.Labels[name],
			Position: r.mark(r.node.labels[name].key), ValuePosition: r.mark(r.node.labels[name].value),
		})
	}
	return static
}
