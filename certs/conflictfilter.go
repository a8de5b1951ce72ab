package certs

import (
	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// filterConflicts returns a logger for cert-manager's authority, which logs an error when
// another replica was the first to write a new CA into the Secret. That happens in every
// rotation and is not a fault, so it becomes a debug message.
func filterConflicts(log logr.Logger) logr.Logger {
	return log.WithSink(conflictFilter{log.GetSink()})
}

// conflictFilter is a log sink that writes write conflicts at debug level.
type conflictFilter struct{ logr.LogSink }

func (f conflictFilter) Error(err error, message string, keysAndValues ...any) {
	if !apierrors.IsConflict(err) {
		f.LogSink.Error(err, message, keysAndValues...)
	} else if f.Enabled(1) {
		f.Info(1, "another replica was the first to write the Secret", append(keysAndValues, "reason", err.Error())...)
	}
}

func (f conflictFilter) WithValues(keysAndValues ...any) logr.LogSink {
	return conflictFilter{f.LogSink.WithValues(keysAndValues...)}
}

func (f conflictFilter) WithName(name string) logr.LogSink {
	return conflictFilter{f.LogSink.WithName(name)}
}
