//go:build !linux

package process

import "syscall"

// attributes protects a program from a terminal's Ctrl-C, because the process that
// started it stops it. Only Linux can kill a program when the process that started it
// ends; on other systems it continues to run if that process is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
