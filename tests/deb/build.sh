# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# build.sh: sourced by run; the packages built, compared and judged.

# source FOLDER: the sources as a release has them, and debian/
sources() {
	local to=$1 version
	version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build" | head -n 1)
	rm -rf "$to"
	mkdir -p "$to/tokenbridge-$version"
	tar -xf "$deb/$suite.tree.tar" -C "$to/tokenbridge-$version"
	# as git has them: a mask of the checkout is not of the release
	chmod -R u=rwX,go=rX "$to/tokenbridge-$version"
	tar -C "$to" --sort=name --owner=0 --group=0 --numeric-owner \
		--mtime=@1764417600 --exclude="tokenbridge-$version/debian" \
		-cJf "$to/tokenbridge_$version.orig.tar.xz" "tokenbridge-$version"
}

# build ROOT FOLDER MASK ZONE LOCALE: packages into FOLDER of ROOT
build() {
	local root=$1 folder=$2 mask=$3 zone=$4 locale=$5
	sources "$root$folder" || return
	inside "$root" sh -c "umask $mask; export TZ=$zone LC_ALL=$locale
		cd $folder/tokenbridge-* &&
		DEB_BUILD_OPTIONS='parallel=2 noautodbgsym' nice \
			dpkg-buildpackage -us -uc"
}

# The packages of /a as revision 2, into /c: no build, which would make the same
next_revision() {
	# shellcheck disable=SC2016
	inside "$b" sh -ec 'rm -rf /c; mkdir /c; cd /c
		for one in /a/*.deb; do
			dpkg-deb -R "$one" tree
			sed -i -e "s/^\(Version: .*\)-1$/\1-2/" \
				-e "s/\(tokenbridge (= [^)]*\)-1)/\1-2)/g" \
				tree/DEBIAN/control
			dpkg-deb -b tree .
			rm -r tree
		done'
}

same_bytes() {
	local a
	for a in "$1"/*.deb; do
		cmp "$a" "$2/${a##*/}" || return
	done
}

# Errors and warnings of lintian, beside those with a reason in debian/
judge() {
	inside "$1" sh -c "lintian --fail-on error,warning $2/*.changes"
}

part_build() {
	# One tree for all builds, whatever is edited meanwhile
	git -C "$top" ls-files -z |
		(cd "$top" && xargs -0 tar -cf "$deb/$suite.tree.tar")
	ok "builds" build "$b" /a 022 UTC C.UTF-8
	ok "the next revision" next_revision
	ok "builds elsewhere, by another mask, zone and locale" \
		build "$b" /srv/else/where 077 Asia/Tokyo C
	ok "both builds have the same bytes" same_bytes "$b/a" "$b/srv/else/where"
	ok "lintian finds no error and no warning" judge "$b" /a
}
