package survey

import (
	"fmt"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Kinds of objects that findings name where there is no Kubernetes object.
const (
	// Flag is a flag of the command line.
	Flag = "Flag"
	// File is a file that holds no object.
	File = "File"
)

const annotationFlag = "--annotation"

// ParseAnnotations reads annotations that the command line gives as key=value, each key
// with or without its prefix.
func ParseAnnotations(words []string) (map[string]string, error) {
	annotations := map[string]string{}
	for _, word := range words {
		key, value, hasValue := strings.Cut(word, "=")
		if !hasValue || key == "" {
			return nil, fmt.Errorf("%s is %q: want key=value, such as project-id=my-project", annotationFlag, word)
		}
		if !strings.Contains(key, "/") {
			key = settings.Prefix + key
		}
		if !strings.HasPrefix(key, settings.Prefix) {
			return nil, fmt.Errorf("%s is %q: want a key under %s", annotationFlag, word, settings.Prefix)
		}
		annotations[key] = value
	}
	return annotations, nil
}

// FlagAnnotations are annotations of the command line, with no namespace to have them.
func FlagAnnotations(annotations map[string]string) lint.Annotated {
	return lint.Annotated{Object: lint.Object{Kind: Flag, Name: annotationFlag}, Annotations: annotations}
}

// Overlaid returns a finding about an annotation that the command line gives.
func Overlaid(f lint.Finding, value string) Positioned {
	f.Object = lint.Object{Kind: Flag, Name: annotationFlag, Key: f.Object.Key}
	return Positioned{Finding: f, Source: source.New([]byte(value)).Line(f.Line)}
}
