package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/linkerd-gcm/linkerd-gcm/inject"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/offline"
	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

// injection is what there is to print.
type injection struct {
	before, after []manifest.File
	verdicts      []offline.Verdict
}

// injectFormat is a value of inject's flag --output.
type injectFormat struct {
	name, doc string
	print     func(injection) ([]byte, error)
}

var injectFormats = []injectFormat{
	{"yaml", "the documents, JSON ones in JSON", injection.yaml},
	{"json", "the documents, all in JSON", injection.json},
	{"diff", "a unified diff of the files for patch -p1", injection.diff},
	{"patch", "the JSON patch of a single object", injection.patch},
}

func formatNames() string {
	var names []string
	for _, f := range injectFormats {
		names = append(names, fmt.Sprintf("%s (%s)", f.name, f.doc))
	}
	return strings.Join(names, ", ")
}

func formatNamed(name string) (injectFormat, error) {
	var names []string
	for _, f := range injectFormats {
		if f.name == name {
			return f, nil
		}
		names = append(names, f.name)
	}
	return injectFormat{}, usagef("--output is %q; did you mean %q? There are %s", name, spelling.Nearest(name, names), strings.Join(names, ", "))
}

// yaml prints a single file as it is. Between the documents of several files it
// puts separators where none are, without which they would run into each other.
func (i injection) yaml() ([]byte, error) {
	if len(i.after) == 1 {
		return i.after[0].Text(), nil
	}
	allJSON := !slices.ContainsFunc(i.after, manifest.File.HasYAML)
	var out bytes.Buffer
	for _, file := range i.after {
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

func (i injection) json() ([]byte, error) {
	return manifest.JSON(i.after...)
}

func (i injection) diff() ([]byte, error) {
	var out bytes.Buffer
	for n, file := range i.before {
		name := strings.TrimPrefix(filepath.ToSlash(filepath.Clean(file.Name)), "/")
		if strings.Contains(name, " ") {
			name += "\t" // as git does, lest patch takes the blank for the name's end
		}
		out.WriteString(udiff.Unified("a/"+name, "b/"+name, string(file.Text()), string(i.after[n].Text())))
	}
	return out.Bytes(), nil
}

func (i injection) patch() ([]byte, error) {
	operations := []jsonpatch.Operation{}
	var places []string
	for _, v := range i.verdicts {
		if v.Outcome == inject.Injected {
			operations = v.ObjectPatch()
			places = append(places, v.Place)
		}
	}
	if len(places) > 1 {
		return nil, usagef("--output patch prints the patch of one object, but %d are to be injected; give one of them alone: %s",
			len(places), strings.Join(places, ", "))
	}
	text, err := json.Marshal(operations)
	return append(text, '\n'), err
}
