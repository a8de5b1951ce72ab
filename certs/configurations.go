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

// configuration is a webhook configuration whose caBundles are to be kept right. All of its webhooks are the
// injector's own.
type configuration struct {
	kind string
	name string
	// new returns an empty object to read the configuration into.
	new func() client.Object
	// repaired is the label under which the metric counts repairs.
	repaired string
}

// configurations lists the webhook configurations that the options name.
func (o SelfManagedOptions) configurations() []configuration {
	all := []configuration{
		{
			kind: "MutatingWebhookConfiguration", name: o.MutatingConfiguration, repaired: repairedMutating,
			new: func() client.Object { return &admissionv1.MutatingWebhookConfiguration{} },
		},
		{
			kind: "ValidatingWebhookConfiguration", name: o.ValidatingConfiguration, repaired: repairedValidating,
			new: func() client.Object { return &admissionv1.ValidatingWebhookConfiguration{} },
		},
	}
	var named []configuration
	for _, c := range all {
		if c.name != "" {
			named = append(named, c)
		}
	}
	return named
}

func (c configuration) String() string {
	return c.kind + " " + c.name
}

// caBundles returns the caBundle of each webhook of a webhook configuration, in their order.
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

// read returns the configuration as it is now, or nil if there is none.
func (c configuration) read(ctx context.Context, reader client.Reader) (client.Object, error) {
	object := c.new()
	if err := reader.Get(ctx, client.ObjectKey{Name: c.name}, object); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reading %s: %w", c, err)
	}
	return object, nil
}

// bundlePatch returns a JSON patch that sets the caBundle of the webhooks with these indices and touches nothing else.
// It applies only to the object as it was read, for a webhook's index means nothing in any other, and so that no
// caBundle is overwritten which was never looked at.
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
