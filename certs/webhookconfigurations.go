package certs

import (
	"context"
	"encoding/json"
	"fmt"

	"gomodules.xyz/jsonpatch/v2"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// webhookConfiguration names a webhook configuration whose caBundles are kept up to date.
// All of its webhooks belong to the injector.
type webhookConfiguration struct {
	kind string
	name string
	// newObject returns an empty object to read the configuration into.
	newObject func() client.Object
	// repaired is the label value under which the metric counts repairs.
	repaired string
}

// webhookConfigurations returns the webhook configurations that the options name.
func (o SelfManagedOptions) webhookConfigurations() []webhookConfiguration {
	all := []webhookConfiguration{
		{
			kind: "MutatingWebhookConfiguration", name: o.MutatingConfiguration, repaired: repairedMutating,
			newObject: func() client.Object { return &admissionv1.MutatingWebhookConfiguration{} },
		},
		{
			kind: "ValidatingWebhookConfiguration", name: o.ValidatingConfiguration, repaired: repairedValidating,
			newObject: func() client.Object { return &admissionv1.ValidatingWebhookConfiguration{} },
		},
	}
	var named []webhookConfiguration
	for _, c := range all {
		if c.name != "" {
			named = append(named, c)
		}
	}
	return named
}

func (c webhookConfiguration) String() string {
	return c.kind + " " + c.name
}

// read returns the current object, or nil if it does not exist.
func (c webhookConfiguration) read(ctx context.Context, reader client.Reader) (client.Object, error) {
	object := c.newObject()
	if err := reader.Get(ctx, client.ObjectKey{Name: c.name}, object); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading %s: %w", c, err)
	}
	return object, nil
}

// caBundles returns the caBundle of each webhook of a webhook configuration, in their
// order.
func caBundles(object any) [][]byte {
	var bundles [][]byte
	switch object := object.(type) {
	case *admissionv1.MutatingWebhookConfiguration:
		for _, webhook := range object.Webhooks {
			bundles = append(bundles, webhook.ClientConfig.CABundle)
		}
	case *admissionv1.ValidatingWebhookConfiguration:
		for _, webhook := range object.Webhooks {
			bundles = append(bundles, webhook.ClientConfig.CABundle)
		}
	}
	return bundles
}

// bundlePatch returns a JSON patch that sets the caBundle of the webhooks with these
// indices and changes nothing else. It fails on any other version of the object than the
// one that was read: an index means nothing there, and a caBundle that was not read must
// not be overwritten.
func bundlePatch(object client.Object, indices []int, bundle []byte) (client.Patch, error) {
	operations := []jsonpatch.Operation{
		jsonpatch.NewOperation("test", "/metadata/resourceVersion", object.GetResourceVersion()),
	}
	for _, index := range indices {
		path := fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", index)
		operations = append(operations, jsonpatch.NewOperation("add", path, bundle))
	}
	patch, err := json.Marshal(operations)
	if err != nil {
		return nil, fmt.Errorf("encoding the patch of the caBundle: %w", err)
	}
	return client.RawPatch(types.JSONPatchType, patch), nil
}
