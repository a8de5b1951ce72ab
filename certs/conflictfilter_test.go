package certs

import (
	"errors"
	"testing"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestFilterConflicts(t *testing.T) {
	conflict := apierrors.NewConflict(schema.GroupResource{Resource: "secrets"}, "ca", errors.New("modified"))
	tests := map[string]struct {
		err  error
		want []string
	}{
		"a write conflict is not logged as an error": {err: conflict},
		"another error is logged as one": {
			err:  errors.New("forbidden"),
			want: []string{`"logger"="certs" "msg"="error ensuring CA" "error"="forbidden" "key"="value"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			log := funcr.New(func(prefix, args string) {
				got = append(got, `"logger"="`+prefix+`" `+args)
			}, funcr.Options{})
			filterConflicts(log).V(1).WithName("certs").WithValues("key", "value").Error(test.err, "error ensuring CA")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}
