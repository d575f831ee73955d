# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# rpm.sh: sourced by run; tokenbridge.spec read and built by Debian's rpm, whose
# libraries are Debian's: it says that the spec is whole and lists every file,
# and not that Fedora has what it asks for.

rpm_root() {
	inside "$b" apt-get install -y --no-install-recommends rpm
}

# A file that is installed and in no package is an error of rpmbuild's own
rpm_builds() {
	rm -rf "$b/rpm"
	sources "$b/rpm/SOURCES" || return
	cp "$b"/rpm/SOURCES/*.orig.tar.xz "$b/rpm/SOURCES/$(
		sed -n 's/^Name: *//p' "$top/tokenbridge.spec")-$(
		sed -n 's/^Version: *//p' "$top/tokenbridge.spec").tar.xz"
	cp "$top/tokenbridge.spec" "$b/rpm/"
	inside "$b" nice rpmbuild --nodeps -bb --define '_topdir /rpm' \
		--define 'debug_package %{nil}' /rpm/tokenbridge.spec
}

# Both packages together have what the Debian ones have, but for what Debian's
# tools and the rehearsal add
rpm_has_all() {
	local file
	inside "$b" sh -c 'rpm -qlp /rpm/RPMS/*/*.rpm' |
		sed 's,^/usr/lib/udev,/lib/udev,' | sort -u >"$b/rpm/files"
	for file in /usr/bin/tokenbridge /usr/libexec/tokenbridge/tokenbridge-aws \
		/usr/libexec/tokenbridge/tokenbridge-auth \
		/usr/libexec/tokenbridge/tokenbridge-verbs.so \
		/usr/libexec/tokenbridge/tokenbridge-keys \
		/usr/libexec/tokenbridge/tokenbridge-worker \
		/usr/share/polkit-1/rules.d/70-tokenbridge.rules; do
		grep -qx "$file" "$b/rpm/files" || { echo "no $file"; return 1; }
	done
	inside "$b" sh -c 'rpm -qp --scripts /rpm/RPMS/*/pam_tokenbridge-*.rpm' |
		grep -q tokenbridge-remove-anyway
}

part_rpm() {
	[ "$suite" = bookworm ] || return 0
	ok "rpm installs" rpm_root
	ok "the spec builds" rpm_builds
	ok "its packages have every program" rpm_has_all
}
