# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# root.sh: sourced by run; bare roots of a suite.

mirror() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		sed -nE 's/^(URIs:|deb( \[[^]]*\])?) *([^ ]+).*/\3/p' |
		grep -v security | head -n 1
}

# inside ROOT COMMAND...: with what a bare root lacks of a machine, and as the root
# of its mounts: behind chroot alone the kernel names a file of another mount
# namespace by its whole path. What is mounted and what still runs is gone with
# the command. $IN_NETWORK=none: a loopback of its own.
inside() {
	local root=$1 own="--mount --pid"; shift
	[ "${IN_NETWORK-}" != none ] || own="$own --net"
	# shellcheck disable=SC2016,SC2086
	unshare $own --fork --kill-child --propagation private sh -c '
		root=$1; shift
		mount --bind "$root" "$root" && mount -t proc proc "$root/proc" &&
		mount -t sysfs sysfs "$root/sys" &&
		mount -t tmpfs shm "$root/dev/shm" || exit 1
		mount -t devpts -o newinstance,ptmxmode=666 pts "$root/dev/pts" &&
			mount --bind "$root/dev/pts/ptmx" "$root/dev/ptmx"
		[ ! -e /dev/kvm ] || { : >>"$root/dev/kvm"
			mount --bind /dev/kvm "$root/dev/kvm"; }
		[ "$IN_NETWORK" != none ] || ip link set lo up
		cd "$root" && pivot_root . . && umount -l . &&
			exec chroot . "$@"' inside "$root" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
export IN_NETWORK=

# another_root KIND: a copy of the bare root. Of one file system: what is mounted
# in the first by chance is none of its files, and /proc has no end.
another_root() {
	rm -rf --one-file-system "$deb/$suite.$1"
	cp -ax "$deb/$suite.bare" "$deb/$suite.$1"
}

# A bare root, made once; and one with the build's packages on top
make_bare() {
	local bare=$deb/$suite.bare
	[ -e "$bare/.whole" ] && return
	rm -rf --one-file-system "$bare"
	say "$suite: a bare root"
	# what it mounts goes with it, also where it cannot unmount it
	unshare --mount --propagation private \
		debootstrap --variant=minbase "$suite" "$bare" "$(mirror)" \
		>"$deb/$suite.log" 2>&1 || return 1
	# how this machine reaches its mirror; what a package has brought is that
	# package's, and would be asked about where it is installed in the root
	local file
	for file in /etc/apt/apt.conf.d/*; do
		dpkg-query -S "$file" >/dev/null 2>&1 ||
			cp "$file" "$bare/etc/apt/apt.conf.d/"
	done
	rm -f "$bare"/etc/apt/apt.conf.d/*docker*
	cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
	mkdir -p "$bare/etc/ssl/certs"
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
		cp -L /etc/ssl/certs/ca-certificates.crt "$bare/etc/ssl/certs/"
	# no service of a root's is started on this machine
	printf '#!/bin/sh\nexit 101\n' >"$bare/usr/sbin/policy-rc.d"
	chmod 755 "$bare/usr/sbin/policy-rc.d"
	inside "$bare" apt-get update -qq && touch "$bare/.whole"
}
make_building() {
	local root=$deb/$suite.build
	[ -e "$root/.whole" ] && return
	another_root build
	rm -f "$root/.whole"
	say "$suite: the packages that the build needs"
	mkdir -p "$root/src/debian"
	cp "$top/debian/control" "$top/debian/changelog" "$root/src/debian/"
	inside "$root" apt-get install -y --no-install-recommends dpkg-dev \
		lintian >>"$deb/$suite.log" 2>&1 &&
		inside "$root" apt-get build-dep -y --no-install-recommends \
			/src \
			>>"$deb/$suite.log" 2>&1 &&
		touch "$root/.whole"
}
