#!/usr/bin/env bash
# Runs each fuzz target of the module for $FUZZ. Fails if there is none: a
# smoke test that finds nothing to run would be green and blind.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
count=0
while IFS=: read -r file target; do
	dir=./$(dirname "$file")
	echo "fuzz $dir $target"
	"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ:-5s}" "$dir"
	count=$((count + 1))
done < <(grep -roE --include='*_test.go' 'func Fuzz[A-Za-z0-9_]+' . | sed -e 's|^\./||' -e 's/func //' | sort)
test "$count" -gt 0
echo "$count fuzz targets"
