package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/linkerd-gcm/linkerd-gcm/lint"
	"github.com/linkerd-gcm/linkerd-gcm/settings"
)

func TestASidecarsContainerIsJudgedWhereItStands(t *testing.T) {
	const (
		container = "containers[1]"
		identity  = "securityContext: {runAsUser: 65534, runAsGroup: 65534, runAsNonRoot: true}\n  "
		own       = identity + "resources"
		image     = "image: registry.example.com/stackdriver-prometheus-sidecar:0.10.1"
		ports     = "{name: gcm-admin, containerPort: 9091}"
		requests  = "requests: {cpu: 10m, memory: 64Mi}"
	)
	restricted := "securityContext: {runAsUser: 65534, runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}\n  "
	for name, c := range map[string]struct {
		change []string
		want   []string
	}{
		"another uid":                            {[]string{own, "securityContext: {runAsUser: 1000}\n  resources"}, []string{"POD001 error " + container + ".securityContext.runAsUser 0:0+0"}},
		"the image's uid":                        {[]string{own, "resources"}, []string{"POD001 warning " + container + " 0:0+0"}},
		"the pod's uid":                          {[]string{own, "resources", "\nvolumes:\n", "\nsecurityContext: {runAsUser: 65534}\nvolumes:\n"}, nil},
		"another uid of the pod":                 {[]string{own, "resources", "\nvolumes:\n", "\nsecurityContext: {runAsUser: 1000}\nvolumes:\n"}, []string{"POD001 error securityContext.runAsUser 0:0+0"}},
		"root":                                   {[]string{own, "securityContext: {runAsUser: 0}\n  resources"}, nil},
		"root without capabilities":              {[]string{own, "securityContext: {runAsUser: 0, capabilities: {drop: [ALL]}}\n  resources"}, []string{"POD001 error " + container + ".securityContext.runAsUser 0:0+0"}},
		"root with the one that counts":          {[]string{own, "securityContext: {runAsUser: 0, capabilities: {drop: [ALL], add: [DAC_OVERRIDE]}}\n  resources"}, nil},
		"a read-only log":                        {[]string{"mountPath: /data}\n  - {name: sidecar", "mountPath: /data, readOnly: true}\n  - {name: sidecar"}, []string{"POD002 error " + container + ".volumeMounts[0].readOnly 0:0+0"}},
		"less restricted than the rest":          {[]string{identity + "ports", restricted + "ports"}, []string{"POD003 warning " + container + " 0:0+0"}},
		"as restricted as the rest":              {[]string{identity, restricted}, nil},
		"a pull policy in lower case":            {[]string{image, image + "\n  imagePullPolicy: always"}, []string{"POD004 error " + container + ".imagePullPolicy 0:0+0"}},
		"the latest image":                       {[]string{"sidecar:0.10.1", "sidecar:latest"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"no tag":                                 {[]string{"sidecar:0.10.1", "sidecar"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"an old image":                           {[]string{"sidecar:0.10.1", "sidecar:v0.9.0"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"a tag that is no version":               {[]string{"sidecar:0.10.1", "sidecar:release-7"}, nil},
		"a digest":                               {[]string{"sidecar:0.10.1", "sidecar@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}, nil},
		"Container Registry":                     {[]string{"registry.example.com", "eu.gcr.io/my-project"}, []string{"POD007 warning " + container + ".image 0:0+0"}},
		"a placeholder in Container Registry":    {[]string{"registry.example.com", "gcr.io/<MY_PROJECT_ID>"}, []string{"POD007 error " + container + ".image 0:0+0", "POD007 warning " + container + ".image 0:0+0"}},
		"a port with the name of Prometheus'":    {[]string{ports, "{name: admin, containerPort: 9091}"}, []string{"POD008 warning " + container + ".ports[0].name 0:0+0"}},
		"a port that nobody scrapes":             {[]string{ports, "{name: http, containerPort: 9091}"}, []string{"POD008 info " + container + " 0:0+0"}},
		"no requests":                            {[]string{requests, "limits: {cpu: 10m}"}, []string{"POD009 warning " + container + " 0:0+0"}},
		"limits alone, which are requests":       {[]string{requests, "limits: {cpu: 10m, memory: 64Mi}"}, nil},
		"a second sidecar":                       {[]string{"\nvolumes:\n", "\n- {name: export, " + image + "}\nvolumes:\n"}, []string{"POD011 error containers[2] 0:0+0"}},
		"a second sidecar, known by its command": {[]string{"\nvolumes:\n", "\n- {name: export, image: gcm:1, command: [/bin/stackdriver-prometheus-sidecar]}\nvolumes:\n"}, []string{"POD011 error containers[2] 0:0+0"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, inPod(lint.Check(lint.Input{Pod: changed(t, c.change...)}).Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASidecarUnderAnotherNameWouldBecomeTheFirstOfTwo(t *testing.T) {
	pod := changed(t)
	pod.Spec.Containers[1] = corev1.Container{Name: "export", Image: "gcm:1", Args: []string{"/bin/stackdriver-prometheus-sidecar"}}
	in := lint.Input{Pod: pod}
	if got := inPod(lint.Check(in).Findings); got != nil {
		t.Errorf("where nothing is injected: %q", got)
	}
	in.Settings.Enabled = true
	if diff := cmp.Diff([]string{"POD011 error containers[1] 0:0+0"}, inPod(lint.Check(in).Findings)); diff != "" {
		t.Errorf("where a sidecar is injected (-want +got):\n%s", diff)
	}
}

func TestTheImageToBeInjectedIsJudged(t *testing.T) {
	defaults := settings.Defaults{SidecarImage: "sidecar:latest"}
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
			want: "POD007: Namespace viz: image sidecar:latest is another one whenever somebody pushes (the injector's --sidecar-image); name a tag such as :0.10.1",
		},
		"one that is none": {
			namespace: "Sidecar:0.10.1",
		},
		"the latest, of which one is meant": {
			namespace: "sidecar:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := lint.Annotated{Object: lint.Object{Kind: "Namespace", Name: "viz"}, Annotations: map[string]string{settings.Inject: "enabled"}}
			pod := lint.Annotated{Object: lint.Object{Kind: "Pod", Namespace: "viz", Name: "p"}, Annotations: map[string]string{}}
			if c.namespace != "" {
				namespace.Annotations[settings.SidecarImage] = c.namespace
			}
			if c.pod != "" {
				pod.Annotations[settings.SidecarImage] = c.pod
			}
			got := ""
			for _, f := range lint.Check(lint.FromAnnotations(namespace, pod, defaults)).Findings {
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
