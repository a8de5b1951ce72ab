package settings

import (
	"errors"
	"fmt"
	"iter"
	"path"
	"regexp"
	"strings"

	"github.com/distribution/reference"

	"github.com/linkerd-gcm/linkerd-gcm/monitoring"
	"github.com/linkerd-gcm/linkerd-gcm/viz"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

const (
	cpu    = corev1.ResourceCPU
	memory = corev1.ResourceMemory
)

// A format is a form that values have, with words for who got it wrong.
type format struct {
	pattern *regexp.Regexp
	want    string
}

var (
	// projectID follows the rules for Google Cloud project IDs: 6 to 30 lower
	// case letters, digits and hyphens, starting with a letter, not ending in a
	// hyphen, after an optional "example.com:".
	projectID = format{
		regexp.MustCompile(`^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$`),
		"a project ID: 6 to 30 lower case letters, digits and hyphens, starting with a letter (not the project's number or display name)",
	}
	// resourceLabel is wider than GKE's own names, since clusters elsewhere may
	// export too, but leaves no room for what pasting leaves behind: placeholders,
	// quotes, spaces, commas.
	resourceLabel = format{
		regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`),
		"up to 100 letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
	}
	// location has a colon in the regions of other clouds, such as aws:eu-central-1. Which
	// locations Google knows is a question for package monitoring.
	location = format{
		regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,98}[A-Za-z0-9])?$`),
		"up to 100 letters, digits, '-', '_', '.' and ':', starting and ending with a letter or digit",
	}
	// metricsPrefix has no trailing slash, because the sidecar adds one
	// (stackdriver-prometheus-sidecar, retrieval/transform.go, getMetricType).
	metricsPrefix = format{
		monitoring.MetricsPrefixPattern,
		"external.googleapis.com/… or custom.googleapis.com/…, with no slash at the end",
	}
	containerName = format{
		regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`),
		"a container's name: up to 63 lower case letters, digits and hyphens",
	}
)

func matching(field func(*Settings) *string, f format) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		if !f.pattern.MatchString(value) {
			return fmt.Errorf("want %s", f.want)
		}
		*field(s) = value
		return nil
	}
}

func optional(set func(*Settings, string) error) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		if value == "" {
			return nil
		}
		return set(s, value)
	}
}

func oneOf(set func(*Settings, string), allowed ...string) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		for _, a := range allowed {
			if value == a {
				set(s, value)
				return nil
			}
		}
		return fmt.Errorf("want %s", orList(allowed))
	}
}

func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// setInclude takes no selector at all only for gcm-exporter, which has some of its own then.
func setInclude(s *Settings, value string) error {
	var selectors []string
	for _, line := range SelectorLines(value) {
		selectors = append(selectors, strings.TrimSpace(line))
	}
	if len(selectors) == 0 && s.Sidecar != GCMExporter {
		return valueError{code: noSelectorRule,
			error: errors.New("want at least one selector: with none, the sidecar exports every series that Prometheus has")}
	}
	s.Include = selectors
	return nil
}

// SelectorLines are the lines of a value of Include that hold a selector, each after its
// number, counted from 1: all that are neither empty nor a comment.
func SelectorLines(value string) iter.Seq2[int, string] {
	return func(yield func(number int, line string) bool) {
		number := 0
		for line := range strings.Lines(value) {
			number++
			text := strings.TrimSpace(line)
			if text != "" && !strings.HasPrefix(text, "#") && !yield(number, line) {
				return
			}
		}
	}
}

// MaxRuleFiles is how many rule files a pod may mount: each costs a mount, and its
// ConfigMap is read while somebody waits.
const MaxRuleFiles = 100

// setRecordingRules refuses two files of one name: both would be mounted at
// the same path.
func setRecordingRules(s *Settings, value string) error {
	s.RecordingRules = nil
	if strings.TrimSpace(value) == "" {
		return nil
	}
	if named := 1 + strings.Count(value, ","); named > MaxRuleFiles {
		return fmt.Errorf("%d files are too many, want at most %d; put rules together into fewer", named, MaxRuleFiles)
	}
	var wrong []error
	owner := map[string]ObjectKey{}
	for _, entry := range listEntries(value) {
		file, err := parseObjectKey(entry.text, defaultRulesKey)
		if err != nil {
			wrong = append(wrong, entry.breaks(invalidValueRule, err))
			continue
		}
		if !viz.IsRuleFile(file.Key) {
			wrong = append(wrong, entry.breaks(fileNotLoadedRule,
				fmt.Errorf("Prometheus would not load %q: it reads only files that end in _rules.yml or _rules.yaml; rename the key", file.Key)))
		}
		if other, taken := owner[file.Key]; taken {
			wrong = append(wrong, entry.breaks(fileTwiceRule,
				fmt.Errorf("%s and %s would both be mounted at %s; rename one of the keys", other, file, path.Join(viz.RulesDirectory, file.Key))))
		}
		owner[file.Key] = file
		s.RecordingRules = append(s.RecordingRules, file)
	}
	return errors.Join(wrong...)
}

// listEntry is an entry of a comma-separated list, without spaces around it.
type listEntry struct {
	text   string
	offset int // of the entry in the list
}

func listEntries(list string) []listEntry {
	var entries []listEntry
	offset := 0
	for part := range strings.SplitSeq(list, ",") {
		text := strings.TrimSpace(part)
		entries = append(entries, listEntry{text, offset + strings.Index(part, text)})
		offset += len(part) + 1
	}
	return entries
}

// breaks returns the error that an entry breaks a rule.
func (e listEntry) breaks(code string, err error) valueError {
	return valueError{code, e.offset, len(e.text), err}
}

func setSidecarConfig(s *Settings, value string) (err error) {
	s.SidecarConfig, err = parseObjectKey(value, defaultSidecarConfigKey)
	return err
}

func setCredentialsSecret(s *Settings, value string) error {
	if value == "" {
		return nil
	}
	secret, err := parseObjectKey(value, defaultCredentialsKey)
	if err != nil {
		return err
	}
	s.CredentialsSecret = &secret
	return nil
}

func setSidecarImage(s *Settings, value string) error {
	if _, err := reference.ParseNormalizedNamed(value); err != nil {
		return fmt.Errorf("want an image such as registry.example.com/stackdriver-prometheus-sidecar:0.10.1 (%w)", err)
	}
	s.SidecarImage = value
	return nil
}

func setPullPolicy(s *Settings, value string) error {
	if value == "" {
		return nil
	}
	return oneOf(func(s *Settings, v string) { s.SidecarImagePullPolicy = corev1.PullPolicy(v) },
		string(corev1.PullAlways), string(corev1.PullIfNotPresent), string(corev1.PullNever))(s, value)
}

func setRequest(name corev1.ResourceName) func(*Settings, string) error {
	return setQuantity(name, func(s *Settings) *corev1.ResourceList { return &s.Resources.Requests })
}

func setLimit(name corev1.ResourceName) func(*Settings, string) error {
	return setQuantity(name, func(s *Settings) *corev1.ResourceList { return &s.Resources.Limits })
}

func setQuantity(name corev1.ResourceName, list func(*Settings) *corev1.ResourceList) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		if value == "" {
			return nil
		}
		quantity, err := resource.ParseQuantity(value)
		if err != nil {
			return fmt.Errorf("want a quantity such as 100m or 64Mi (%w)", err)
		}
		if quantity.Sign() <= 0 {
			return errors.New("want a quantity above zero")
		}
		if name == memory && quantity.MilliValue()%1000 != 0 {
			return fmt.Errorf("that is %s bytes: the suffix m means thousandths; want a quantity such as 64Mi", quantity.AsDec())
		}
		if *list(s) == nil {
			*list(s) = corev1.ResourceList{}
		}
		(*list(s))[name] = quantity
		return nil
	}
}
