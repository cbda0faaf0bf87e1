#!/bin/sh
# Installs the proxies that `make bench` compares with, from the distribution (Debian
# and its kin; needs root). Packages like these start a service when they are
# installed: a policy that forbids it stands for as long as this takes.
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
for peer in nginx haproxy caddy; do
	apt-get install --yes --no-install-recommends "$peer" || echo "$peer: not installed; the benchmark leaves it out" >&2
done
