package lint

var podRules = []Rule{
	{
		ID: "POD001", Severity: Error,
		Title: "the sidecar may write in the directory of the write-ahead log",
		Why:   "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress there and ends with status 0 where it cannot. Prometheus (tsdb/wlog/wlog.go) makes the directory so that only its own uid may write.",
		check: checkUser,
	},
	{
		ID: "POD002", Severity: Error,
		Title: "the sidecar mounts Prometheus' data for writing",
		Why:   "stackdriver-prometheus-sidecar, retrieval/manager.go, keeps its progress beside the log and ends with status 0 where it cannot.",
		check: checkReadOnly,
	},
	{
		ID: "POD003", Severity: Warning,
		Title: "the sidecar passes Pod Security restricted where the rest of the pod does",
		Why:   "linkerd-viz' namespace enforces restricted where Linkerd runs with its CNI plugin (viz/charts/linkerd-viz/templates/namespace.yaml); the API server then refuses the whole pod for one container.",
		check: checkPodSecurity,
	},
	{
		ID: "POD004", Severity: Error,
		Title: "the image pull policy is Always, IfNotPresent or Never",
		Why:   "The API server refuses a pod with another word, or with one of these in lower case (k8s.io/kubernetes, pkg/apis/core/validation/validation.go).",
		check: checkPullPolicy,
	},
	{
		ID: "POD005", Severity: Error,
		Title: "the ConfigMaps that the pod mounts exist, with their keys",
		Why:   "The kubelet (k8s.io/kubernetes, pkg/volume/configmap/configmap.go) keeps a pod waiting in ContainerCreating for a ConfigMap or a key that does not exist.",
		from:  byMissing,
	},
	{
		ID: "POD006", Severity: Warning,
		Title:       "a pod runs with the ConfigMaps as they are now",
		Why:         "The kubelet does not update mounts with subPath, and stackdriver-prometheus-sidecar, cmd/stackdriver-prometheus-sidecar/main.go, reads its file once: a change holds from the next pod on.",
		Undecidable: "Files don't say when a pod was started; linkerd-gcm check compares the running pod with its ConfigMaps.",
	},
	{
		ID: "POD007", Severity: Error,
		Title: "the sidecar's image is a fixed one, 0.10.1 or newer, of a registry that lives",
		Why:   "stackdriver-prometheus-sidecar before 0.10.1, targets/cache.go, drops every recorded series that lacks one of its target's labels. Container Registry, which served gcr.io, was shut down in 2025; what its names still serve is in Artifact Registry.",
		check: checkImage,
	},
	{
		ID: "POD008", Severity: Warning,
		Title: "the sidecar's port has a name that linkerd-viz scrapes, and not Prometheus'",
		Why:   "linkerd-viz' Prometheus scrapes ports whose name ends in admin, and its Server prometheus-admin covers the port named admin (viz/charts/linkerd-viz/templates/prometheus.yaml, prometheus-policy.yaml). The metrics of stackdriver-prometheus-sidecar say what it drops.",
		check: checkPortName,
	},
	{
		ID: "POD009", Severity: Warning,
		Title: "the sidecar requests CPU and memory",
		Why:   "Without requests the scheduler does not count stackdriver-prometheus-sidecar, the kubelet evicts Prometheus' pod earlier, and quotas may refuse it.",
		check: checkResources,
	},
	{
		ID: "POD010", Severity: Info,
		Title:       "the sidecar waits for Prometheus to make the write-ahead log",
		Why:         "On a new volume there is no log yet; stackdriver-prometheus-sidecar, tail/tail.go, then exits with status 1, and the kubelet starts it again until there is.",
		Undecidable: "Which of the two containers is faster is known only when they run, and the restart mends it.",
	},
	{
		ID: "POD011", Severity: Error,
		Title: "there is one sidecar in the pod",
		Why:   "Two of stackdriver-prometheus-sidecar write the same points, of which Google refuses the second (\"points must be written in order\"), and both keep their progress in one file.",
		check: checkTwoSidecars,
	},
}
