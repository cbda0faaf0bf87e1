#!/usr/bin/env bash
# Installs what the clients need into bin/interop, anew when it changes, and
# runs them. Arguments go to the tests: -table writes README.md's table.
set -euo pipefail
cd "$(dirname "$0")"
into=$PWD/../bin/interop
mkdir -p "$into"

missing=
for runtime in python3 java javac mvn node npm; do
	command -v "$runtime" >/dev/null || missing+=" $runtime"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=" python3-venv"
if [ -n "$missing" ]; then
	echo "make interop needs, and does not find:$missing" >&2
	exit 1
fi

# install NAME FILE: runs install_NAME unless it has been run for this FILE.
install() {
	if ! cmp -s "$2" "$into/$1/installed"; then
		rm -rf "${into:?}/$1"
		mkdir -p "$into/$1"
		"install_$1"
		cp "$2" "$into/$1/installed"
	fi
}

install_python() {
	python3 -m venv "$into/python"
	"$into/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r python/requirements.txt
}

install_java() {
	mvn -q -B -Dstyle.color=never -f java/pom.xml \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$into/java/lib"
}

install_node() {
	cp node/package.json node/package-lock.json "$into/node/"
	(cd "$into/node" && npm ci --silent --no-audit --no-fund --ignore-scripts)
}

install python python/requirements.txt &
python=$!
install node node/package-lock.json &
node=$!
install java java/pom.xml
wait "$python"
wait "$node"

"${GO:-go}" test -count=1 -v -run '^TestClients$' . -libraries "$into" "$@"
