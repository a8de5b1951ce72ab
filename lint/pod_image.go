package lint

import (
	"slices"
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

var podImageRules = []Rule{
	{
		ID: "POD004", Severity: Error, Concern: Both,
		Title: "the image pull policy is Always, IfNotPresent or Never",
		Why:   "The API server refuses a pod with another word, or with one of these in lower case (k8s.io/kubernetes, pkg/apis/core/validation/validation.go).",
		check: checkPullPolicy,
		from:  bySettings,
	},
	{
		ID: "POD007", Severity: Error, Concern: Both,
		Title:       "the sidecar's image has a fixed version that loses nothing, and is in a registry that still exists",
		Why:         "stackdriver-prometheus-sidecar before 0.10.1, targets/cache.go, drops every recorded series that lacks one of its target's labels. Container Registry, which served gcr.io, was shut down in 2025; what its names still serve is in Artifact Registry.",
		Exporter:    "has no version that loses recorded series",
		ExporterWhy: "With a moving tag, the next pod may run another version of gcm-exporter than this one. Container Registry, which served gcr.io, was shut down in 2025; what its names still serve is in Artifact Registry.",
		check:       checkImage,
	},
	{
		ID: "POD012", Severity: Error, Concern: Both,
		Title: "the sidecar's image is one that the injector allows",
		Why:   "With --allowed-sidecar-images, gcm-injector injects only images on that list, because the sidecar runs with the service account and the volumes of Prometheus (settings/allowed_images.go).",
		from:  bySettings,
	},
}

// checkPullPolicy finds a pull policy that the API server refuses.
func checkPullPolicy(c *context) []Finding {
	if c.sidecar == nil {
		return nil
	}
	policies := []string{string(corev1.PullAlways), string(corev1.PullIfNotPresent), string(corev1.PullNever)}
	given := string(c.sidecar.container.ImagePullPolicy)
	if given == "" || slices.Contains(policies, given) {
		return nil
	}
	return []Finding{c.sidecar.field("imagePullPolicy", "image pull policy %q is not one of %s", quote(given), strings.Join(policies, ", ")).
		WithFix("write %s", spelling.Nearest(given, policies))}
}

// oldest is the first version of the sidecar that finds the targets of recorded
// series.
var oldest = version.MustParseGeneric("0.10.1")

// checkImage checks the image of the sidecar in the pod, or of the one to be injected.
func checkImage(c *context) []Finding {
	switch {
	case c.sidecar != nil:
		object := c.sidecar.object
		object.Key += ".image"
		return c.imageFindings(Text{Value: c.sidecar.container.Image, Object: object})
	case c.Settings.Enabled && !c.hasProblem(settings.SidecarImage):
		findings := c.imageFindings(c.SidecarImage)
		for i := range findings {
			if c.SidecarImage.Position.Line == 0 {
				findings[i].Message += " (the injector's --sidecar-image)"
			}
		}
		return findings
	}
	return nil
}

// imageFindings says what is wrong with an image.
func (c *context) imageFindings(text Text) []Finding {
	image := text.Value
	if image == "" {
		return nil
	}
	var findings []Finding
	if registry, _, _ := strings.Cut(image, "/"); registry == "gcr.io" || strings.HasSuffix(registry, ".gcr.io") {
		findings = append(findings, text.atText("image %s is in %s, and Container Registry was shut down", quote(image), registry).WithSeverity(Warning).
			WithReason("Container Registry, which served gcr.io, was shut down in 2025; what its names still serve is in Artifact Registry. The kubelet starts no container whose image it cannot pull.").
			WithFix("push it to Artifact Registry, and name it there"))
	}
	named, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return append(findings, text.atText("image %s is not a valid image name: %v", quote(image), err).WithSeverity(Error).
			WithReason("The kubelet (InvalidImageName) starts no container whose image it cannot read.").
			WithFix("write one such as registry.example.com/%s", c.of("stackdriver-prometheus-sidecar:0.10.1", "linkerd-gcm:v0.2.0")))
	}
	if p := c.tagProblem(named); p.message != "" {
		findings = append(findings, text.atText("image %s %s", quote(image), p.message).WithSeverity(Warning).WithReason("%s", p.reason).WithFix("%s", p.fix))
	}
	return findings
}

// imageProblem is what is wrong with the tag of an image, why that matters, and what to do.
type imageProblem struct{ message, reason, fix string }

// tagProblem says what is wrong with the tag of an image; its message is "" where nothing is.
func (c *context) tagProblem(image reference.Named) imageProblem {
	pin := c.of("name a tag such as :0.10.1", "name the tag of a release, or a digest")
	const (
		moving = "After a push, the next pod runs another version of the sidecar than this one, perhaps one that loses data, and nothing in the pod's spec tells which."
	)
	_, pinned := image.(reference.Digested)
	tagged, hasTag := image.(reference.Tagged)
	switch {
	case !hasTag && pinned:
		return imageProblem{}
	case !hasTag:
		return imageProblem{"has no tag, which means latest", moving, pin}
	case tagged.Tag() == "latest" && !pinned:
		return imageProblem{"is replaced whenever somebody pushes", moving, pin}
	}
	if v, err := version.ParseGeneric(tagged.Tag()); err == nil && !c.byExporter() && v.LessThan(oldest) {
		return imageProblem{
			"is older than " + oldest.String() + ", and drops recorded series that lack a label of their target",
			"stackdriver-prometheus-sidecar before 0.10.1, targets/cache.go, finds no target for a series that lacks one of the target's labels, and drops it silently.",
			"use " + oldest.String() + " or newer",
		}
	}
	return imageProblem{}
}
