#!/usr/bin/env bash
# Looks for known vulnerabilities that the code reaches. The database is that of
# the Go team, or what GOVULNDB names: https://… or file://…, in its form
# (https://go.dev/doc/security/vuln/database). If it cannot be reached, nothing has been
# checked: the exit code is 75 then, and no other failure has that one.
set -uo pipefail
cd "$(dirname "$0")/.."
db=${GOVULNDB:-https://vuln.go.dev}
out=$("${GO:-go}" tool -modfile=tools/go.mod govulncheck -db "$db" ./... 2>&1)
code=$?
echo "$out"
if [ $code -ne 0 ] && grep -qE '^govulncheck: fetching vulnerabilities: ' <<<"$out"; then
	echo "The vulnerability database at $db could not be reached. Nothing was checked."
	exit 75
fi
exit $code
