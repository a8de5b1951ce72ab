#!/bin/sh
# Installs packages of Debian or Ubuntu that tests need; the rest is built from Go modules. No
# service is started: a test node starts its own containerd.
#
# Usage: install-packages.sh PACKAGE...
set -eu

# installed succeeds if all packages that are named are installed.
installed() {
	for package in "$@"; do
		dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || return 1
	done
}
! installed "$@" || exit 0

command -v apt-get >/dev/null || {
	echo "this system has no apt-get: install the equivalents of these packages: $*" >&2
	exit 1
}
[ "$(id -u)" = 0 ] || {
	echo "installing packages needs root: run this with sudo" >&2
	exit 1
}

# Debian starts the services of installed packages, unless this program forbids it.
policy=/usr/sbin/policy-rc.d
if ! [ -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
