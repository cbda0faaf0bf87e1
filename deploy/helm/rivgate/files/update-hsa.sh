#!/bin/sh
# The two halves of the HSA update job; "rivgate check" runs between them.
#
#   fetch    HSA_URL, with a client certificate, to HSA_NEW
#   publish  HSA_NEW as HSA_FILE, then a reset of every gateway
#
# Whatever goes wrong ends the job with an error, and up to the rename the old
# file is untouched.
set -eu

fetch() {
	rm -f "$HSA_NEW" "$HSA_NEW.part"
	curl --fail --silent --show-error --proto =https --connect-timeout 30 --retry 3 \
		--cert "$HSA_CERT" --key "$HSA_KEY" --cacert "$HSA_CA" --output "$HSA_NEW.part" "$HSA_URL"
	case $HSA_URL in
	*.zip)
		unzip -p "$HSA_NEW.part" >"$HSA_NEW"
		rm "$HSA_NEW.part"
		;;
	*) mv "$HSA_NEW.part" "$HSA_NEW" ;;
	esac
	echo "fetched $(wc -c <"$HSA_NEW") bytes"
}

publish() {
	if [ -e "$HSA_FILE" ]; then
		old=$(wc -c <"$HSA_FILE")
		new=$(wc -c <"$HSA_NEW")
		if [ $((new * 100)) -lt $((old * (100 - HSA_MAX_SHRINK))) ]; then
			echo "the new file has $new bytes and the old one $old: more than $HSA_MAX_SHRINK % would be lost" >&2
			exit 1
		fi
	fi
	mv "$HSA_NEW" "$HSA_FILE" # one folder: a rename, so that nobody reads half a file
	echo "published $HSA_FILE"
	reset_all
}

# A change on a network volume is not noticed on other nodes, so each gateway is
# told. The name stands for all their addresses.
reset_all() {
	addresses=$(nslookup "$GATEWAY_HOST" | awk '/^Name:/ { named = 1 } /^Address/ && named { print $NF }' | sort -u)
	if [ -z "$addresses" ]; then
		echo "$GATEWAY_HOST has no address: no gateway runs" >&2
		exit 1
	fi
	failed=0
	for address in $addresses; do
		case $address in *:*) address="[$address]" ;; esac
		answer=$(curl --silent --show-error --max-time 120 "http://$address:$GATEWAY_PORT/resethsacache" 2>&1) || true
		echo "$address: $answer"
		case $answer in
		*"Successfully reset HSA cache"*) ;;
		*) failed=1 ;;
		esac
	done
	return $failed
}

case ${1:-} in
fetch) fetch ;;
publish) publish ;;
*)
	echo "usage: $0 fetch|publish" >&2
	exit 2
	;;
esac
