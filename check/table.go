package check

import "slices"

// Checks is the table of all checks, in the order in which they run. The checks of
// a category stand together, as Linkerd's output wants them.
var Checks = slices.Concat(
	kubernetesChecks,
	beforeChecks,
	installationChecks,
	certificateChecks,
	webhookChecks,
	configurationChecks,
	podChecks,
	googleChecks,
	exportChecks,
)

// The categories of the table.
const (
	kubernetesCategory = "linkerd-gcm-kubernetes"
	beforeCategory     = "pre-linkerd-gcm"
	injectorCategory   = "linkerd-gcm"
	dataPlaneCategory  = "linkerd-gcm-data-plane"
	googleCategory     = "linkerd-gcm-google-cloud"
)
