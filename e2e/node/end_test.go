//go:build linux

package node_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/linkerd-gcm/linkerd-gcm/e2e/node"
	"github.com/linkerd-gcm/linkerd-gcm/e2e/node/testcluster"
	"github.com/linkerd-gcm/linkerd-gcm/internal/checkout"
)

func TestANodeEndsWithTheProcessThatStartedIt(t *testing.T) {
	testcluster.RequireNode(t)
	if os.Getenv(victimVariable) != "" {
		fmt.Println(startNode(t).Supervisor())
		select {}
	}
	before := lookAtMachine(t)
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), victimVariable+"=1")
	victim.Stderr = os.Stderr
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	supervisor := readNumber(t, output)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // The error says that it was killed.
	expectMachine(t, before, supervisor)
}

// victimVariable makes this test's binary a process that starts a node, prints the
// process ID of its supervisor, and waits until it is killed.
const victimVariable = "NODE_TEST_VICTIM"

func TestANodeLeavesTheMachineAsItWasEvenAfterOneWhoseSupervisorWasKilled(t *testing.T) {
	testcluster.RequireNode(t)
	before := lookAtMachine(t)
	n := startNode(t)
	if err := n.KillSupervisor(); err != nil {
		t.Fatal(err)
	}
	<-n.Ended()
	if err := n.Stop(); err == nil {
		t.Error("stopping a node whose supervisor was killed gives no error")
	}
	awaitNoProcess(t, n.Supervisor())
	if len(cgroupsOf(t, n.Supervisor())) == 0 {
		t.Error("the killed supervisor left no cgroups, so this test does not see them removed")
	}
	if err := os.RemoveAll(n.Folder()); err != nil { // The supervisor that would do it was killed.
		t.Fatal(err)
	}

	next := startNode(t)
	if err := next.Stop(); err != nil {
		t.Fatal(err)
	}
	expectMachine(t, before, n.Supervisor())
	expectMachine(t, before, next.Supervisor())
	if _, err := os.Stat(next.Folder()); !os.IsNotExist(err) {
		t.Errorf("the node's folder %s is still there (%v)", next.Folder(), err)
	}
}

func startNode(t *testing.T) *node.Node {
	t.Helper()
	root, err := checkout.Root()
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(t.Context(), node.Options{Root: root, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func readNumber(t *testing.T, from io.Reader) int {
	t.Helper()
	for lines := bufio.NewScanner(from); lines.Scan(); {
		var number int
		if _, err := fmt.Sscanf(lines.Text(), "%d", &number); err == nil {
			return number
		}
	}
	t.Fatal("the other process did not print its supervisor's process ID")
	return 0
}
