# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# past.sh: sourced by run; packages of the first version that people logged in
# with, upgraded to today's while somebody logs in. past.py does it in the root.

# The first commit with a login that was whole
first=d9fcc1c

# One package out of files of /past/tree: NAME DEPENDS PATH...
pack() {
	local name=$1 depends=$2 path to=$b/past/$1; shift 2
	rm -rf "$to"
	mkdir -p "$to/DEBIAN"
	for path in "$@"; do
		(cd "$b/past/tree" && find ./$path -type d -prune -o -print0 |
			xargs -0 cp -a --parents -t "$to") || return
	done
	printf '%s\n' "Package: $name" "Version: 0.0.1-1" "Depends: $depends" \
		"Architecture: $(dpkg --print-architecture)" \
		"Maintainer: nobody <nobody@tokenbridge.example>" \
		"Description: an earlier tokenbridge" >"$to/DEBIAN/control"
	[ "$name" != tokenbridge ] || {
		printf '#!/bin/sh\nset -e\nsystemd-sysusers tokenbridge.conf\n'
	} >"$to/DEBIAN/postinst"
	[ "$name" != tokenbridge ] || chmod 755 "$to/DEBIAN/postinst"
	inside "$b" dpkg-deb --root-owner-group -b "/past/$name" /past/
}

# What today's package needs of others, as one line
needs() {
	dpkg-deb -f "$b"/a/"$1"_0*.deb Depends | tr ',' '\n' |
		grep -v tokenbridge | paste -sd, | sed 's/^ *//'
}

past_packages() {
	[ ! -e "$b/past/.whole" ] || return 0
	rm -rf "$b/past"
	mkdir -p "$b/past/src"
	git -C "$top" archive "$first" | tar -x -C "$b/past/src" || return
	# shellcheck disable=SC2016
	inside "$b" sh -ec 'cd /past
		meson setup build src --prefix /usr -Drig=disabled \
			-Dtests=disabled --buildtype release \
			-Dpamdir=/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/security
		ninja -j2 -C build
		DESTDIR=/past/tree meson install -C build --no-rebuild' || return
	pack libpam-tokenbridge "tokenbridge (= 0.0.1-1), $(
		needs libpam-tokenbridge)" \
		'usr/lib/*/security/pam_tokenbridge.so' \
		usr/libexec/tokenbridge/tokenbridge-auth &&
		pack tokenbridge "$(needs tokenbridge)" usr/bin/tokenbridge \
			'usr/lib/sysusers.d/*' 'usr/lib/udev/rules.d/*' \
			'usr/libexec/tokenbridge/tokenbridge-[!a]*' \
			usr/libexec/tokenbridge/tokenbridge-aws &&
		touch "$b/past/.whole"
}

# The rig stands beside, and its stand-in for the helper in the place
# of the helper, so that that one meets soft tokens before and after.
past_root() {
	another_root past
	mkdir "$deb/$suite.past/new" "$deb/$suite.past/old"
	cp "$b"/a/*.deb "$b"/c/*.deb "$deb/$suite.past/new/"
	cp "$b"/past/*.deb "$deb/$suite.past/old/"
	cp "$here/deb/past.py" "$here/rig/login/activated.py" \
		"$deb/$suite.past/srv/"
	# shellcheck disable=SC2016
	inside "$deb/$suite.past" sh -ec '
		apt-get install -y --no-install-recommends pamtester python3 \
			umockdev vsmartcard-vpcd pcscd procps iproute2 \
			/old/tokenbridge_*.deb /old/libpam-tokenbridge_*.deb
		dpkg-deb -x /new/tokenbridge-rig_*-1_*.deb /srv/rig
		auth=/usr/libexec/tokenbridge/tokenbridge-auth
		dpkg-divert --local --rename --divert $auth.real --add $auth
		cp /srv/rig/usr/libexec/tokenbridge/rig/login-helper $auth'
}

upgraded_in_use() {
	IN_NETWORK=none inside "$deb/$suite.past" python3 -B /srv/past.py \
		>"$deb/$suite.past.log" 2>&1
	local status=$?
	cat "$deb/$suite.past.log"
	return $status
}

# Whoever listens for lockers goes on listening, and so do the helpers
nothing_is_stopped() {
	local one
	for one in tokenbridge libpam-tokenbridge; do
		rm -rf "$deb/$suite.control"
		dpkg-deb -e "$b"/a/"$one"_0*.deb "$deb/$suite.control" || return
		! grep -nE 'deb-systemd-invoke|systemctl.*(stop|restart)|invoke-rc.d' \
			"$deb/$suite.control"/p* || return
	done
}

part_past() {
	git -C "$top" cat-file -e "$first^{commit}" 2>/dev/null || {
		say "        $suite: no history here, no earlier packages"
		return
	}
	ok "an upgrade stops and restarts nothing" nothing_is_stopped
	ok "the first version with a login builds" past_packages
	ok "it installs" past_root
	ok "it is upgraded in use, and nobody is locked out" upgraded_in_use
}
