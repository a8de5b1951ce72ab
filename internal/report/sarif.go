package report

import (
	"net/url"
	"path/filepath"
	"slices"

	"github.com/linkerd-gcm/linkerd-gcm/docs"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
)

// The parts of SARIF that linkerd-gcm writes (OASIS, Static Analysis Results Interchange
// Format 2.1.0, section 3).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		ShortDescription     sarifText          `json:"shortDescription"`
		FullDescription      sarifText          `json:"fullDescription"`
		Help                 sarifText          `json:"help"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

// sarifLevels are SARIF's words for severities.
var sarifLevels = map[lint.Severity]string{lint.Error: "error", lint.Warning: "warning", lint.Info: "note"}

func (r Report) sarif() ([]byte, error) {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "linkerd-gcm", Version: r.Version, InformationURI: "https://github.com/linkerd-gcm/linkerd-gcm", Rules: sarifRules(),
		}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true, Notifications: r.notifications()}},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
	}
	for _, f := range r.Findings {
		message := f.Message
		if f.Fix != "" {
			message += "; " + f.Fix
		}
		run.Results = append(run.Results, sarifResult{
			RuleID:    f.Rule,
			RuleIndex: slices.IndexFunc(run.Tool.Driver.Rules, func(rule sarifRule) bool { return rule.ID == f.Rule }),
			Level:     sarifLevels[f.Severity],
			Message:   sarifText{Text: message},
			Locations: []sarifLocation{sarifPlace(f)},
		})
	}
	return indented(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// notifications say what the run as a whole has come to: what was not checked, and the
// result.
func (r Report) notifications() []sarifNotification {
	var all []sarifNotification
	for _, note := range r.Notes {
		all = append(all, sarifNotification{"note", sarifText{Text: note}})
	}
	level := "note"
	if r.Nothing {
		level = "warning"
	}
	return append(all, sarifNotification{level, sarifText{Text: r.result()}})
}

// sarifRules are all rules of the table that are checked.
func sarifRules() []sarifRule {
	var rules []sarifRule
	for _, rule := range lint.Rules {
		if rule.Undecidable != "" {
			continue
		}
		help, _ := docs.Rule(rule.ID)
		rules = append(rules, sarifRule{
			ID:                   rule.ID,
			ShortDescription:     sarifText{Text: rule.Title},
			FullDescription:      sarifText{Text: rule.Why},
			Help:                 sarifText{Text: help, Markdown: help},
			DefaultConfiguration: sarifConfiguration{sarifLevels[rule.Severity]},
		})
	}
	return rules
}

func sarifPlace(f survey.Positioned) sarifLocation {
	location := sarifLocation{LogicalLocations: []sarifLogical{{where(f.Object)}}}
	if f.File == "" {
		return location
	}
	location.PhysicalLocation = &sarifPhysical{ArtifactLocation: sarifArtifact{fileURI(f.File)}}
	if f.Line > 0 {
		location.PhysicalLocation.Region = &sarifRegion{StartLine: f.Line, StartColumn: f.Column}
		if f.Length > 0 {
			location.PhysicalLocation.Region.EndColumn = f.Column + f.Length
		}
	}
	return location
}

// fileURI writes a file's name as a URI. A relative name stays relative to the folder where
// the program was started, which is the repository in a workflow.
func fileURI(name string) string {
	uri := url.URL{Path: filepath.ToSlash(filepath.Clean(name))}
	if filepath.IsAbs(name) {
		uri.Scheme = "file"
	}
	return uri.String()
}
