package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
)

// Injection is what inject has added to files.
type Injection struct {
	Before, After []manifest.File
	Verdicts      []offline.Verdict
}

// Injections are the formats of what inject has added.
var Injections = Formats[Injection]{
	{"yaml", "the documents, JSON ones in JSON", Injection.yaml},
	{"json", "the documents, all in JSON", Injection.json},
	{"diff", "a unified diff of the files for patch -p1", Injection.diff},
	{"patch", "the JSON patch of a single object", Injection.patch},
}

// yaml prints a single file as it is. Between the documents of several files it adds the
// separators that are missing.
func (i Injection) yaml() ([]byte, error) {
	if len(i.After) == 1 {
		return i.After[0].Text(), nil
	}
	allJSON := !slices.ContainsFunc(i.After, manifest.File.HasYAML)
	var out bytes.Buffer
	for _, file := range i.After {
		for _, d := range file.Documents {
			if d.JSON != nil && !d.StartsWithSeparator() && !allJSON {
				startLine(&out)
				out.WriteString("---\n")
			}
			out.Write(bytes.TrimPrefix(d.Text, manifest.ByteOrderMark))
		}
		startLine(&out)
	}
	return out.Bytes(), nil
}

func startLine(out *bytes.Buffer) {
	if out.Len() > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
		out.WriteByte('\n')
	}
}

func (i Injection) json() ([]byte, error) {
	return manifest.JSON(i.After...)
}

func (i Injection) diff() ([]byte, error) {
	var out bytes.Buffer
	for n, file := range i.Before {
		name := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(file.Name)), "/")
		if strings.Contains(name, " ") {
			name += "\t" // as git does: otherwise the name ends at the space for patch
		}
		out.WriteString(renumbered(udiff.Unified("a/"+name, "b/"+name, string(file.Text()), string(i.After[n].Text()))))
	}
	return out.Bytes(), nil
}

var hunkHeader = regexp.MustCompile(`(?m)^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@$`)

// renumbered corrects where the hunks of a diff begin in the new file: udiff does not count
// the lines between two changes that it puts into one hunk.
func renumbered(diff string) string {
	count := func(text string) int {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		return 1 // which is left out
	}
	added := 0
	return hunkHeader.ReplaceAllStringFunc(diff, func(header string) string {
		match := hunkHeader.FindStringSubmatch(header)
		before, after := count(match[2]), count(match[3])
		begin := count(match[1]) + added
		added += after - before
		from, _, _ := strings.Cut(header, " +")
		if match[3] == "" {
			return fmt.Sprintf("%s +%d @@", from, begin)
		}
		return fmt.Sprintf("%s +%d,%d @@", from, begin, after)
	})
}

func (i Injection) patch() ([]byte, error) {
	operations := []jsonpatch.Operation{}
	var places []string
	for _, v := range i.Verdicts {
		if v.Outcome == inject.Injected {
			operations = v.ObjectPatch()
			places = append(places, v.Place)
		}
	}
	if len(places) > 1 {
		return nil, fmt.Errorf("--output patch prints the patch of one object, but %d are to be injected; give one of them alone: %s",
			len(places), strings.Join(places, ", "))
	}
	text, err := json.Marshal(operations)
	return append(text, '\n'), err
}
