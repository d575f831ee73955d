# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# polkit.sh: sourced by run; whom a real polkitd lets use smart-card readers by
# our rule, where the suite's pcscd asks one.

polkit_root() {
	another_root polkit
	mkdir -p "$deb/$suite.polkit/usr/share/polkit-1/rules.d"
	inside "$deb/$suite.polkit" apt-get install -y \
		--no-install-recommends polkitd pkexec dbus pcscd || return
	cp "$top/udev/70-tokenbridge-polkit.rules" \
		"$deb/$suite.polkit/usr/share/polkit-1/rules.d/70-tokenbridge.rules"
}

# By the group file, whatever groups a process has
polkit_lets_the_group_in() {
	# shellcheck disable=SC2016
	inside "$deb/$suite.polkit" sh -euc '
		useradd alice && useradd bob && groupadd -r tokenbridge
		gpasswd -a alice tokenbridge
		gid=$(getent group tokenbridge | cut -d: -f3)
		mkdir -p /run/dbus
		dbus-daemon --system --fork
		/usr/lib/polkit-1/polkitd --no-debug &
		asks() { setpriv --reuid "$1" --regid "$1" "$2" \
			sh -c "pkcheck --action-id $3 --process \$\$"; }
		pcsc=org.debian.pcsc-lite
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			! asks alice --init-groups $pcsc.access_pcsc || break
			sleep 1
		done
		asks alice --init-groups $pcsc.access_pcsc
		asks alice --init-groups $pcsc.access_card
		asks alice --clear-groups $pcsc.access_card
		! asks bob --init-groups $pcsc.access_pcsc
		! asks bob --groups=$gid $pcsc.access_card
		! asks alice --init-groups org.freedesktop.policykit.exec'
}

part_polkit() {
	[ "$suite" != bookworm ] || return 0
	ok "a root with polkit" polkit_root
	ok "polkit lets the group use readers, and nobody else" \
		polkit_lets_the_group_in
}
