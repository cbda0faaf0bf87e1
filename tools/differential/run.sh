#!/usr/bin/env bash
# Compares the envelope scanner with libxml2. Python with venv is all that must be
# there; lxml, which brings its own libxml2, goes into a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$PWD/bin/differential
if ! cmp -s tools/differential/requirements.txt "$venv/requirements.txt"; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r tools/differential/requirements.txt
	cp tools/differential/requirements.txt "$venv/"
fi
"${GO:-go}" test -count=1 -v -run '^TestAgreesWithLibxml2$' ./soap -args -libxml2 "$venv/bin/python"
