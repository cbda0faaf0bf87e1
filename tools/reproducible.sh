#!/usr/bin/env bash
# Builds the last commit twice, in two folders, the second time with nothing
# cached, under another umask and in another time zone. Fails unless the two
# binaries are the same to the byte.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir" && rm -rf "$dir"' EXIT
git clone -q . "$dir/one"
git clone -q . "$dir/another/folder/two"
make -s -C "$dir/one" build
(umask 077 && TZ=Asia/Tokyo GOCACHE=$dir/cache make -s -C "$dir/another/folder/two" build)
sha256sum "$dir/one/bin/rivgate" "$dir/another/folder/two/bin/rivgate" | sed "s|$dir/||"
cmp "$dir/one/bin/rivgate" "$dir/another/folder/two/bin/rivgate"
