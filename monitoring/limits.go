// Package monitoring describes Google Cloud Monitoring: metric types and kinds, value
// types, monitored resources, and the limits of names and labels. It knows nothing of
// Prometheus, nor of the programs that write to Google.
package monitoring

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/excerpt"
)

// NameRuleID identifies a rule that Google Cloud Monitoring has for names.
type NameRuleID string

// The rules for metric names.
const (
	EmptyName          NameRuleID = "empty name"
	NameCharacters     NameRuleID = "characters of a name"
	NameDot            NameRuleID = "dot in a name"
	NameFirstCharacter NameRuleID = "first character of a name"
	NameRelativeLength NameRuleID = "length of a name after the domain"
	NameTotalLength    NameRuleID = "length of a metric type"
)

// The rules for labels.
const (
	LabelKeyCharacters NameRuleID = "characters of a label key"
	LabelKeyLength     NameRuleID = "length of a label key"
	LabelValueLength   NameRuleID = "length of a label value"
)

// A NameRule is what Google Cloud Monitoring wants of a name.
type NameRule struct {
	ID NameRuleID
	// Certain says that a name that breaks the rule is refused; otherwise the
	// sources disagree.
	Certain bool
	// Source says where the rule is from.
	Source string
	// Fix says what to do about a name that breaks the rule, where that depends on
	// nothing else.
	Fix string
	// Check returns what is wrong with a name, or "". The prefix is what
	// precedes the name in the metric type; it matters for metric names alone.
	Check func(prefix, name string) string
}

// The limits of Google Cloud Monitoring, as its documents and those of its
// clients give them.
const (
	// MaxRelativeNameLength counts the characters of a metric type after the
	// domain and its slash.
	MaxRelativeNameLength = 100
	// MaxMetricTypeLength counts all characters of a metric type.
	MaxMetricTypeLength = 200
	MaxLabelKeyLength   = 100
	MaxLabelValueLength = 1024
	// MinSamplePeriod is the number of seconds below which points are refused as
	// too frequent, and SafeSamplePeriod the one from which no document says so.
	MinSamplePeriod  = 5
	SafeSamplePeriod = 10
)

const (
	descriptorSource = "metric descriptor type, in the Terraform, Pulumi and Config Connector documents of google_monitoring_metric_descriptor"
	micrometerSource = "micrometer, StackdriverNamingConvention"
	quotaSource      = "cloud.google.com/monitoring/quotas"
	labelSource      = "cloud.google.com/monitoring/api/v3/naming-conventions; the error \"Label key contains invalid characters.\""
)

var (
	badNameCharacter = regexp.MustCompile(`[^A-Za-z0-9_/.]`)
	labelKey         = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// MetricNameRules are the rules for the name of an exported metric: what
// metric_renames renames it to, or its own.
var MetricNameRules = []NameRule{
	{EmptyName, true, "stackdriver-prometheus-sidecar issue 255", "write a name of letters, digits, _ and /", func(_, name string) string {
		if name == "" {
			return "the name is empty"
		}
		return ""
	}},
	{NameCharacters, true, descriptorSource, "write _ instead", func(_, name string) string {
		if bad := badNameCharacter.FindString(name); bad != "" {
			return fmt.Sprintf("%q is not allowed in a name: only letters, digits, _ and /", bad)
		}
		return ""
	}},
	{NameDot, false, descriptorSource + "; " + micrometerSource + " allows it", "write _ instead", func(_, name string) string {
		if strings.Contains(name, ".") {
			return "a dot may not be allowed in a name: use letters, digits, _ and /"
		}
		return ""
	}},
	{NameFirstCharacter, false, descriptorSource, "put a letter before it", func(_, name string) string {
		if name != "" && !isLetter(name[0]) && badNameCharacter.FindString(name[:1]) == "" {
			return "a name should begin with a letter"
		}
		return ""
	}},
	{NameRelativeLength, false, descriptorSource, "choose a shorter name", func(prefix, name string) string {
		_, relative, _ := strings.Cut(MetricType(prefix, name), "/")
		if length := len([]rune(relative)); length > MaxRelativeNameLength && len([]rune(MetricType(prefix, name))) <= MaxMetricTypeLength {
			return fmt.Sprintf("%s has %d characters after the domain, where %d are safe", relative, length, MaxRelativeNameLength)
		}
		return ""
	}},
	{NameTotalLength, true, micrometerSource, "choose a shorter name", func(prefix, name string) string {
		if length := len([]rune(MetricType(prefix, name))); length > MaxMetricTypeLength {
			return fmt.Sprintf("the metric type has %d characters, where at most %d are allowed", length, MaxMetricTypeLength)
		}
		return ""
	}},
}

// LabelKeyRules are the rules for the names of labels.
var LabelKeyRules = []NameRule{
	{LabelKeyCharacters, true, labelSource, "", func(_, key string) string {
		if !labelKey.MatchString(key) {
			return fmt.Sprintf("label %q must begin with a letter and hold only letters, digits and _", excerpt.Characters(key, 40))
		}
		return ""
	}},
	{LabelKeyLength, true, quotaSource, "", func(_, key string) string {
		if length := len([]rune(key)); length > MaxLabelKeyLength {
			return fmt.Sprintf("label %q has %d characters, where at most %d are allowed", excerpt.Characters(key, 40), length, MaxLabelKeyLength)
		}
		return ""
	}},
}

// LabelValueRules are the rules for the values of labels.
var LabelValueRules = []NameRule{
	{LabelValueLength, true, quotaSource, "", func(_, value string) string {
		if length := len([]rune(value)); length > MaxLabelValueLength {
			return fmt.Sprintf("the value has %d characters, where at most %d are allowed", length, MaxLabelValueLength)
		}
		return ""
	}},
}

// A NameDiagnostic is a rule that a name breaks.
type NameDiagnostic struct {
	ID           NameRuleID
	Certain      bool
	Message, Fix string
}

// CheckNames returns the rules that a name breaks, in the order of the table.
func CheckNames(rules []NameRule, prefix, name string) []NameDiagnostic {
	var diagnostics []NameDiagnostic
	for _, rule := range rules {
		if message := rule.Check(prefix, name); message != "" {
			diagnostics = append(diagnostics, NameDiagnostic{rule.ID, rule.Certain, message, rule.Fix})
		}
	}
	return diagnostics
}

// MetricsPrefixPattern matches what may precede the names of metrics in their types. There
// is no slash at its end, because prefix and name are joined with one.
var MetricsPrefixPattern = regexp.MustCompile(`^(external|custom)\.googleapis\.com(/[A-Za-z0-9_.]+)+$`)

// CheckMetricsPrefix returns what is wrong with what precedes the names of metrics in
// their types, or "".
func CheckMetricsPrefix(prefix string) string {
	switch {
	case prefix == "" || MetricsPrefixPattern.MatchString(prefix):
		return ""
	case strings.HasSuffix(prefix, "/"):
		return "the metrics prefix ends in /, and another is put before the name"
	}
	return "the metrics prefix must be external.googleapis.com/… or custom.googleapis.com/…"
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
