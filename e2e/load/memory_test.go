package load

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/injector"
)

// memoryLimit is the chart's memory limit, in KiB.
const memoryLimit = 256 << 10

var highWaterMark = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// limitMemory fails the test at its end if the injector's process has had more memory
// than its container may have.
func limitMemory(t *testing.T, i *injector.Injector) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Log("memory is measured on Linux alone")
		return
	}
	folder := fmt.Sprintf("/proc/%d/", i.Process().PID())
	// This resets the high-water mark; see proc_pid_clear_refs(5).
	if err := os.WriteFile(folder+"clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		status, err := os.ReadFile(folder + "status")
		if err != nil {
			t.Error(err)
			return
		}
		found := highWaterMark.FindSubmatch(status)
		if found == nil {
			t.Errorf("there is no VmHWM in %s", status)
			return
		}
		most, err := strconv.Atoi(string(found[1]))
		if err != nil || most >= memoryLimit {
			t.Errorf("the injector had %d MiB of memory, its limit is %d", most>>10, memoryLimit>>10)
		}
		t.Logf("the injector had at most %d MiB of memory", most>>10)
	})
}
