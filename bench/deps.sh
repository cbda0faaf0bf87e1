#!/bin/sh
# Installs programs from the distribution (Debian and its kin; needs root): those
# named, or the proxies that `make bench` compares with. Packages like these start a
# service when they are installed: a policy that forbids it stands for as long as
# this takes.
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
[ $# -gt 0 ] || set -- nginx haproxy caddy
for program in "$@"; do
	apt-get install --yes --no-install-recommends "$program" || echo "$program: not installed" >&2
done
