package report

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

func TestSARIFFollowsItsSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	object := lint.Object{Kind: "ConfigMap", Namespace: "linkerd-viz", Name: "rules", Key: "a_rules.yml"}
	for name, findings := range map[string][]survey.Positioned{
		"no findings": nil,
		"findings in files": {
			{Finding: lint.Finding{Rule: "REN007", Severity: lint.Error, Message: "a", Fix: "b", Object: object, Line: 3, Column: 7, Length: 2}, File: "viz/a b%.yaml"},
			{Finding: lint.Finding{Rule: "SEL001", Severity: lint.Warning, Message: "a", Object: object, Line: 1, Column: 1}, File: "/tmp/ä.yaml"},
			{Finding: lint.Finding{Rule: "SEL002", Severity: lint.Info, Message: "a", Object: object}, File: "stdin"},
		},
		"findings in a cluster": {
			{Finding: lint.Finding{Rule: "SET001", Severity: lint.Error, Message: "a", Object: object, Line: 2, Column: 4}},
			{Finding: lint.Finding{Rule: "POD001", Severity: lint.Info, Message: "a", Object: lint.Object{Kind: "Pod", Name: "p"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := Report{Version: "v1.2.3", Findings: findings, Notes: []string{"a note"}, Nothing: findings == nil}.sarif()
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(schema, text); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
	t.Run("anything else", func(t *testing.T) {
		if err := validate(schema, []byte(`{"version": "2.1.0", "runs": [{"results": []}]}`)); err == nil {
			t.Error("the schema takes a run without a tool")
		}
	})
}

func validate(schema *jsonschema.Schema, text []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
