package settings

import (
	"strings"
	"testing"
)

const (
	aDigest       = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	anotherDigest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func TestAllowedImages(t *testing.T) {
	for name, test := range map[string]struct {
		list            []string
		allowed, others []string
	}{
		"no list": {
			allowed: []string{"anything", "registry.example.com/evil:1"},
		},
		"a repository": {
			list:    []string{"registry.example.com/team/sidecar"},
			allowed: []string{"registry.example.com/team/sidecar", "registry.example.com/team/sidecar:1", "registry.example.com/team/sidecar@" + aDigest, "registry.example.com/team/sidecar:1@" + aDigest},
			others: []string{
				"registry.example.com/team/sidecar-evil", "registry.example.com/team/sidecar/evil", "registry.example.com/team", "registry.example.com/team/sidecar:",
				"registry.example.com:5000/team/sidecar", "registry.example.com.evil.example/team/sidecar", "evil.example/registry.example.com/team/sidecar",
				"REGISTRY.example.com/team/sidecar", "registry.example.com/team//sidecar", "registry.example.com/team/./sidecar", "registry.example.com/x/../team/sidecar",
				"registry.example.com/team/sidecar ", " registry.example.com/team/sidecar", "registry.example.com/team/sidecar\n", "https://registry.example.com/team/sidecar",
				"team/sidecar", "sidecar", "",
			},
		},
		"a tag": {
			list:    []string{"registry.example.com/sidecar:0.10.1"},
			allowed: []string{"registry.example.com/sidecar:0.10.1"},
			others: []string{
				"registry.example.com/sidecar", "registry.example.com/sidecar:0.10.10", "registry.example.com/sidecar:0.10", "registry.example.com/sidecar@" + aDigest,
				// What runs is the digest, whatever the tag says.
				"registry.example.com/sidecar:0.10.1@" + aDigest,
			},
		},
		"the tag that is meant where none is given": {
			list:    []string{"registry.example.com/sidecar:latest"},
			allowed: []string{"registry.example.com/sidecar", "registry.example.com/sidecar:latest"},
			others:  []string{"registry.example.com/sidecar:1"},
		},
		"a digest": {
			list:    []string{"registry.example.com/sidecar@" + aDigest},
			allowed: []string{"registry.example.com/sidecar@" + aDigest, "registry.example.com/sidecar:1@" + aDigest},
			others:  []string{"registry.example.com/sidecar@" + anotherDigest, "registry.example.com/sidecar:1", "registry.example.com/other@" + aDigest},
		},
		"a tag and a digest": {
			list:    []string{"registry.example.com/sidecar:1@" + aDigest},
			allowed: []string{"registry.example.com/sidecar@" + aDigest, "registry.example.com/sidecar:2@" + aDigest},
			others:  []string{"registry.example.com/sidecar:1"},
		},
		"the beginning of repositories": {
			list:    []string{"registry.example.com/team/"},
			allowed: []string{"registry.example.com/team/sidecar", "registry.example.com/team/a/b:1"},
			others: []string{
				"registry.example.com/team", "registry.example.com/team-evil/sidecar", "registry.example.com/teamevil", "registry.example.com/team/../evil/sidecar",
				"registry.example.com/team/", "registry.example.com/team//sidecar", "evil.example/registry.example.com/team/sidecar",
			},
		},
		"a registry": {
			list:    []string{"registry.example.com:5000/", "localhost/"},
			allowed: []string{"registry.example.com:5000/a", "localhost/a"},
			others:  []string{"registry.example.com/a", "registry.example.com:50000/a", "localhost:5000/a", "localhost.evil.example/a"},
		},
		"Docker Hub": {
			list:    []string{"docker.io/library/", "docker.io/sidecar:1"},
			allowed: []string{"docker.io/library/a", "docker.io/a", "docker.io/sidecar:1"},
			// Where these come from is up to the node.
			others: []string{"a", "library/a", "index.docker.io/library/a", "docker.io/other/a"},
		},
		"one of several": {
			list:    []string{"registry.example.com/a", "registry.example.com/b"},
			allowed: []string{"registry.example.com/b:1"},
			others:  []string{"registry.example.com/c"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := ParseAllowedImages(test.list)
			if err != nil {
				t.Fatal(err)
			}
			for _, image := range test.allowed {
				if !list.Allows(image) {
					t.Errorf("%q is not allowed", image)
				}
			}
			for _, image := range test.others {
				if list.Allows(image) {
					t.Errorf("%q is allowed", image)
				}
			}
		})
	}
}

func TestListsOfImagesThatAreNotValid(t *testing.T) {
	for _, entry := range []string{
		"", "/", "sidecar", "team/", "library/sidecar:1", "index.docker.io/a", "registry.example.com", "registry.example.com/*", "*", "registry.example.com/team*",
		"registry.example.com/team//", "//registry.example.com/", "registry.example.com/a:1/", "registry.example.com/a@" + aDigest + "/", "registry.example.com/a:",
		"registry.example.com/a@sha256:01", " registry.example.com/a", "registry.example.com/Team/", "https://registry.example.com/",
	} {
		list, err := ParseAllowedImages([]string{"registry.example.com/good", entry})
		if err == nil || !strings.HasPrefix(err.Error(), `"`+entry+`" is not an image such as`) {
			t.Errorf("%q: got %v, %v", entry, list.Texts(), err)
		}
	}
}

func TestImagesThatAreNotOnTheList(t *testing.T) {
	list, err := ParseAllowedImages([]string{"registry.example.com/team/", "registry.example.com/sidecar:0.10.1"})
	if err != nil {
		t.Fatal(err)
	}
	const says = `: the injector allows only these images (--allowed-sidecar-images): registry.example.com/team/, registry.example.com/sidecar:0.10.1`
	for name, test := range map[string]struct {
		namespace, pod map[string]string
		byDefault      string
		want, fix      string
	}{
		"one that is": {
			namespace: enabled(SidecarImage, "registry.example.com/team/sidecar:1"),
		},
		"the namespace's": {
			namespace: enabled(SidecarImage, "registry.example.com/team-evil/sidecar:1"),
			want:      `annotation gcm.linkerd.io/sidecar-image of the namespace is "registry.example.com/team-evil/sidecar:1"` + says,
			fix:       "use one of them, or have the image added to the list",
		},
		"the pod's, in place of one that is": {
			namespace: enabled(SidecarImage, "registry.example.com/team/sidecar:1"),
			pod:       map[string]string{SidecarImage: "sidecar:1"},
			want:      `annotation gcm.linkerd.io/sidecar-image of the pod is "sidecar:1"` + says,
			fix:       "write its registry, such as docker.io/library/, before the name",
		},
		"the injector's own": {
			namespace: map[string]string{Inject: "enabled", ProjectID: "my-project"},
			byDefault: "registry.example.com/other:1",
			want:      `the injector's default for gcm.linkerd.io/sidecar-image is "registry.example.com/other:1"` + says,
			fix:       "name one of them in the annotation, or have the injector's --sidecar-image changed",
		},
		"nobody asks": {
			namespace: enabled(SidecarImage, "registry.example.com/other:1", Inject, "disabled"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, diagnostics := Parse(test.namespace, test.pod, Defaults{SidecarImage: test.byDefault, AllowedImages: list})
			var got, fix string
			for _, d := range diagnostics {
				got += d.String()
				fix += d.Fix
				if d.Code != "POD012" {
					t.Errorf("the rule is %s", d.Code)
				}
			}
			if got != test.want || fix != test.fix {
				t.Errorf("got  %s; %s\nwant %s; %s", got, fix, test.want, test.fix)
			}
		})
	}
}
