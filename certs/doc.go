// Package certs gives the injector its serving certificate and the API server the CA bundle to check it with.
//
// There are two kinds of [Source]:
//
//   - [SelfManaged] needs nothing else in the cluster. One CA lives in a Secret in the injector's namespace and is
//     shared by all replicas; every replica signs its own serving certificate with it, in memory. The elected leader
//     keeps the CA in the caBundle of both webhook configurations.
//   - [Files] serves tls.crt and tls.key of a mounted Secret and picks up new ones without a restart. Nothing is
//     written to the cluster. With cert-manager, its cainjector writes the caBundle. With a Secret of the user's own,
//     the caBundle is a value of the chart: the certificate and the CA to check it with then come from the same hand,
//     and the injector needs no right to write anything.
//
// # A rotation without a failed admission
//
// The API server calls a replica successfully if the CA of the certificate which the replica serves is in the
// caBundle that this API server knows. SelfManaged upholds that by an order of steps, none of which needs the
// replicas to agree on anything but the Secret:
//
//  1. A new CA appears in the Secret, because the old one has a third of its life left or was damaged.
//  2. The leader adds it to every caBundle, and leaves the old one there.
//  3. Each replica goes on serving its old certificate until it has itself seen the new CA in every caBundle, and
//     then a moment longer, because the other API servers of the cluster may learn of it later.
//  4. The leader drops the old CA when no replica can still be serving a certificate of it.
//
// # Permissions
//
// [Files] needs none. [SelfManaged] needs these and no more; list and watch are asked for with a field selector on the
// name, so that resourceNames restricts them too. Only create cannot be restricted to a name.
//
//	Role in the injector's namespace:
//	  "" secrets                                        create
//	  "" secrets                                        get, list, watch, update   resourceNames: gcm-injector-ca
//	ClusterRole:
//	  admissionregistration.k8s.io
//	    mutatingwebhookconfigurations                   get, list, watch, patch    resourceNames: linkerd-gcm-webhook-config
//	    validatingwebhookconfigurations                 get, list, watch, patch    resourceNames: linkerd-gcm-validator-webhook-config
package certs
