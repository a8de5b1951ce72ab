package lint_test

import (
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestTheImageToBeInjectedIsJudged(t *testing.T) {
	defaults := settings.Defaults{SidecarImage: "stackdriver-prometheus-sidecar:latest"}
	for name, c := range map[string]struct {
		namespace, pod, want string
	}{
		"the namespace's": {
			namespace: "sidecar", pod: "",
			want: "POD007: annotation gcm.linkerd.io/sidecar-image of Namespace viz, line 1: image sidecar has no tag, which means latest; name a tag such as :0.10.1",
		},
		"the pod's": {
			namespace: "sidecar:0.10.1", pod: "sidecar:v0.8.2",
			want: "POD007: annotation gcm.linkerd.io/sidecar-image of Pod viz/p, line 1: image sidecar:v0.8.2 is older than 0.10.1, and drops recorded series that lack a label of their target; use 0.10.1 or newer",
		},
		"the injector's": {
			want: "POD007: Namespace viz: image stackdriver-prometheus-sidecar:latest is replaced whenever somebody pushes (the injector's --sidecar-image); name a tag such as :0.10.1",
		},
		"one that is not an image": {
			namespace: "Sidecar:0.10.1",
		},
		"the latest, of which one is meant": {
			namespace: "sidecar:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "viz"}, Annotations: map[string]string{settings.Inject: "enabled", settings.SidecarName: string(settings.Stackdriver)}}
			pod := lint.Annotated{Object: lint.Object{Kind: "Pod", Namespace: "viz", Name: "p"}, Annotations: map[string]string{}}
			if c.namespace != "" {
				namespace.Annotations[settings.SidecarImage] = c.namespace
			}
			if c.pod != "" {
				pod.Annotations[settings.SidecarImage] = c.pod
			}
			got := ""
			for _, f := range lint.Checked(t, lint.FromAnnotations(namespace, pod, defaults)) {
				if f.Rule == "POD007" {
					got += f.String()
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTheImageToBeInjectedIsOneThatTheInjectorAllows(t *testing.T) {
	list, err := settings.ParseAllowedImages([]string{"registry.example.com/team/"})
	if err != nil {
		t.Fatal(err)
	}
	const says = ": the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/; "
	for name, c := range map[string]struct {
		image, byDefault, want string
	}{
		"one that is on the list": {image: "registry.example.com/team/sidecar:0.10.1"},
		"one that is not": {
			image: "registry.example.com/team-evil/sidecar:0.10.1",
			want:  `POD012: annotation gcm.linkerd.io/sidecar-image of the namespace is "registry.example.com/team-evil/sidecar:0.10.1"` + says + "use one of them, or have the image added to the list",
		},
		"the injector's": {
			byDefault: "registry.example.com/other/stackdriver-prometheus-sidecar:0.10.1",
			want:      `POD012: the injector's default for gcm.linkerd.io/sidecar-image is "registry.example.com/other/stackdriver-prometheus-sidecar:0.10.1"` + says + "name one of them in the annotation, or have the injector's --sidecar-image changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "viz"}, Annotations: map[string]string{settings.Inject: "enabled", settings.SidecarName: string(settings.Stackdriver)}}
			if c.image != "" {
				namespace.Annotations[settings.SidecarImage] = c.image
			}
			got := ""
			for _, f := range lint.Checked(t, lint.FromAnnotations(namespace, lint.Annotated{}, settings.Defaults{SidecarImage: c.byDefault, AllowedImages: list})) {
				if f.Rule == "POD012" || f.Rule == "POD007" {
					got += f.String()
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSidecarImage(t *testing.T) {
	for name, c := range map[string]podTest{
		"a pull policy in lower case":         {[]string{image, image + "\n  imagePullPolicy: always"}, []string{"POD004 error " + container + ".imagePullPolicy 0:0+0"}},
		"the latest image":                    {[]string{"sidecar:0.10.1", "sidecar:latest"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"no tag":                              {[]string{"sidecar:0.10.1", "sidecar"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"an old image":                        {[]string{"sidecar:0.10.1", "sidecar:v0.9.0"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"a tag that is not a version":         {[]string{"sidecar:0.10.1", "sidecar:release-7"}, nil},
		"a digest":                            {[]string{"sidecar:0.10.1", "sidecar@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}, nil},
		"Container Registry":                  {[]string{"registry.example.com", "eu.gcr.io/my-project"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"a placeholder in Container Registry": {[]string{"registry.example.com", "gcr.io/<MY_PROJECT_ID>"}, []string{"POD007 warning " + container + ".image 0:0+0", "POD007 error " + container + ".image 0:0+0"}},
	} {
		t.Run(name, c.run)
	}
}
