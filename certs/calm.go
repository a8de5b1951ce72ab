package certs

import (
	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// calm returns a logger for cert-manager's authority, which calls it an error when another replica was the first to put
// a new CA into the Secret. That happens in every rotation, and is as it should be.
func calm(log logr.Logger) logr.Logger {
	return log.WithSink(calmSink{log.GetSink()})
}

type calmSink struct{ logr.LogSink }

func (s calmSink) Error(err error, message string, keysAndValues ...any) {
	if !apierrors.IsConflict(err) {
		s.LogSink.Error(err, message, keysAndValues...)
	} else if s.Enabled(1) {
		s.Info(1, "another replica was the first to write the Secret", append(keysAndValues, "reason", err.Error())...)
	}
}

func (s calmSink) WithValues(keysAndValues ...any) logr.LogSink {
	return calmSink{s.LogSink.WithValues(keysAndValues...)}
}

func (s calmSink) WithName(name string) logr.LogSink {
	return calmSink{s.LogSink.WithName(name)}
}
