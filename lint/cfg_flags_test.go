package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestAMissingLocationOrClusterIsAWarningAtTheNamespace(t *testing.T) {
	in := lint.FromAnnotations(lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "linkerd-viz"}, Annotations: map[string]string{
		settings.ProjectID: "my-project", settings.SidecarImage: annotations[settings.SidecarImage],
	}}, lint.Annotated{}, settings.Defaults{})
	want := []string{"CFG005 warning " + settings.ClusterName + " 0:0+0", "CFG005 warning " + settings.Location + " 0:0+0"}
	if diff := cmp.Diff(want, inPod(lint.Checked(t, in))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFlagsOfASidecar(t *testing.T) {
	for name, c := range map[string]podTest{
		"without a problem":                   {nil, nil},
		"no project":                          {[]string{"  - --stackdriver.project-id=my-project\n", ""}, []string{"CFG004 error " + container + " 0:0+0"}},
		"an empty project":                    {[]string{"project-id=my-project", "project-id="}, []string{"CFG004 warning " + command + "[2] 1:26+0"}},
		"a placeholder for the project":       {[]string{"project-id=my-project", "project-id=<MY_PROJECT_ID>"}, []string{"CFG004 error " + command + "[2] 1:26+15"}},
		"a project that the kubelet expands":  {[]string{"project-id=my-project", "project-id=$(PROJECT)"}, nil},
		"a flag given twice":                  {[]string{"  - --stackdriver.project-id=my-project\n", "  - --stackdriver.project-id=my-project\n  - --log.level=info\n  - --log.level=warn\n"}, []string{"CFG004 error " + command + "[4] 1:1+11"}},
		"a misspelt flag":                     {[]string{"--stackdriver.kubernetes.location", "--stackdriver.kubernetes.region"}, []string{"CFG005 warning " + container + " 0:0+0", "CFG004 error " + command + "[3] 1:1+31"}},
		"a cluster's name with a placeholder": {[]string{"  - my-cluster", "  - <MY_CLUSER_ID>"}, []string{"CFG006 warning " + command + "[5] 1:1+14"}},
		"a comma after the location":          {[]string{"location=us-central1", "location=us-central1,"}, []string{"CFG006 warning " + command + "[3] 1:35+12"}},
		"a switch that is turned off":         {[]string{"  - --prometheus.wal", "  - --no-web.enable-statusz\n  - --prometheus.wal"}, nil},
		"a prefix with a slash at its end":    {[]string{"  - --prometheus.wal", "  - --stackdriver.metrics-prefix=custom.googleapis.com/a/\n  - --prometheus.wal"}, []string{"CFG013 error " + command + "[6] 1:30+24"}},
		"a switch with a value":               {[]string{"  - --prometheus.wal", "  - --web.enable-statusz=true\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[6] 1:22+4"}},
		"a level that does not exist":         {[]string{"  - --prometheus.wal", "  - --log.level\n  - verbose\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[7] 1:1+7"}},
		"a space before a flag":               {[]string{"  - --prometheus.wal", "  - ' --log.level=info'\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[6] 1:1+17"}},
		"a word that is no flag":              {[]string{"  - --prometheus.wal", "  - start\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[6] 1:1+5"}},
		"a short flag":                        {[]string{"  - --prometheus.wal", "  - -x\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[6] 1:1+2"}},
		"a last flag without its value":       {[]string{"  - '--include={__name__=~\"linkerd_job:.+\"}'\n", "  - '--include={__name__=~\"linkerd_job:.+\"}'\n  - --log.level\n"}, []string{"CFG004 error " + command + "[8] 1:1+11"}},
		"a question in place of a start":      {[]string{"  - --prometheus.wal", "  - --version\n  - --prometheus.wal"}, []string{"CFG004 error " + command + "[6] 1:1+9"}},
		"all of them in a script":             {[]string{"- /bin/stackdriver-prometheus-sidecar\n", "- sh\n  - -c\n  - exec \"$0\" \"$@\" --log.level=loud x\n  - /bin/stackdriver-prometheus-sidecar\n"}, []string{"CFG004 error " + command + "[2] 1:28+4", "CFG004 error " + command + "[2] 1:33+1"}},
		"another program with the same flags": {[]string{"stackdriver-prometheus-sidecar\n", "exporter\n", "stackdriver-prometheus-sidecar:0.10.1", "exporter:0.10.1", "  - --prometheus.wal", "  - --max-series=1\n  - --prometheus.wal"}, []string{"CFG004 warning " + command + "[6] 1:1+12"}},
	} {
		t.Run(name, c.run)
	}
}
