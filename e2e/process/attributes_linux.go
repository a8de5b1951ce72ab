package process

import "syscall"

// attributes protects a program from a terminal's Ctrl-C, because the process that
// started it stops it, and makes the kernel kill it when that process ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
