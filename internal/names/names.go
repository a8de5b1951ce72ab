// Package names holds the names of linkerd-gcm's objects in a cluster, and of the labels
// that it shares with Linkerd. Scripts and people rely on them: they never change.
//
// It holds names alone. What the objects contain, the chart in package manifests says;
// what linkerd-viz' own objects are called, package viz says.
package names

const (
	// Injector is the name of the injector's program, Deployment, Service and
	// ServiceAccount.
	Injector = "gcm-injector"
	// CASecret is the Secret with the CA of self-managed certificates, which the injectors
	// create.
	CASecret = "gcm-injector-ca"
	// MutatingConfiguration is the MutatingWebhookConfiguration that sends pods to the
	// injector.
	MutatingConfiguration = "linkerd-gcm-webhook-config"
	// ValidatingConfiguration is the ValidatingWebhookConfiguration that sends
	// namespaces and ConfigMaps to the injector.
	ValidatingConfiguration = "linkerd-gcm-validator-webhook-config"
	// ValidatingWebhook is the webhook in it that is asked about namespaces.
	ValidatingWebhook = "gcm-validator.linkerd.io"
)

const (
	// ExtensionLabel says which extension of Linkerd an object belongs to.
	ExtensionLabel = "linkerd.io/extension"
	// Extension is the value of ExtensionLabel on every object of linkerd-gcm.
	Extension = "gcm"
	// VizExtension is the value of ExtensionLabel on the objects of linkerd-viz.
	VizExtension = "viz"
	// VersionLabel holds the version of what an object was installed by.
	VersionLabel = "app.kubernetes.io/version"
	// OptOutLabel with the value "disabled" keeps the webhooks of Linkerd and its
	// extensions away from a namespace.
	OptOutLabel = "config.linkerd.io/admission-webhooks"
)
