package certs

import (
	"strings"
	"testing"
	"time"
)

func TestSelfManagedOptions(t *testing.T) {
	complete := SelfManagedOptions{Namespace: "linkerd-gcm", Hosts: []string{webhookHost}}
	tests := map[string]struct {
		change func(*SelfManagedOptions)
		err    string
	}{
		"the defaults are valid":         {change: func(*SelfManagedOptions) {}},
		"a third of the CA's is allowed": {change: func(o *SelfManagedOptions) { o.CALifetime, o.LeafLifetime = 3*time.Hour, time.Hour }},
		"more than a third is not":       {change: func(o *SelfManagedOptions) { o.CALifetime, o.LeafLifetime = 2*time.Hour, time.Hour }, err: "at most a third"},
		"a negative lifetime is not":     {change: func(o *SelfManagedOptions) { o.LeafLifetime = -time.Hour }, err: "at most a third"},
		"a namespace is needed":          {change: func(o *SelfManagedOptions) { o.Namespace = "" }, err: "need the namespace"},
		"a host is needed":               {change: func(o *SelfManagedOptions) { o.Hosts = nil }, err: "need at least one host"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			options := complete
			test.change(&options)
			_, err := NewSelfManaged(options)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error = %v, want %q", err, test.err)
			}
		})
	}
}
