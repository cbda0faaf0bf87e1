#!/usr/bin/env bash
# Lints the chart and renders it for every file of deploy/helm/cases, and its
# notes. What comes out must be what deploy/helm/rendered has, where the tests look
# at it; "tools/helm.sh update" writes it there, and copies the alerts into the
# chart, which can hold no file from outside its folder. The values of
# deploy/helm/cases/refused must be refused with the text of their first line.
set -euo pipefail
cd "$(dirname "$0")/../deploy/helm"
helm() { (cd ../.. && exec "${GO:-go}" tool -modfile=tools/helm/go.mod helm "$@"); }
chart=deploy/helm/rivgate
mode=${1:-compare}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

if [ "$mode" = update ]; then
	cp ../prometheus/alerts.yaml rivgate/files/alerts.yaml
fi
helm lint --strict "$chart" # as it is, too
helm template rivgate "$chart" >/dev/null

# Helm shows notes only after installing: here they are an object of a copy of the chart.
cp -r rivgate "$out/noted"
cp rivgate/templates/NOTES.txt "$out/noted/files/notes.txt"
echo 'notes: |{{ tpl (.Files.Get "files/notes.txt") . | nindent 2 }}' >"$out/noted/templates/noted.yaml"
notes() { helm template rivgate "$out/noted" --show-only templates/noted.yaml "$@" | sed -n 's/^  //p'; }

same() { # FILE of rendered and of $out
	if [ "$mode" = update ]; then
		cp "$out/$1" "rendered/$1"
	fi
	diff -u "rendered/$1" "$out/$1"
}

for values in cases/*.yaml; do
	name=$(basename "$values" .yaml)
	given=(--namespace rivta --values "deploy/helm/$values")
	helm lint --strict --quiet "${given[@]}" "$chart"
	helm template rivgate "$chart" "${given[@]}" >"$out/$name.yaml"
	notes "${given[@]}" >"$out/$name.notes"
	same "$name.yaml"
	same "$name.notes"
	echo "$name: $(grep -c '^kind:' "$out/$name.yaml") objects"
done

for values in cases/refused/*.yaml; do
	why=$(sed -n '1s/^# //p' "$values")
	if helm template rivgate "$chart" --values deploy/helm/cases/minimal.yaml --values "deploy/helm/$values" >/dev/null 2>"$out/refusal"; then
		echo "$values: rendered all the same" >&2
		exit 1
	fi
	if [ -z "$why" ] || ! grep -qF "$why" "$out/refusal"; then
		echo "$values: refused without a word of: $why" >&2
		cat "$out/refusal" >&2
		exit 1
	fi
	echo "refused: $why"
done
