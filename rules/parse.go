package rules

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"

	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Parse reads a rules file as Prometheus 2.55.1 does. Diagnostics are returned where
// Prometheus refuses the file, and where the file is beyond what this package reads (see
// MaxSize); they are sorted by place. The file holds whatever rules are valid all the
// same; it is nil if the text is not a rules file at all.
func Parse(text []byte) (file *File, diagnostics []Diagnostic) {
	if diagnostics := checkText(text); len(diagnostics) > 0 {
		return nil, diagnostics
	}
	defer func() {
		// Neither parser panics on any input known; should one do so, that is the
		// file's diagnostic here, not the end of the process.
		if panicked := recover(); panicked != nil {
			file, diagnostics = nil, []Diagnostic{limit(source.Position{}, "the parser failed: %v", panicked)}
		}
	}()
	s := source.New(text)
	d, diagnostics := decode(s)
	if len(diagnostics) > 0 {
		return nil, sorted(diagnostics)
	}
	r := &fileReader{source: s, budget: newBudget(), names: map[string]bool{}, file: File{Ignored: d.ignored, Separator: d.separator}}
	for i := range d.groups {
		r.readGroup(&d.groups[i], d.nodes[i])
		// The nodes take several times the memory of what is made of them.
		d.groups[i], d.nodes[i] = rulefmt.RuleGroup{}, nil
		if r.full() {
			r.diagnostics = append(r.diagnostics, limit(source.Position{Line: s.Lines()},
				"%d errors found; the rest of the file was not read", len(r.diagnostics)))
			break
		}
	}
	analyse(r.file.Rules())
	return &r.file, sorted(r.diagnostics)
}

// decoded is a rules file as rulefmt.Parse decodes it, and the places of what
// it decodes, node by node.
type decoded struct {
	groups []rulefmt.RuleGroup
	nodes  []*yaml.Node
	// ignored is where a second document begins, and separator what is before it.
	ignored, separator source.Position
}

// decode decodes the text to nodes, which have places and whose number and depth can be
// checked, and from these strictly into the rules.
func decode(s *source.Text) (decoded, []Diagnostic) {
	var document yaml.Node
	if err := yaml.Unmarshal(s.Bytes(), &document); err != nil {
		return decoded{}, fromYAML(s, err)
	}
	if document.IsZero() {
		return decoded{}, nil // an empty file has no groups, and nothing is wrong with it
	}
	if node, refusal := checkTree(&document, 0); refusal != "" {
		return decoded{}, []Diagnostic{limit(s.Mark(node.Line, node.Column), "%s", refusal)}
	}
	groups, err := decodeGroups(s, &document)
	if err != nil {
		return decoded{}, fromDecoder(s, &document, err)
	}
	d := decoded{groups: groups, nodes: items(find(document.Content[0], "groups").value, len(groups))}
	d.ignored, d.separator = nextDocument(s)
	return d, nil
}

// decodeGroups decodes the groups strictly. The decoder refuses unknown fields in a text
// only, not in the nodes that it has made of it. So the text is decoded a second time, but
// only where the nodes don't show that there is no such field.
func decodeGroups(s *source.Text, document *yaml.Node) ([]rulefmt.RuleGroup, error) {
	if onlyKnownFields(document) {
		var groups rulefmt.RuleGroups
		err := document.Decode(&groups)
		return groups.Groups, err
	}
	var groups rulefmt.RuleGroups
	decoder := yaml.NewDecoder(bytes.NewReader(s.Bytes()))
	decoder.KnownFields(true)
	err := decoder.Decode(&groups)
	return groups.Groups, err
}

// fileReader turns what rulefmt decoded into a File.
type fileReader struct {
	source *source.Text
	budget *budget
	names  map[string]bool // of groups
	file   File

	diagnostics []Diagnostic
}

// readGroup adds a group. The two errors of groups are those of
// RuleGroups.Validate in rulefmt, which cannot be called for a group alone.
func (r *fileReader) readGroup(group *rulefmt.RuleGroup, self *yaml.Node) {
	name := r.mark(find(self, "name").value, self)
	if group.Name == "" {
		r.diagnostics = append(r.diagnostics, diagnose(r.mark(self), "Groupname must not be empty"))
	}
	if r.names[group.Name] {
		repeated := diagnose(name, "groupname: %q is repeated in the same file", group.Name)
		repeated.Group = group.Name
		r.diagnostics = append(r.diagnostics, repeated)
	}
	r.names[group.Name] = true
	g := Group{
		Name:             group.Name,
		Position:         name,
		Interval:         time.Duration(group.Interval),
		IntervalPosition: r.mark(find(self, "interval").value),
		Limit:            group.Limit,
	}
	if group.QueryOffset != nil {
		g.QueryOffset = time.Duration(*group.QueryOffset)
	}
	nodes := items(find(self, "rules").value, len(group.Rules))
	g.Rules = slices.Grow(g.Rules, len(group.Rules))
	for i := range group.Rules {
		reader := ruleReader{fileReader: r, group: &g, number: i + 1, rule: &group.Rules[i], node: nodes[i]}
		if reader.read(); r.full() {
			break
		}
	}
	r.file.Groups = append(r.file.Groups, g)
}

// full reports whether there are enough diagnostics to stop.
func (r *fileReader) full() bool { return len(r.diagnostics) >= maxDiagnostics }

// mark returns where the first of the nodes that the file has stands.
func (r *fileReader) mark(nodes ...*yaml.Node) source.Position {
	for _, node := range nodes {
		if node != nil && node.Line > 0 {
			return r.source.Mark(node.Line, node.Column)
		}
	}
	return source.Position{}
}

// An exprError says why an expression is not valid, and where in its text.
type exprError struct {
	message string
	offset  int
	limit   bool // it is this package that refuses it
}

// expr reads the expression at a node. It has no tree if it is not valid.
func (r *fileReader) expr(node *yaml.Node) (Expr, *exprError) {
	expr := Expr{Text: node.Value, Alias: node.Kind == yaml.AliasNode, source: r.source}
	if node.Line > 0 {
		expr.places = r.source.Scalar(node.Line, node.Column, node.Value)
	}
	if expr.Text == "" {
		return expr, &exprError{message: "field 'expr' must be set in rule"}
	}
	if refusal := r.budget.admit(expr.Text); refusal != "" {
		return expr, &exprError{message: "could not parse expression: " + refusal, limit: true}
	}
	tree, err := parser.ParseExpr(expr.Text)
	if err != nil {
		return expr, firstError(expr.Text, err)
	}
	if message, offset := checkGrouping(expr.Text, tree); message != "" {
		return expr, &exprError{message: "could not parse expression: " + message, offset: offset}
	}
	expr.Tree = tree
	return expr, nil
}

// firstError returns the first of the errors that the PromQL parser found.
func firstError(text string, err error) *exprError {
	var all parser.ParseErrors
	if errors.As(err, &all) && len(all) > 0 {
		at := int(all[0].PositionRange.Start)
		return &exprError{message: "could not parse expression: " + all[0].Err.Error(), offset: max(0, min(at, len(text)))}
	}
	return &exprError{message: "could not parse expression: " + err.Error()}
}
