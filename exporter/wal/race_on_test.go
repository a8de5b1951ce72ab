//go:build race

package wal

// raceDetector says that the tests run under the race detector, with which pools give back
// less than was put into them.
const raceDetector = true
