// Package cloudmonitoring sends points to Google Cloud Monitoring: in order, in full
// requests, and again for as long as it takes. What becomes of each point is told exactly
// once.
//
// It does not decide what the points are (exporter/points), nor does it keep them over a
// restart: the log of Prometheus is the buffer, and a queue that is full stops the reader.
//
// # Order
//
// A series has one point in flight. A request has up to 200 series, one point of each. Three
// kinds of points travel apart from the others, because Google's answers do not say which
// points of a request they mean: points whose start Google has not accepted yet, points that
// were possibly sent before, and points of series that are under suspicion, which go alone. A
// start is refused for certain where all points of a request are, and then the series needs
// another one.
//
// # Counts
//
// When Google refuses some points of a request, it tells how many, and neither reliably which
// nor in which order. So as many points as it says are counted as refused, and the others as
// accepted; nothing of the request is sent again. Where the text names exactly as many series
// as were refused, those are taken; else which ones are named is a guess that no decision
// depends on. Every series of such a request goes on after its point.
package cloudmonitoring
