package check

import "testing"

func TestJudgeVersion(t *testing.T) {
	const wanted = ">=1.30.0-0"
	for running, want := range map[string]string{
		"v1.30.0":              "",
		"v1.34.4":              "",
		"v1.33.4-gke.1036000":  "",
		"v1.31.2+k3s1":         "",
		"v1.29.9":              "the cluster runs Kubernetes v1.29.9",
		"v1.29.14-gke.1018000": "upgrade the cluster",
		"rolling":              "not checked",
	} {
		expect(t, want, judgeVersion(running, wanted))
	}
}
