package controlplane

import "syscall"

// processAttributes keeps a terminal's Ctrl-C from a program, which is stopped in turn, and has the kernel kill it when the
// process that started it is gone.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
