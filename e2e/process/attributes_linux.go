package process

import "syscall"

// attributes keeps a terminal's Ctrl-C from a program, which is stopped in turn, and has the kernel kill it when the
// process that started it is gone.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
