package check

import "testing"

func TestIsGKE(t *testing.T) {
	for version, want := range map[string]bool{"v1.33.4-gke.1036000": true, "v1.33.4": false, "v1.33.4-eks-1": false} {
		if isGKE(version) != want {
			t.Errorf("%s: got %v", version, !want)
		}
	}
}
