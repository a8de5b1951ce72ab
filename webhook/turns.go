package webhook

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// What is decided about at one time. A request costs memory by the values of its
// objects: an empty container is one, and some three kilobytes once it is decoded.
const (
	// valuesAtOnce is for all namespaces together.
	valuesAtOnce = 40_000
	// namespaceValuesAtOnce and namespaceRequestsAtOnce are for one namespace, so that
	// whoever may create pods in one leaves enough for the pods of all others.
	namespaceValuesAtOnce   = valuesAtOnce / 2
	namespaceRequestsAtOnce = 64
)

// turnTimeout is how long a request waits for its turn. Who gets it later has too little
// of decisionTimeout left; and an answer that says so must reach the API server, which
// may be as busy, before it stops waiting.
const turnTimeout = time.Second

// Turns makes requests wait for each other where there are too many at one time. The
// zero Turns is not usable; NewTurns makes one. One Turns serves all handlers of a
// server.
type Turns struct {
	all *semaphore.Weighted

	mutex      sync.Mutex
	namespaces map[string]*namespaceTurns
}

// namespaceTurns are the turns of one namespace.
type namespaceTurns struct {
	values, requests *semaphore.Weighted
	// users is how many requests have or want a turn.
	users int
}

// NewTurns returns Turns that nobody has taken yet.
func NewTurns() *Turns {
	return &Turns{all: semaphore.NewWeighted(valuesAtOnce), namespaces: map[string]*namespaceTurns{}}
}

// Take waits until a request of a namespace, with so many values, has its turn, or until
// the context is done, which is an error. The turn ends when end is called.
func (t *Turns) Take(ctx context.Context, namespace string, values int) (end func(), err error) {
	of := t.enter(namespace)
	weight := int64(min(values, namespaceValuesAtOnce))
	steps := []struct {
		semaphore *semaphore.Weighted
		weight    int64
	}{{of.requests, 1}, {of.values, weight}, {t.all, weight}}
	taken := 0
	end = func() {
		for _, step := range steps[:taken] {
			step.semaphore.Release(step.weight)
		}
		t.leave(namespace)
	}
	for _, step := range steps {
		if err := step.semaphore.Acquire(ctx, step.weight); err != nil {
			end()
			return nil, busyError{fmt.Errorf("too many other requests are being decided about: %w", err)}
		}
		taken++
	}
	return end, nil
}

// take counts the values of a request, and takes a turn for them. It returns a
// tooLargeError where they are too many for any turn, and a busyError where the turn
// did not come within turnTimeout.
func (t *Turns) take(ctx context.Context, request admission.Request) (end func(), err error) {
	values := 0
	for _, object := range []runtime.RawExtension{request.OldObject, request.Object} {
		count := countValues(object.Raw)
		if count > maxValues {
			return nil, tooLargeError{count}
		}
		values += count
	}
	ctx, cancel := context.WithTimeout(ctx, turnTimeout)
	defer cancel()
	return t.Take(ctx, namespaceOf(request), values)
}

// busyError says that a request did not get its turn.
type busyError struct{ error }

// Unwrap returns why it stopped waiting.
func (e busyError) Unwrap() error { return e.error }

// enter returns the turns of a namespace, which are there until all have left.
func (t *Turns) enter(namespace string) *namespaceTurns {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	of := t.namespaces[namespace]
	if of == nil {
		of = &namespaceTurns{
			values:   semaphore.NewWeighted(namespaceValuesAtOnce),
			requests: semaphore.NewWeighted(namespaceRequestsAtOnce),
		}
		t.namespaces[namespace] = of
	}
	of.users++
	return of
}

func (t *Turns) leave(namespace string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	of := t.namespaces[namespace]
	if of.users--; of.users == 0 {
		delete(t.namespaces, namespace)
	}
}
