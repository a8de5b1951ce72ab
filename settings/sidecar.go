package settings

import (
	"cmp"
	"errors"
	"fmt"
	"path"

	"github.com/distribution/reference"

	"github.com/linkerd-gcm/linkerd-gcm/exporter/configuration"
	"github.com/linkerd-gcm/linkerd-gcm/source"
	"github.com/linkerd-gcm/linkerd-gcm/stackdriver"
)

// Sidecar says which program exports the metrics.
type Sidecar string

// The sidecars. Their names are the values of the annotation.
const (
	// GCMExporter is this project's own, the default.
	GCMExporter Sidecar = "gcm-exporter"
	// Stackdriver is Google's stackdriver-prometheus-sidecar.
	Stackdriver Sidecar = "stackdriver"
)

// Container returns the name of the sidecar's container.
func (s Sidecar) Container() string {
	if s == Stackdriver {
		return stackdriver.Name
	}
	return string(GCMExporter)
}

// ImageName is the name of the image that both of our servers are in, without its registry.
const ImageName = "linkerd-gcm"

// imageNames are the last parts of the names of images that tell which sidecar is in them.
var imageNames = map[string]Sidecar{
	stackdriver.Name:    Stackdriver,
	ImageName:           GCMExporter,
	string(GCMExporter): GCMExporter,
}

// sidecarOf returns the sidecar that an image has by its name, "" where the name does not tell.
func sidecarOf(image string) Sidecar {
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return ""
	}
	return imageNames[path.Base(named.Name())]
}

// impliedSidecar returns the sidecar where no annotation names one: that of an image which is
// named, so that a namespace with an image of Google's sidecar keeps it, else the default one.
func impliedSidecar(image string, byDefault Sidecar) given {
	if sidecarOf(image) == Stackdriver {
		return given{string(Stackdriver), FromServer}
	}
	return given{string(cmp.Or(byDefault, GCMExporter)), FromServer}
}

// fitSidecar reports annotations that the sidecar does not go with.
func (s Settings) fitSidecar(values map[string]given) []Diagnostic {
	var diagnostics []Diagnostic
	if of := sidecarOf(s.SidecarImage); of != "" && of != s.Sidecar && s.Sidecar != "" {
		diagnostics = append(diagnostics, misfit(SidecarImage, values[SidecarImage],
			fmt.Sprintf("that is an image of %s, and the sidecar is %s", of.Container(), s.Sidecar.Container()),
			fmt.Sprintf("set %s to %q, or name another image", SidecarName, of)))
	}
	if s.Sidecar == Stackdriver && s.Destination != configuration.CloudMonitoring {
		diagnostics = append(diagnostics, misfit(Destination, values[Destination],
			fmt.Sprintf("%s sends to %s only", stackdriver.Name, configuration.CloudMonitoring),
			fmt.Sprintf("set %s to %q, or remove the annotation", SidecarName, GCMExporter)))
	}
	return diagnostics
}

// misfit is a diagnostic about a whole value.
func misfit(key string, g given, message, fix string) Diagnostic {
	d := valueError{code: invalidValueRule, error: errors.New(message)}.diagnostic(key, g)
	d.Fix = fix
	return d
}

// missingImage says what to do where no image is named.
func (s Settings) missingImage(defaults Defaults) Diagnostic {
	message := "set it, or start the injector with --sidecar-image"
	switch {
	case s.Sidecar == Stackdriver && defaults.SidecarImage != "" && sidecarOf(defaults.SidecarImage) == "":
		message = fmt.Sprintf("name an image of %s (by its name, the injector's --sidecar-image=%s may be another), or set %s to %q",
			stackdriver.Name, defaults.SidecarImage, SidecarName, GCMExporter)
	case s.Sidecar == Stackdriver:
		message = fmt.Sprintf("Google publishes no image of %s, so build one and name it, or set %s to %q", stackdriver.Name, SidecarName, GCMExporter)
	case defaults.SidecarImage != "":
		message = fmt.Sprintf("the injector's --sidecar-image=%s is one of %s; name an image of %s, or remove the flag", defaults.SidecarImage, stackdriver.Name, GCMExporter)
	}
	return Diagnostic{Diagnostic: source.Diagnostic{Code: missingValueRule, Message: message}, Key: SidecarImage}
}
