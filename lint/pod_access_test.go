package lint_test

import (
	"testing"
)

func TestWhoMayWriteTheProgressFile(t *testing.T) {
	for name, c := range map[string]podTest{
		"another uid":                   {[]string{own, "securityContext: {runAsUser: 1000}\n  resources"}, []string{"POD001 error " + container + ".securityContext.runAsUser 0:0+0"}},
		"the image's uid":               {[]string{own, "resources"}, []string{"POD001 warning " + container + " 0:0+0"}},
		"the pod's uid":                 {[]string{own, "resources", "\nvolumes:\n", "\nsecurityContext: {runAsUser: 65534}\nvolumes:\n"}, nil},
		"another uid of the pod":        {[]string{own, "resources", "\nvolumes:\n", "\nsecurityContext: {runAsUser: 1000}\nvolumes:\n"}, []string{"POD001 error securityContext.runAsUser 0:0+0"}},
		"root":                          {[]string{own, "securityContext: {runAsUser: 0}\n  resources"}, nil},
		"root without capabilities":     {[]string{own, "securityContext: {runAsUser: 0, capabilities: {drop: [ALL]}}\n  resources"}, []string{"POD001 error " + container + ".securityContext.runAsUser 0:0+0"}},
		"root with the one that counts": {[]string{own, "securityContext: {runAsUser: 0, capabilities: {drop: [ALL], add: [DAC_OVERRIDE]}}\n  resources"}, nil},
		"a read-only log":               {[]string{"mountPath: /data}\n  - {name: sidecar", "mountPath: /data, readOnly: true}\n  - {name: sidecar"}, []string{"POD002 error " + container + ".volumeMounts[0].readOnly 0:0+0"}},
	} {
		t.Run(name, c.run)
	}
}
