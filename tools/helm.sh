#!/usr/bin/env bash
# Lints the chart and renders it for every file of deploy/helm/cases. What comes
# out must be what deploy/helm/rendered has, where the tests look at it;
# "tools/helm.sh update" writes it there, and copies the alerts into the chart,
# which can hold no file from outside its folder.
set -euo pipefail
cd "$(dirname "$0")/../deploy/helm"
helm() { (cd ../.. && exec "${GO:-go}" tool -modfile=tools/helm/go.mod helm "$@"); }
chart=deploy/helm/rivgate
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

if [ "${1:-}" = update ]; then
	cp ../prometheus/alerts.yaml rivgate/files/alerts.yaml
fi
helm lint --strict "$chart" # as it is, too
helm template rivgate "$chart" >/dev/null
for values in cases/*.yaml; do
	name=$(basename "$values")
	helm lint --strict --quiet --values "deploy/helm/$values" "$chart"
	helm template rivgate "$chart" --namespace rivta --values "deploy/helm/$values" >"$out/$name"
	if [ "${1:-}" = update ]; then
		cp "$out/$name" "rendered/$name"
	fi
	diff -u "rendered/$name" "$out/$name"
	echo "$name: $(grep -c '^kind:' "$out/$name") objects"
done
