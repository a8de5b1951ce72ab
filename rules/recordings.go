package rules

import (
	"cmp"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// analyse works out what each rule produces. A rule that reads what others of
// the file record is taken after them, so that it starts from what they
// produce; rules that read each other in a circle start from nothing. Metrics
// that the file records are taken to come from nowhere else.
func analyse(rules []*Rule) {
	r := newRecordings(rules)
	for len(r.ready) > 0 {
		i := r.ready[0]
		r.ready = r.ready[1:]
		r.add(i, (&analysis{rule: rules[i], recorded: r}).run())
	}
	for i, done := range r.done {
		if !done {
			(&analysis{rule: rules[i], recorded: r}).run()
		}
	}
}

// recordings holds what the rules of a file record, by name.
type recordings struct {
	rules   []*Rule
	results map[string]result
	missing map[string]int   // rules for a name that are not analysed yet
	readers map[string][]int // rules that wait for a name
	waiting []int            // names that each rule waits for
	done    []bool
	ready   []int
}

func newRecordings(rules []*Rule) *recordings {
	r := &recordings{
		rules: rules, results: map[string]result{}, missing: map[string]int{}, readers: map[string][]int{},
		waiting: make([]int, len(rules)), done: make([]bool, len(rules)),
	}
	for _, rule := range rules {
		r.missing[rule.Record]++
	}
	for i, rule := range rules {
		for _, name := range namesRead(rule.Expr.Tree) {
			if name != rule.Record && r.missing[name] > 0 {
				r.waiting[i]++
				r.readers[name] = append(r.readers[name], i)
			}
		}
		if r.waiting[i] == 0 {
			r.ready = append(r.ready, i)
		}
	}
	return r
}

// add notes what a rule records. When it is the last one for its name, the
// rules that wait for the name go on.
func (r *recordings) add(i int, out result) {
	r.done[i] = true
	name := r.rules[i].Record
	if before, ok := r.results[name]; ok && len(before.labels.named) > maxInherited {
		out = before
	} else if ok {
		out = result{labels: either(before.labels, out.labels), value: mixed(before.value, out.value)}
	}
	r.results[name] = out
	if r.missing[name]--; r.missing[name] > 0 {
		return
	}
	for _, reader := range r.readers[name] {
		if r.waiting[reader]--; r.waiting[reader] == 0 {
			r.ready = append(r.ready, reader)
		}
	}
}

// maxInherited is how many labels of a recorded metric are known to the rules
// that read it. Without a bound, a chain of rules that each add a label would
// cost the square of its length.
const maxInherited = 50

// complete returns what all rules for a name together record, once all of them
// are analysed.
func (r *recordings) complete(name string) (result, bool) {
	out, ok := r.results[name]
	return out, ok && r.missing[name] == 0 && len(out.labels.named) <= maxInherited
}

// run fills in the rule's analysis.
func (a *analysis) run() result {
	tree := a.rule.Expr.Tree
	if t := tree.Type(); t != parser.ValueTypeVector && t != parser.ValueTypeScalar {
		a.fail(tree, "a recording rule needs an instant vector or a scalar, and the expression is a %s", parser.DocumentedType(t))
	}
	out := a.expr(tree, "")
	out.info = false
	out.labels = out.labels.anonymous()
	if len(a.rule.Static) > 0 {
		out.labels = out.labels.withStatic(a.rule.Static)
	}
	a.rule.Labels, a.rule.Value, a.rule.Branches = out.labels, out.value, a.branches(tree)
	return out
}

// withStatic returns the labels with those that a rule sets, which are sorted by name.
func (l Labels) withStatic(static []StaticLabel) Labels {
	names := make([]string, 0, len(static))
	for _, one := range static {
		names = append(names, one.Name)
	}
	return l.replaced(names, func(name string) Label {
		i, _ := slices.BinarySearchFunc(static, name, func(one StaticLabel, name string) int { return cmp.Compare(one.Name, name) })
		if static[i].Value == "" {
			return Label{}
		}
		return Label{Presence: Always, Change: Constant, Values: []string{static[i].Value}}
	})
}

// namesRead returns the metrics that an expression reads, as far as its
// matchers pin them, each once.
func namesRead(tree parser.Expr) []string {
	var names []string
	eachNode(tree, func(node parser.Node) {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return
		}
		for _, m := range selector.LabelMatchers {
			if m.Name != metricName {
				continue
			}
			if m.Type == labels.MatchEqual {
				names = append(names, m.Value)
			}
			names = append(names, m.SetMatches()...)
		}
	})
	return inOrder(names)
}

// eachNode calls a function for each node of a tree. It does what parser.Inspect does, but
// keeps no path, which takes memory for each node.
func eachNode(node parser.Node, do func(parser.Node)) {
	do(node)
	for _, child := range parser.Children(node) {
		eachNode(child, do)
	}
}
