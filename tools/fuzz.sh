#!/usr/bin/env bash
# Runs each fuzz target of the module for $FUZZ. Fails if there is none: a
# smoke test that finds nothing to run would be green and blind.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count=0

# Up to Go 1.26 the end of -fuzztime may itself be reported as a failure
# (go.dev/issue/75804). A finding says more than that: it names its input.
ran_out() {
	grep -q '^    context deadline exceeded$' "$log" &&
		! grep -qE 'Failing input|seed corpus|panic:|minimizing|_test\.go:' "$log"
}

while IFS=: read -r file target; do
	dir=./$(dirname "$file")
	echo "fuzz $dir $target"
	if ! "$go" test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ:-5s}" -fuzzminimizetime 100x "$dir" >"$log" 2>&1 && ! ran_out; then
		cat "$log"
		exit 1
	fi
	count=$((count + 1))
done < <(grep -roE --include='*_test.go' 'func Fuzz[A-Za-z0-9_]+' . | sed -e 's|^\./||' -e 's/func //' | sort)
test "$count" -gt 0
echo "$count fuzz targets"
