# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# use.sh: sourced by run; what a person does with the packages, in a root that
# has nothing else.

fresh() {
	another_root user
	mkdir "$deb/$suite.user/new"
	cp "$deb/$suite.build"/a/*.deb "$deb/$suite.build"/c/*.deb \
		"$deb/$suite.user/new/"
}
user() { inside "$deb/$suite.user" "$@"; }
apt() { user sh -c "apt-get install -y --no-install-recommends $*"; }

# What a person sees after the installation
works() {
	user tokenbridge version && user tokenbridge help enroll &&
		user tokenbridge list && user getent group tokenbridge &&
		user getent passwd tokenbridge-auth &&
		user test -d /var/lib/tokenbridge &&
		[ "$(user stat -c %a /var/lib/tokenbridge)" = 711 ] &&
		user tokenbridge audit --help &&
		user sh -c 'tokenbridge info --help | grep -q Usage'
}
nothing_is_on() {
	! user sh -c 'find /etc/systemd -name "tokenbridge*" | grep .' &&
		! user grep -rn pam_tokenbridge /etc/pam.d
}
# Whoever logs in by password gets in, by sudo, su, login, sshd and cron
passwords_hold() {
	cp "$here/deb/logins.sh" "$deb/$suite.user/srv/"
	IN_NETWORK=none user sh /srv/logins.sh
}
profile_on() {
	user pam-auth-update --enable tokenbridge &&
		user grep -q pam_tokenbridge /etc/pam.d/common-auth
}
profile_is_kept() { user grep -q pam_tokenbridge /etc/pam.d/common-auth; }
# A rehearsal from nothing but packages: no pip, no network
rehearses() {
	local IN_NETWORK=none
	user find /usr/share/tokenbridge-rig -name 'test_*' | grep . && return 1
	user sh -c 'cd && printf "%s\n" "plug blue-1" \
		"tokenbridge verify" "tokenbridge enroll alice --label blue-1" \
		"tokenbridge pam-enroll games --token blue-1 --holder alice" \
		"login games" exit | tokenbridge-rehearsal \
			--folder "$HOME/rehearsal"' >"$deb/$suite.rehearsal.log" 2>&1
	cat "$deb/$suite.rehearsal.log"
	grep -q "^genuine" "$deb/$suite.rehearsal.log" &&
		grep -q Enrolled "$deb/$suite.rehearsal.log" &&
		grep -q "games is let in" "$deb/$suite.rehearsal.log"
}
registry_made() { user tokenbridge registry init; }
registry_holds() {
	user tokenbridge registry log --verify && user tokenbridge registry show
}
# refused PACKAGE LINE...: it does not go, and says these lines, as they begin
refused() {
	local package=$1 line log=$deb/$suite.refused.log; shift
	! user apt-get remove -y "$package" >"$log" 2>&1 || return
	cat "$log"
	for line in "$@"; do
		grep -qF "$line" "$log" || return
	done
	[ "$(grep -cE '^/[^ ]*:[0-9]+:' "$log")" = $# ] || return
	grep -q "touch /run/tokenbridge-remove-anyway" "$log"
}
refuses_to_go() {
	user sh -ec 'mkdir -p /etc/keys
		cp -a /etc/pam.d/sudo /srv/sudo.pam
		echo "# auth required pam_tokenbridge.so" >>/etc/pam.d/su
		echo "auth required pam_deny.so # not pam_tokenbridge.so" \
			>/etc/pam.d/other-one
		echo "auth sufficient pam_tokenbridge.so" >/etc/pam.d/put-aside~
		printf "auth sufficient \\\\\n  pam_tokenbridge.so\n" >>/etc/pam.d/sudo
		echo "@include /etc/keys/one" >/etc/pam.d/keyed
		echo "-auth [success=done default=ignore] pam_tokenbridge.so wait=5" \
			>/etc/keys/one
		echo "auth substack /etc/keys/two # all of it" >/etc/pam.d/deeper
		echo "@include /etc/keys/three" >/etc/keys/two
		echo "auth required pam_tokenbridge.so" >/etc/keys/three'
	refused libpam-tokenbridge /etc/pam.d/sudo: /etc/keys/one:1:-auth \
		/etc/keys/three:1:auth &&
		user test -e /usr/libexec/tokenbridge/tokenbridge-auth &&
		user sh -ec 'cp -a /srv/sudo.pam /etc/pam.d/sudo
			rm -r /etc/keys /etc/pam.d/keyed /etc/pam.d/deeper'
}
# With nothing but what is commented out, put aside or of pam-auth-update
goes() {
	user apt-get remove -y libpam-tokenbridge &&
		! user grep pam_tokenbridge /etc/pam.d/common-auth &&
		user rm /etc/pam.d/other-one /etc/pam.d/put-aside~
}
goes_when_told() {
	apt /new/libpam-tokenbridge_0.1.0-2_*.deb &&
		user sh -ec 'echo "auth sufficient pam_tokenbridge.so" \
			>/etc/pam.d/keyed
			touch /run/tokenbridge-remove-anyway' &&
		user apt-get remove -y libpam-tokenbridge &&
		user rm /etc/pam.d/keyed /run/tokenbridge-remove-anyway
}
# Beside each other: sshd takes the first, and any of them may become it
refuses_for_sshd() {
	local ours=/usr/libexec/tokenbridge/tokenbridge-keys
	user sh -ec "mkdir -p /etc/ssh/sshd_config.d /etc/ssh/more
		cp -a /etc/ssh/sshd_config /srv/sshd_config
		echo 'AuthorizedKeysCommand $ours %u' >/etc/ssh/sshd_config.d/keys.conf
		echo '# AuthorizedKeysCommand $ours %u' >/etc/ssh/sshd_config.d/not.conf
		echo 'AuthorizedKeysCommandUser tokenbridge-keys' \
			>/etc/ssh/sshd_config.d/user.conf
		echo 'include \"more/*.conf\"' >>/etc/ssh/sshd_config
		printf 'Match User alice\n\tauthorizedkeyscommand=\"$ours\" %%u\n' \
			>/etc/ssh/more/alice.conf"
	refused tokenbridge sshd_config.d/keys.conf:1:Auth more/alice.conf:2: &&
		user sh -ec 'cp -a /srv/sshd_config /etc/ssh/sshd_config
			rm -r /etc/ssh/more /etc/ssh/sshd_config.d/keys.conf \
				/etc/ssh/sshd_config.d/not.conf \
				/etc/ssh/sshd_config.d/user.conf'
}
purges() {
	user apt-get purge -y tokenbridge libpam-tokenbridge \
		>"$deb/$suite.purge.log" 2>&1 &&
		grep -q 'stay in /var/lib/tokenbridge' "$deb/$suite.purge.log" &&
		user test -s /var/lib/tokenbridge/registry.db &&
		! user find /usr /lib /etc -name '*tokenbridge*' \
			-not -path '/etc/apt/*' | grep .
}

part_use() {
	fresh
	user apt-get install -y --no-install-recommends pamtester sudo \
		openssh-server cron login >>"$deb/$suite.log" 2>&1
	ok "passwords let in before" passwords_hold
	ok "installs" apt /new/tokenbridge_0.1.0-1_amd64.deb \
		/new/libpam-tokenbridge_0.1.0-1_amd64.deb
	ok "works" works
	ok "turns nothing on" nothing_is_on
	ok "passwords let in after the installation" passwords_hold
	ok "makes a registry" registry_made
	ok "the rehearsal installs" apt \
		/new/tokenbridge-rig_0.1.0-1_amd64.deb
	ok "rehearses" rehearses
	ok "the profile is turned on" profile_on
	ok "passwords let in beside it" passwords_hold
	ok "is upgraded" apt /new/tokenbridge_0.1.0-2_amd64.deb \
		/new/libpam-tokenbridge_0.1.0-2_amd64.deb \
		/new/tokenbridge-rig_0.1.0-2_amd64.deb
	ok "the profile is kept" profile_is_kept
	ok "passwords let in after the upgrade" passwords_hold
	ok "the registry holds" registry_holds
	ok "does not go while PAM names it" refuses_to_go
	ok "goes where nothing names it" goes
	ok "passwords let in after the removal" passwords_hold
	ok "goes when it is told to" goes_when_told
	ok "does not go while sshd names it" refuses_for_sshd
	ok "is purged, and leaves the registry" purges
	ok "passwords let in after the purge" passwords_hold
}
