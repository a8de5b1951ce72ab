package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/linkerd-gcm/linkerd-gcm/check/cluster"
)

func TestMayInstall(t *testing.T) {
	for name, test := range map[string]struct {
		forbidden []string
		want      error
	}{
		"everything":                {},
		"no Deployments":            {[]string{"deployments linkerd-gcm"}, errors.New("you may not create deployments.apps in namespace linkerd-gcm")},
		"no objects of the cluster": {[]string{"namespaces ", "clusterroles "}, errors.New("you may not create namespaces\nyou may not create clusterroles.rbac.authorization.k8s.io")},
	} {
		t.Run(name, func(t *testing.T) {
			asked := map[string]int{}
			review := func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.CreateOption) error {
				review := o.(*authorizationv1.SelfSubjectAccessReview)
				attributes := review.Spec.ResourceAttributes
				what := attributes.Resource + " " + attributes.Namespace
				asked[what]++
				review.Status.Allowed = attributes.Verb == "create" && !slices.Contains(test.forbidden, what)
				return nil
			}
			c := fake.NewClientBuilder().WithRESTMapper(testrestmapper.TestOnlyStaticRESTMapper(scheme.Scheme)).
				WithInterceptorFuncs(interceptor.Funcs{Create: review}).Build()
			got := mayInstall(t.Context(), &runContext{cluster: cluster.New(c, nil)})
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			for _, what := range []string{"deployments linkerd-gcm", "namespaces ", "mutatingwebhookconfigurations "} {
				if asked[what] != 1 {
					t.Errorf("asked %d times about %q, want once", asked[what], what)
				}
			}
		})
	}
}
