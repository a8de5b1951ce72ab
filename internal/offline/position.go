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
	l := locator{places: map[int]*manifest.Places{}, files: in.Files, objects: map[lint.Object][]origin{}, values: map[lint.Object][]values{}}
	objects := in.objects()
	for _, o := range objects {
		identity := o.identity()
		l.objects[identity] = append(l.objects[identity], origin{o.file, o.document, o.Pointer, templateOf(o.GroupVersionKind().GroupKind())})
	}
	for _, v := range in.values(objects) {
		l.values[v.object] = append(l.values[v.object], v)
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
	// values are the values of linkerd-viz, by the object that has them.
	values map[lint.Object][]values
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
	for _, v := range l.values[object] {
		if l.inValues(v, &found) {
			return found
		}
	}
	for _, o := range slices.Backward(l.objects[object]) {
		for _, pointer := range o.pointers(f.Object) {
			places := l.open(o.file)
			in := rangeOf(f)
			if strings.HasPrefix(pointer, o.pointer+binaryData) {
				in = source.Range{} // the lines are those of the text, not of base64
			}
			at, exact := places.At(o.document, pointer, in)
			if f.Rule == unknownAnnotation {
				at, exact = places.KeyAt(o.document, pointer)
			}
			if l.place(&found, o.file, at, exact) {
				return found
			}
		}
	}
	return found
}

func rangeOf(f lint.Finding) source.Range {
	return source.Position{Line: f.Line, Column: f.Column}.Characters(f.Length)
}

// inValues places a finding about values, if it is about these; the layer that the value
// comes from has it.
func (l locator) inValues(v values, found *survey.Positioned) bool {
	key := found.Object.Key
	if !strings.HasPrefix(key, v.prefix) && !strings.HasPrefix(key, settings.Prefix) {
		return false
	}
	in := rangeOf(found.Finding)
	for _, pointer := range v.pointers(key) {
		from := winner(v.layers, pointer)
		at, exact := from.locate(l.open(from.file), pointer, in)
		if placed := l.place(found, from.file, at, exact); v.object.Kind == valuesKind {
			found.Object.Name = found.File
			if placed {
				return true
			}
		}
	}
	return found.File != ""
}

// place gives a finding its place, unless it has one and this one is no better. It reports
// whether the place is exact.
func (l locator) place(found *survey.Positioned, file int, at source.Range, exact bool) bool {
	if !exact && found.File != "" {
		return false
	}
	found.File, found.Source = l.files[file].Name, l.open(file).Line(at.Start.Line)
	found.Line, found.Column, found.Length = at.Start.Line, at.Start.Column, at.Length()
	return exact
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
