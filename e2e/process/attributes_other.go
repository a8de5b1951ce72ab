//go:build !linux

package process

import "syscall"

// attributes keeps a terminal's Ctrl-C from a program, which is stopped in turn. Only Linux can have it die with the
// process that started it; elsewhere it outlives a kill -9.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
