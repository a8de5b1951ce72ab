package lint

import "testing"

func TestNamesWithoutAHash(t *testing.T) {
	for name, want := range map[string]string{
		"rules-7b2hk9m4t6":     "rules",
		"my-rules-g4hk2f9dmb":  "my-rules",
		"rules":                "rules",
		"rules-production":     "rules-production",     // no hash has vowels
		"rules-7b2hk9m4t":      "rules-7b2hk9m4t",      // one character is missing
		"rules-7b2hk9m4t66":    "rules-7b2hk9m4t66",    // one is too many
		"rules-7b2hk9m4t6-old": "rules-7b2hk9m4t6-old", // not at the end
		"-7b2hk9m4t6":          "-7b2hk9m4t6",
	} {
		if got := WithoutHash(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestNamesThatKustomizeMayMake(t *testing.T) {
	for _, test := range []struct {
		name, of string
		want     bool
	}{
		{"my-rules", "my-rules", true},
		{"my-rules-7b2hk9m4t6", "my-rules", true},
		{"prod-my-rules", "my-rules", true},
		{"my-rules-v2", "my-rules", true},
		{"prod-my-rules-v2-7b2hk9m4t6", "my-rules", true},
		{"prodmy-rules", "my-rules", false},
		{"my-rules2", "my-rules", false},
		{"my-other-rules", "my-rules", false},
		// A short name is a part of too many others.
		{"rules", "rules", true},
		{"rules-7b2hk9m4t6", "rules", true},
		{"other-rules", "rules", false},
	} {
		if got := MayBeNamed(test.name, test.of); got != test.want {
			t.Errorf("%s of %s: got %t", test.name, test.of, got)
		}
	}
}

func TestWhatHasRenamedAnObject(t *testing.T) {
	for name, want := range map[string]string{
		"my-rules-7b2hk9m4t6":      "set disableNameSuffixHash: true in the options of the generator in kustomization.yaml, or name the ConfigMap as it is",
		"prod-my-rules":            "name the ConfigMap prod-my-rules, or leave it out of what has the namePrefix or nameSuffix",
		"prod-my-rules-7b2hk9m4t6": "set disableNameSuffixHash: true in the options of the generator in kustomization.yaml, and name the ConfigMap prod-my-rules",
	} {
		r := Renamed{Object: Object{Kind: "ConfigMap", Name: name}, Wanted: "my-rules"}
		if got := r.Finding("the pod names"); got.Fix != want {
			t.Errorf("%s: %s", name, got.Fix)
		}
	}
}
