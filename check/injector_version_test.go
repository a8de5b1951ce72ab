package check

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestVersionsAgree(t *testing.T) {
	runIn(t, injectorVersionCheck, map[string]state{
		"no injector":           {options: Options{Version: "1.0.0"}, want: notApplicable},
		"no version":            {objects: []client.Object{injectorDeployment("1.0.0")}, want: notApplicable},
		"the same":              {objects: []client.Object{injectorDeployment("1.0.0")}, options: Options{Version: "1.0.0"}},
		"the same, as a label":  {objects: []client.Object{injectorDeployment("1.0.0_dev")}, options: Options{Version: "1.0.0+dev"}},
		"the injector is older": {objects: []client.Object{injectorDeployment("1.0.0")}, options: Options{Version: "1.1.0"}, want: "the injector is 1.0.0, and this program is 1.1.0"},
	})
}
