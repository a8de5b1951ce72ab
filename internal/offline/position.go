package offline

import (
	"regexp"
	"slices"
	"strings"

	"github.com/linkerd-gcm/linkerd-gcm/internal/jsonpointer"
	"github.com/linkerd-gcm/linkerd-gcm/internal/manifest"
	"github.com/linkerd-gcm/linkerd-gcm/internal/survey"
	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
	"github.com/linkerd-gcm/linkerd-gcm/source"
)

// Position returns findings with their places in the files. A finding about something that
// is in no file, such as an annotation of the command line, has no file.
func (in Input) Position(findings []lint.Finding) []survey.Positioned {
	l := locator{places: map[int]*manifest.Places{}, files: in.Files, objects: map[lint.Object][]origin{}}
	for _, o := range in.objects() {
		identity := o.identity()
		l.objects[identity] = append(l.objects[identity], origin{o.file, o.document, o.Pointer, templates[o.GroupVersionKind().GroupKind()]})
	}
	for _, v := range in.values() {
		l.objects[v.identity()] = append(l.objects[v.identity()], origin{file: v.file, document: v.document})
	}
	positioned := make([]survey.Positioned, 0, len(findings))
	for _, f := range findings {
		if value, overlaid := in.Annotations[f.Object.Key]; overlaid && f.Object.Kind == "Namespace" {
			positioned = append(positioned, survey.Overlaid(f, value))
			continue
		}
		positioned = append(positioned, l.locate(f))
	}
	return positioned
}

type locator struct {
	files   []manifest.File
	places  map[int]*manifest.Places
	objects map[lint.Object][]origin
}

// origin is where an object is in the files, and where its pod is in the object.
type origin struct {
	file, document    int
	pointer, template string
}

// locate finds the value that a finding is about. Of several objects with one name, the
// last one that has the value counts.
func (l locator) locate(f lint.Finding) survey.Positioned {
	object := f.Object
	object.Key = ""
	if object.Kind == valuesKind {
		object.Namespace = ""
	}
	found := survey.Positioned{Finding: f}
	for _, o := range slices.Backward(l.objects[object]) {
		for _, pointer := range o.pointers(f.Object) {
			places := l.open(o.file)
			in := source.Position{Line: f.Line, Column: f.Column}.Characters(f.Length)
			if strings.HasPrefix(pointer, o.pointer+binaryData) {
				in = source.Range{} // the lines are those of the text, not of base64
			}
			at, exact := places.At(o.document, pointer, in)
			if f.Rule == unknownAnnotation {
				at, exact = places.KeyAt(o.document, pointer)
			}
			if !exact && found.File != "" {
				continue
			}
			found.File, found.Source = l.files[o.file].Name, places.Line(at.Start.Line)
			found.Line, found.Column, found.Length = at.Start.Line, at.Start.Column, at.Length()
			if exact {
				return found
			}
		}
	}
	return found
}

func (l locator) open(file int) *manifest.Places {
	if l.places[file] == nil {
		l.places[file] = l.files[file].Places()
	}
	return l.places[file]
}

// pointers are the JSON pointers at which the value of an object's key may be.
func (o origin) pointers(object lint.Object) []string {
	switch {
	case object.Key == "":
		return []string{o.pointer}
	case object.Kind == "ConfigMap":
		return []string{o.pointer + "/data/" + jsonpointer.Escape(object.Key), o.pointer + binaryData + jsonpointer.Escape(object.Key)}
	case strings.HasPrefix(object.Key, settings.Prefix):
		return []string{o.pointer + o.template + "/metadata/annotations/" + jsonpointer.Escape(object.Key)}
	default:
		return []string{o.pointer + "/" + fieldPath.Replace(indexed.ReplaceAllString(object.Key, "/$1"))}
	}
}

// unknownAnnotation is the rule whose findings are about a key, not about its value.
const unknownAnnotation = "SET001"

const binaryData = "/binaryData/"

var (
	indexed   = regexp.MustCompile(`\[(\d+)\]`)
	fieldPath = strings.NewReplacer(".", "/")
)
