// Package values reads values for the chart as Helm's command line takes them, from files
// and from flags. It renders nothing, which package manifests does.
package values

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"

	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
)

// Given are the values of a command line.
type Given struct {
	// Files are names of files of values, or "-" for stdin.
	Files []string
	// Set, SetString and SetFile are the words of Helm's flags --set, --set-string and
	// --set-file: key=value,...
	Set, SetString, SetFile []string
	// Image is a reference for the values image.repository, image.tag and image.digest.
	Image string
	// WebhookURL is the value webhookURL.
	WebhookURL string
}

// Merge returns all values, in Helm's order: Set overrides Files, SetString overrides
// Set, and SetFile overrides both. Image and WebhookURL override everything.
func (g Given) Merge(stdin io.Reader) (map[string]any, error) {
	values, err := Read(g.Files, stdin)
	if err != nil {
		return nil, err
	}
	readFile := func(name []rune) (any, error) {
		text, err := os.ReadFile(string(name))
		return string(text), err
	}
	for _, given := range []struct {
		flag  string
		words []string
		parse func(string) error
	}{
		{"--set", g.Set, func(word string) error { return strvals.ParseInto(word, values) }},
		{"--set-string", g.SetString, func(word string) error { return strvals.ParseIntoString(word, values) }},
		{"--set-file", g.SetFile, func(word string) error { return strvals.ParseIntoFile(word, values, readFile) }},
	} {
		for _, word := range given.words {
			if err := given.parse(word); err != nil {
				return nil, fmt.Errorf("%s is %q: %w", given.flag, word, err)
			}
		}
	}
	return loader.MergeMaps(values, g.shorthands()), nil
}

// Read returns the values of files, of which a later one overrides an earlier one.
func Read(names []string, stdin io.Reader) (map[string]any, error) {
	files, err := manifest.Read(names, stdin)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, file := range files {
		more, err := loader.LoadValues(bytes.NewReader(file.Text()))
		if err != nil {
			return nil, fmt.Errorf("%s does not hold values: %w", file.Name, err)
		}
		values = loader.MergeMaps(values, more)
	}
	return values, nil
}

// shorthands returns the values that have a flag of their own.
func (g Given) shorthands() map[string]any {
	values := map[string]any{}
	if g.WebhookURL != "" {
		values["webhookURL"] = g.WebhookURL
	}
	if g.Image != "" {
		image := map[string]any{"repository": g.Image}
		name, digest, _ := strings.Cut(g.Image, "@")
		if digest != "" {
			image["repository"], image["digest"] = name, digest
		}
		if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
			image["repository"], image["tag"] = name[:colon], name[colon+1:]
		}
		values["image"] = image
	}
	return values
}

var (
	// failure is what Helm writes before a message of the chart's own.
	failure = regexp.MustCompile(`(?s)^.*error calling fail: |^.*execution error at \([^)]*\): `)
	// schemaFailure is one error of the chart's schema.
	schemaFailure = regexp.MustCompile(`(?m)^- at '(.*?)': (.*)$`)
)

// Refusal returns an error of Helm's in the words of the chart alone: without the names of
// templates, and with each value that its schema refuses on a line.
func Refusal(err error) error {
	var refused []string
	for _, one := range schemaFailure.FindAllStringSubmatch(err.Error(), -1) {
		value := strings.ReplaceAll(strings.TrimPrefix(one[1], "/"), "/", ".")
		refused = append(refused, fmt.Sprintf("value %s: %s", cmp.Or(value, "(top level)"), one[2]))
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return errors.New(strings.Join(refused, "\n"))
	}
	return errors.New(failure.ReplaceAllString(err.Error(), ""))
}
