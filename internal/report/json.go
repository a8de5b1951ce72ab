package report

import (
	"bytes"
	"encoding/json"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

type jsonReport struct {
	Findings []jsonFinding `json:"findings"`
	// Checked says what was checked, NothingChecked that nothing was, and Notes what was
	// not, and why.
	Checked        string   `json:"checked"`
	NothingChecked bool     `json:"nothingChecked"`
	Notes          []string `json:"notes"`
	// Sidecars are those that the rules were judged for: gcm-exporter, or
	// stackdriver-prometheus-sidecar.
	Sidecars []string `json:"sidecars"`
}

type jsonFinding struct {
	Rule     string        `json:"rule"`
	Severity lint.Severity `json:"severity"`
	Message  string        `json:"message"`
	Object   jsonObject    `json:"object"`
	// File is left out where the finding is about a live object.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Fix    string `json:"fix"`
}

type jsonObject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Key       string `json:"key"`
}

func (r Report) json() ([]byte, error) {
	report := jsonReport{Findings: []jsonFinding{}, Checked: r.Checked, NothingChecked: r.Nothing, Notes: append([]string{}, r.Notes...), Sidecars: r.sidecars()}
	for _, f := range r.Findings {
		report.Findings = append(report.Findings, jsonFinding{
			f.Rule, f.Severity, f.Message, jsonObject(f.Object), f.File, f.Line, f.Column, f.Fix,
		})
	}
	return indented(report)
}

// indented writes JSON for people and programs alike.
func indented(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
