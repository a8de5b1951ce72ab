package liveroutes

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// outcome is what became of a question to a proxy, by which equal ones are said together.
type outcome struct {
	// code is that of the answer; 0 where there is none that can be read.
	code int
	// why there is no answer.
	why string
	// byAPIServer says that it is the API server that forbids to ask, and byPolicy that a policy
	// which is known refuses.
	byAPIServer, byPolicy bool
}

func (found *Proxies) outcomeOf(a asked) outcome {
	if a.err != nil {
		return outcome{why: reason(a.err)}
	}
	o := outcome{code: a.code}
	if a.code == http.StatusForbidden {
		o.byAPIServer = a.ofAPIServer != ""
		o.byPolicy = !o.byAPIServer && found.expectsRefusal(a.pod)
	}
	return o
}

// reason is an error without what was asked, which is another page for each pod.
func reason(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err.Error()
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner.Error()
	}
	return err.Error()
}

// checkAnswers says what proxies have answered, those that have failed alike together.
func (all *results) checkAnswers(found Proxies, answers []asked, limit int) {
	var order []outcome
	alike := map[outcome][]asked{}
	for _, a := range answers {
		o := found.outcomeOf(a)
		if len(alike[o]) == 0 {
			order = append(order, o)
		}
		alike[o] = append(alike[o], a)
	}
	for _, o := range order {
		all.checkFailed(o, alike[o])
	}
	if answered := alike[outcome{code: http.StatusOK}]; len(answered) > 0 {
		all.checkMost(answered, limit)
	}
	if refused := len(alike[outcome{code: http.StatusForbidden, byPolicy: true}]); refused > 0 {
		all.add(Doubtful, "", "asked through the API server, which no policy lets in, the proxies of %s answer 403, as their policies have it: how many samples they have is not known", namespaces(refused))
	}
	if forbidden := alike[outcome{code: http.StatusForbidden, byAPIServer: true}]; len(forbidden) > 0 {
		all.add(Doubtful, "ask for the permission to get pods/proxy there", "you may not ask %s through the API server, so how many samples there are is not known: %s", theProxies(forbidden), forbidden[0].ofAPIServer)
	}
}

// checkFailed says which proxies have not answered, or with what nobody expects.
func (all *results) checkFailed(o outcome, of []asked) {
	who, answer := theProxies(of), "answers"
	if len(of) > 1 {
		answer = "answer"
	}
	switch {
	case o.code == http.StatusOK || o.byPolicy || o.byAPIServer:
	case o.code == 0:
		all.add(Doubtful, "", "asked through the API server, nothing can be read of %s: %s", who, o.why)
	case o.code == http.StatusForbidden:
		all.add(Doubtful, "", "asked through the API server, %s %s 403, although no policy that is known refuses it", who, answer)
	case len(of) > 1:
		all.add(Doubtful, "", "asked through the API server, %s %s %d, that of %s: %s", who, answer, o.code, of[0], of[0].firstLine())
	default:
		all.add(Doubtful, "", "asked through the API server, %s %s %d: %s", who, answer, o.code, of[0].firstLine())
	}
}

// theProxies names the proxies that were asked, one of each namespace.
func theProxies(of []asked) string {
	if len(of) == 1 {
		return "the proxy of " + of[0].String()
	}
	const most = 3
	var names []string
	for _, a := range of[:min(len(of), most)] {
		names = append(names, a.pod.Namespace)
	}
	if more := len(of) - most; more > 0 {
		return fmt.Sprintf("the proxies of namespaces %s and %d more", strings.Join(names, ", "), more)
	}
	last := len(names) - 1
	return "the proxies of namespaces " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// checkMost compares the proxy that has the most samples with the limit.
func (all *results) checkMost(answered []asked, limit int) {
	most := answered[0]
	for _, a := range answered {
		if a.samples > most.samples {
			most = a
		}
	}
	if limit > 0 && most.samples > limit {
		all.add(Fails, "give a larger --sample-limit, or fewer sets with --metrics",
			"a scrape of %s has %d samples to keep, which is more than --sample-limit %d: it would fail as a whole", most, most.samples, limit)
		return
	}
	all.add(Works, "", "asked through the API server, a proxy answers in each of %s; most samples to keep has %s, %d", namespaces(len(answered)), most, most.samples)
}

func namespaces(n int) string {
	if n == 1 {
		return "1 namespace"
	}
	return fmt.Sprintf("%d namespaces", n)
}
