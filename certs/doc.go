// Package certs gives the injector its serving certificate, and gives the API server the
// CA bundle to verify it with.
//
// There are two kinds of [CertificateSource]:
//
//   - [SelfManaged] needs nothing else in the cluster. One CA is stored in a Secret in the
//     injector's namespace and shared by all replicas. Every replica signs its own serving
//     certificate with it, in memory. The elected leader keeps the CA in the caBundle of
//     both webhook configurations.
//   - [Files] serves tls.crt and tls.key of a mounted Secret and reloads them without a
//     restart. It writes nothing to the cluster. With cert-manager, its cainjector writes
//     the caBundle. With a Secret that the user provides, the user also gives the caBundle,
//     as a value of the chart, so the injector needs no permission to write anything.
//
// [RequireClients] makes the server ask for the API server's own certificate.
//
// The package does not serve requests (package webhook does) and does not judge the
// certificates of a running installation (package check does). It does not implement the
// signing and storing of the CA: cert-manager's pkg/server/tls/authority does. What is
// added here is the order of steps below, which that package alone does not keep.
//
// # A rotation without a failed admission
//
// The API server can call a replica only if the CA of the certificate that the replica
// serves is in the caBundle that this API server knows. SelfManaged guarantees that by an
// order of steps. The replicas need to agree on nothing but the Secret:
//
//  1. A new CA appears in the Secret, because the old one has less than a third of its
//     lifetime left or was damaged.
//  2. The leader adds it to every caBundle, and keeps the old one there.
//  3. Each replica continues to serve its old certificate until it has itself seen the new CA
//     in every caBundle, and then a little longer, because the other API servers of the
//     cluster may see it later.
//  4. The leader removes the old CA when no replica can still be serving a certificate that
//     was signed with it.
//
// # Permissions
//
// [Files] needs none. [SelfManaged] needs exactly these. List and watch requests have a
// field selector on the name, so that resourceNames restricts them too. Only create
// cannot be restricted to a name.
//
//	Role in the injector's namespace:
//	  "" secrets                            create
//	  "" secrets                            get, list, watch, update
//	     resourceNames: gcm-injector-ca
//	ClusterRole:
//	  admissionregistration.k8s.io
//	    mutatingwebhookconfigurations       get, list, watch, patch
//	     resourceNames: linkerd-gcm-webhook-config
//	    validatingwebhookconfigurations     get, list, watch, patch
//	     resourceNames: linkerd-gcm-validator-webhook-config
package certs
