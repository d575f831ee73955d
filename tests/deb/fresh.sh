# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# fresh.sh: sourced by run; the two commands of README.md as on a machine that
# was just installed, from a clone. The seconds that they take stand behind them.

# What this machine needs to reach a registry of packages, and its certificates
fresh_root() {
	local root=$deb/$suite.fresh file
	another_root fresh
	for file in /etc/pip.conf /etc/npmrc; do
		[ ! -e $file ] || cp $file "$root/etc/"
	done
	mkdir -p "$root/usr/local/share/ca-certificates"
	cp -aL /usr/local/share/ca-certificates/. \
		"$root/usr/local/share/ca-certificates/"
	git clone -q --no-hardlinks "$top" "$root/srv/tokenbridge"
}

fresh_run() {
	local name words=()
	for name in NODE_EXTRA_CA_CERTS PIP_CERT SSL_CERT_FILE http_proxy \
		https_proxy; do
		[ -z "${!name-}" ] || words+=("$name=${!name}")
	done
	inside "$deb/$suite.fresh" env "${words[@]}" sh -c \
		'cd /srv/tokenbridge && exec "$@"' sh "$@"
}

part_fresh() {
	ok "a clone in a bare root" fresh_root
	ok "tests/demo" fresh_run tests/demo
	ok "tests/run --only style,unit" \
		fresh_run tests/run --only style,unit
}

# All of it, which takes an hour and more: only where it is named
part_whole() {
	ok "a clone in a bare root" fresh_root
	ok "tests/run" fresh_run nice tests/run
}
