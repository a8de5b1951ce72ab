package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchPeak watches a process until what it returns is called, which returns the most
// resident memory that was seen. What the kernel reports of a process that has ended is that
// of the process that started it, if it had more.
func watchPeak(pid int) func() float64 {
	done, result := make(chan struct{}), make(chan float64)
	go func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		peak := 0.0
		for {
			peak = max(peak, peakMemory(pid))
			select {
			case <-done:
				result <- peak
				return
			case <-ticker.C:
			}
		}
	}()
	return func() float64 {
		close(done)
		return <-result
	}
}

// peakMemory is the most resident memory of a process so far, 0 when it has ended.
func peakMemory(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, _ := strconv.ParseFloat(fields[1], 64) // 0 is no peak
			return kilobytes * 1024
		}
	}
	return 0
}

// cpuTime is what all threads of a process have used, to the nanosecond: /proc/PID/stat has
// hundredths of a second.
func cpuTime(pid int) (time.Duration, error) {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	total := time.Duration(0)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		used, _, _ := strings.Cut(string(text), " ")
		nanoseconds, err := strconv.ParseInt(used, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading %s: %w", path, err)
		}
		total += time.Duration(nanoseconds)
	}
	return total, nil
}
