package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/linkerd-gcm/linkerd-gcm/internal/spelling"
)

const (
	exitFailure = 1
	exitUsage   = 2
)

// usageError is an error in the command line, or in the input that it names.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usageError{}):
		return exitUsage
	default:
		return exitFailure
	}
}

// onlyFlags accepts no arguments, of a command whose files are named by -f.
func onlyFlags(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is not a flag; name files, folders or stdin with -f, as in -f %[1]s", args[0])
	}
	return nil
}

// noArguments accepts no arguments. An error about the first one names the nearest command.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var commands []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			commands = append(commands, c.Name())
		}
	}
	if len(commands) == 0 {
		return usagef("%s takes no argument, but was given %q; see %[1]s --help", cmd.CommandPath(), args[0])
	}
	if likely := spelling.Likely(args[0], commands); likely != "" {
		return usagef("there is no command %q; did you mean %q? See %s --help", args[0], likely, cmd.CommandPath())
	}
	return usagef("there is no command %q; see %s --help", args[0], cmd.CommandPath())
}

// flagError returns an error about a flag. For an unknown one it names the commands beside this
// one that have it, else the flag that may be meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return valueError(cmd, err)
	}
	name := unknown.GetSpecifiedName()
	others := commandsWith(name, cmd.Parent())
	switch {
	case len(others) > 0:
		return usagef("%s has no flag %s, but these have: %s. See %[1]s --help", cmd.CommandPath(), dashed(name), strings.Join(others, ", "))
	case len(name) == 1:
		return usagef("%s; see %s --help", err.Error(), cmd.CommandPath())
	}
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			flags = append(flags, f.Name)
		}
	})
	if likely := spelling.Likely(name, flags); likely != "" {
		return usagef("there is no flag --%s; did you mean --%s? See %s --help", name, likely, cmd.CommandPath())
	}
	return usagef("there is no flag --%s; see %s --help", name, cmd.CommandPath())
}

// valuesWanted is what a flag takes, by the type of its value.
var valuesWanted = map[string]string{
	"int": "a number", "bool": "true or false", "duration": "a duration, such as 30s", "stringToString": "key=value, such as release=monitoring",
}

// valueError returns an error about the value of a flag, which says what the flag takes.
func valueError(cmd *cobra.Command, err error) error {
	var missing *pflag.ValueRequiredError
	if errors.As(err, &missing) {
		return usagef("--%s is given without a value; see %s --help", missing.GetFlag().Name, cmd.CommandPath())
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		flag := invalid.GetFlag()
		if want := valuesWanted[flag.Value.Type()]; want != "" {
			return usagef("--%s is %q: want %s; see %s --help", flag.Name, invalid.GetValue(), want, cmd.CommandPath())
		}
	}
	return usagef("%s; see %s --help", strings.TrimSuffix(err.Error(), "."), cmd.CommandPath())
}

// commandsWith names the commands of another one that have a flag, by its name or its letter.
func commandsWith(flag string, parent *cobra.Command) []string {
	if parent == nil {
		return nil
	}
	var names []string
	for _, c := range parent.Commands() {
		f := c.Flags().Lookup(flag)
		if len(flag) == 1 {
			f = c.Flags().ShorthandLookup(flag)
		}
		if f != nil && !f.Hidden && c.IsAvailableCommand() {
			names = append(names, c.CommandPath())
		}
	}
	return names
}

// dashed is a flag as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
