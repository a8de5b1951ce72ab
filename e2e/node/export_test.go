//go:build linux

package node

// What the tests need in addition to the exported methods.
func (n *Node) Supervisor() int        { return n.supervisor.Process.Pid }
func (n *Node) KillSupervisor() error  { return n.supervisor.Process.Kill() }
func (n *Node) Ended() <-chan struct{} { return n.ended }
func (n *Node) Folder() string         { return n.dir }
