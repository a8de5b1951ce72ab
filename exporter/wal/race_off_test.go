//go:build !race

package wal

// raceDetector says that the tests run under the race detector.
const raceDetector = false
