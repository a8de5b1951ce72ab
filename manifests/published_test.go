package manifests

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

func TestImageIsTheOneThatTheChartInstalls(t *testing.T) {
	for _, version := range []string{"", "v1.2.3", "v0.1.1-0.20261122150405-0123456789ab+dirty"} {
		container := the[*appsv1.Deployment](t, objectsOf(t, Options{Version: version}), "gcm-injector").Spec.Template.Spec.Containers[0]
		if got, err := Image(version); err != nil || got != container.Image {
			t.Errorf("version %q: got %s and %v, and the chart installs %s", version, got, err, container.Image)
		}
	}
}

func TestUnpublishedImage(t *testing.T) {
	const hash = "ghcr.io/linkerd-gcm/linkerd-gcm:0123abc-dirty"
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"no version, so that of the chart":  {Options{}, ""},
		"a release":                         {Options{Version: "v1.2.3"}, ""},
		"a candidate for one":               {Options{Version: "v1.2.3-rc.1"}, ""},
		"a commit":                          {Options{Version: "0123abc-dirty"}, hash},
		"a commit after a release":          {Options{Version: "v0.1.0-5-g0123abc"}, "ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0-5-g0123abc"},
		"a release with changes":            {Options{Version: "v0.1.0-dirty"}, "ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.0-dirty"},
		"a commit as Go writes it":          {Options{Version: "v0.1.1-0.20261122150405-0123456789ab+dirty"}, "ghcr.io/linkerd-gcm/linkerd-gcm:v0.1.1-0.20261122150405-0123456789ab_dirty"},
		"a commit, and other values":        {Options{Version: "0123abc-dirty", Values: map[string]any{"replicas": 3}}, hash},
		"a commit, in another repository":   {Options{Version: "0123abc", Values: map[string]any{"image": map[string]any{"repository": "r.example/i"}}}, ""},
		"a commit, with another tag":        {Options{Version: "0123abc", Values: map[string]any{"image": map[string]any{"tag": "v0.1.0"}}}, ""},
		"a commit, with a digest":           {Options{Version: "0123abc", Values: map[string]any{"image": map[string]any{"digest": "sha256:12"}}}, ""},
		"a commit, and no image at all":     {Options{Version: "0123abc", Values: map[string]any{"webhookURL": "https://192.0.2.7"}}, ""},
		"a commit, with the same image":     {Options{Version: "0123abc-dirty", Values: map[string]any{"image": map[string]any{"repository": "ghcr.io/linkerd-gcm/linkerd-gcm"}}}, hash},
		"a commit, with values of no sense": {Options{Version: "0123abc", Values: map[string]any{"image": "i"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := UnpublishedImage(test.options)
			if err != nil || got != test.want {
				t.Errorf("got %q and %v, want %q", got, err, test.want)
			}
		})
	}
}
