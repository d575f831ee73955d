# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# fresh.sh: sourced by run; the two commands of README.md as on a machine that
# was just installed, from a clone. The seconds that they take stand behind them.

# fresh_root KIND: with what this machine needs to reach a registry of packages,
# its certificates, and a clone
fresh_root() {
	local root=$deb/$suite.$1 file
	another_root "$1"
	for file in /etc/pip.conf /etc/npmrc; do
		[ ! -e $file ] || cp $file "$root/etc/"
	done
	mkdir -p "$root/usr/local/share/ca-certificates"
	cp -aL /usr/local/share/ca-certificates/. \
		"$root/usr/local/share/ca-certificates/"
	git clone -q --no-hardlinks "$top" "$root/srv/tokenbridge"
}

# fresh_run KIND COMMAND...: in the clone
fresh_run() {
	local root=$deb/$suite.$1 name words=(); shift
	for name in NODE_EXTRA_CA_CERTS PIP_CERT SSL_CERT_FILE http_proxy \
		https_proxy; do
		[ -z "${!name-}" ] || words+=("$name=${!name}")
	done
	inside "$root" env "${words[@]}" sh -c \
		'cd /srv/tokenbridge && exec "$@"' sh "$@"
}

part_fresh() {
	ok "a clone in a bare root" fresh_root fresh
	ok "tests/demo" fresh_run fresh tests/demo
	ok "tests/run --only style,unit" \
		fresh_run fresh tests/run --only style,unit
}

# The lines of README.md's "Install" as they stand there, typed by root who says
# yes; and what they came to
by_hand() {
	local lines
	lines=$(sed -n '/^## Install/,/^or as packages/s/^    //p' "$top/README.md")
	[ -n "$lines" ] || { echo "README.md has no such lines"; return 1; }
	printf '#!/bin/sh\nexec "$@"\n' >"$deb/$suite.hand/usr/bin/sudo"
	chmod 755 "$deb/$suite.hand/usr/bin/sudo"
	echo 'APT::Get::Assume-Yes "true";' \
		>"$deb/$suite.hand/etc/apt/apt.conf.d/90yes"
	fresh_run hand sh -euxc "$lines" 2>&1 | tee "$deb/$suite.hand.log"
	# every part is in it, and the command, the module and a page are there
	[ "$(grep -cE '\((pcsc|ykpers|qrencode|logind)\) *: YES' \
		"$deb/$suite.hand.log")" = 4 ] &&
		fresh_run hand sh -euc 'tokenbridge version; tokenbridge help enroll
			tokenbridge list
			test -e /usr/lib/*/security/pam_tokenbridge.so
			test -e /usr/share/man/man1/tokenbridge.1'
}
# Each part that a build may be without, absent: an error that names the option,
# with which it is built
names_what_is_absent() {
	# shellcheck disable=SC2016
	fresh_run hand sh -euc 'for part in pcsc=libpcsclite ykpers=ykpers-1 \
			qrencode=libqrencode logind=libsystemd; do
		pc=$(find /usr/lib /usr/share -name "${part#*=}.pc")
		mv "$pc" /srv/absent
		rm -rf /srv/without
		if meson setup /srv/without >/srv/said 2>&1; then exit 1; fi
		grep -e "-D${part%=*}=disabled" /srv/said
		rm -rf /srv/without
		meson setup /srv/without -D${part%=*}=disabled
		mv /srv/absent "$pc"
	done'
}
# The release: every file that git has, and a tree that can be built
makes_a_release() {
	# shellcheck disable=SC2016
	fresh_run hand sh -euc 'apt-get install -y --no-install-recommends git
		meson dist -C build --no-tests
		release=tokenbridge-$(sed -n "s/^  version: .\(.*\).,/\1/p" \
			meson.build | head -n 1)
		tar -tf "build/meson-dist/$release.tar.xz" | grep -v "/$" |
			sed "s,^$release/,," | sort >/srv/has
		git ls-files | sort | diff - /srv/has
		tar -xf "build/meson-dist/$release.tar.xz" -C /srv
		meson setup /srv/released "/srv/$release"'
}
part_hand() {
	ok "another clone in a bare root" fresh_root hand
	ok "README's lines build and install it" by_hand
	ok "what is absent is an error that names the option" \
		names_what_is_absent
	ok "meson dist makes the release" makes_a_release
}

# All of it, which takes an hour and more: only where it is named
part_whole() {
	ok "a clone in a bare root for all" fresh_root whole
	ok "tests/run" fresh_run whole nice tests/run
}
