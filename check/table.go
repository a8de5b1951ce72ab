package check

// Checks is the table of all checks, in the order in which they run. The checks of a
// category stand together, as Linkerd's output wants them. The row of a check is in the
// file that is named after its ID.
var Checks = []Check{
	apiCheck,
	versionCheck,

	preNamespaceCheck,
	preWebhooksCheck,
	prePermissionsCheck,

	namespaceCheck,
	namespaceLabelCheck,
	namespacePoliciesCheck,
	singleCheck,
	webhooksCheck,
	injectorCheck,
	injectorVersionCheck,
	caBundleCheck,
	certificatesCheck,
	certificateLifetimeCheck,
	certManagerCheck,
	webhookAnswersCheck,

	vizCheck,
	annotatedCheck,
	selectedCheck,
	configurationCheck,
	configurationWarningsCheck,
	podsCheck,
	injectedCheck,
	foreignSidecarCheck,
	currentCheck,
	sidecarVersionCheck,
	sidecarsCheck,
	restartsCheck,
	nextPodCheck,
	openPoliciesCheck,

	resourceLabelsCheck,
	locationCheck,
	workloadIdentityCheck,
	exportsCheck,
	refusalsCheck,
	dropsCheck,
}

// The categories of the table.
const (
	kubernetesCategory = "linkerd-gcm-kubernetes"
	preInstallCategory = "pre-linkerd-gcm"
	injectorCategory   = "linkerd-gcm"
	dataPlaneCategory  = "linkerd-gcm-data-plane"
	googleCategory     = "linkerd-gcm-google-cloud"
)
