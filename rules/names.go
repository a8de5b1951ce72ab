package rules

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/strutil"
)

// Prometheus 2.55 allows the original alphabet only in metric and label names
// (its github.com/prometheus/common v0.59.1 defaults to LegacyValidation). The
// version that this module is built with defaults to UTF-8, through a variable
// that the whole process shares. UTF-8 names are a superset, so this package
// leaves the variable alone and checks the alphabet a second time.

// validRecord reports whether a rule may record under the name.
func validRecord(name string) bool { return model.LegacyValidation.IsValidMetricName(name) }

// validLabel reports whether a label may have the name.
func validLabel(name string) bool { return model.LegacyValidation.IsValidLabelName(name) }

// checkGrouping returns the message and the offset of the first label in a
// by, without, on, ignoring or group clause that Prometheus 2.55 refuses. The
// parser checks names nowhere else: {"foo.bar"} selects by any name.
func checkGrouping(text string, tree parser.Expr) (message string, offset int) {
	name := ""
	eachNode(tree, func(node parser.Node) {
		for _, label := range groupingLabels(node) {
			if name == "" && !validLabel(label) {
				name = label
			}
		}
	})
	if name == "" {
		return "", 0
	}
	return findGrouping(text)
}

// groupingLabels returns the labels that the clauses of a node name.
func groupingLabels(node parser.Node) []string {
	switch n := node.(type) {
	case *parser.AggregateExpr:
		return n.Grouping
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			return slices.Concat(n.VectorMatching.MatchingLabels, n.VectorMatching.Include)
		}
	}
	return nil
}

// findGrouping finds the place of the first faulty label, which the tree does
// not keep, by reading the tokens of each clause.
func findGrouping(text string) (message string, offset int) {
	var item parser.Item
	inside, opened := false, false
	lexer := parser.Lex(text)
	for {
		lexer.NextItem(&item)
		switch item.Typ {
		case parser.EOF, parser.ERROR:
			return "unexpected label name in grouping opts", 0
		case parser.BY, parser.WITHOUT, parser.ON, parser.IGNORING, parser.GROUP_LEFT, parser.GROUP_RIGHT:
			if !opened {
				inside = true
				continue
			}
		case parser.LEFT_PAREN:
			opened = inside
			continue
		case parser.RIGHT_PAREN:
			inside, opened = false, false
			continue
		}
		if !opened {
			inside = false
			continue
		}
		if item.Typ != parser.COMMA && item.Typ != parser.COMMENT && !validLabel(unquoted(item)) {
			return fmt.Sprintf("unexpected %s in grouping opts, expected label", item), int(item.Pos)
		}
	}
}

// unquoted returns the name that a token of a grouping clause stands for.
func unquoted(item parser.Item) string {
	if item.Typ != parser.STRING {
		return item.Val
	}
	name, err := strutil.Unquote(item.Val)
	if err != nil {
		return ""
	}
	return name
}
