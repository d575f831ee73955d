# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ansible.sh: sourced by run; the role of docs/examples/ansible on two bare roots
# that have the packages. A root of its own is the station. tests/ansible/run has
# more cases, on the tree's build.

hosts=(station one two)
key="sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAEB\
AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAAAABHNzaDo="

ansible_roots() {
	local host
	for host in "${hosts[@]}"; do
		another_root "$host"
		mkdir "$deb/$suite.$host/new"
		cp "$b"/a/tokenbridge_*.deb "$b"/a/libpam-*.deb \
			"$deb/$suite.$host/new/"
		inside "$deb/$suite.$host" sh -c 'apt-get install -y \
			--no-install-recommends python3 sudo openssh-server \
			/new/*.deb && mkdir -p /run/sshd' || return
	done
}

ansible_published() {
	local station=$deb/$suite.station
	echo "$key" >"$station/srv/keys"
	inside "$station" sh -euc 'tokenbridge registry init
		tokenbridge registry import /srv/keys --user games \
			--format authorized_keys || [ $? = 10 ]
		tokenbridge registry publish --output /srv/hosts.login'
}

# played FILE WORD...: Ansible enters a host by its Python, whose files of the
# moment both see below /media/ansible; what that said goes into FILE
played() {
	local said=$1 host; shift
	mkdir -p "$deb/$suite.play"
	printf '[tokenbridge_hosts]\n' >"$deb/$suite.play/inventory.ini"
	for host in one two; do
		printf '#!/bin/sh\nexec chroot %s /usr/bin/python3 "$@"\n' \
			"$deb/$suite.$host" >"$deb/$suite.play/$host"
		chmod 755 "$deb/$suite.play/$host"
		echo "$host ansible_connection=local" \
			"ansible_python_interpreter=$deb/$suite.play/$host" \
			>>"$deb/$suite.play/inventory.ini"
	done
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -euc 'roots=$1; shift
		mount -t tmpfs none /media
		for host in one two; do
			mount -t proc proc "$roots.$host/proc"
			mount --bind /media "$roots.$host/media"
		done
		exec "$@"' sh "$deb/$suite" env HOME=/media ANSIBLE_NOCOLOR=1 \
		ANSIBLE_REMOTE_TMP=/media/ansible "$TOKENBRIDGE_ANSIBLE/ansible-playbook" \
		-i "$deb/$suite.play/inventory.ini" \
		"$top/docs/examples/ansible/login.yml" -e ansible_become=false \
		-e "tokenbridge_login_file=$deb/$suite.station/srv/hosts.login" \
		-e tokenbridge_login_sshd_service= "$@" >"$said" 2>&1
	local status=$?
	cat "$said"
	return $status
}
# both_changed N WORD...: on each host N tasks, and none failed
both_changed() {
	local n=$1; shift
	played "$deb/$suite.play.log" "$@" &&
		[ "$(grep -cE "^(one|two) .* changed=$n .* failed=0 " \
			"$deb/$suite.play.log")" = 2 ]
}

# What sshd is told there
ansible_lets_in() {
	local host
	for host in one two; do
		[ "$(inside "$deb/$suite.$host" \
			/usr/libexec/tokenbridge/tokenbridge-keys games)" = \
			"$key" ] || return
	done
}
ansible_asks() {
	local how='{"tokenbridge_login_pam_services": ["sudo"],
		"tokenbridge_login_sshd": true}'
	both_changed 2 -e "$how" && both_changed 0 -e "$how" &&
		inside "$deb/$suite.one" grep -q '^auth sufficient pam_token' \
			/etc/pam.d/sudo &&
		inside "$deb/$suite.two" sh -c '/usr/sbin/sshd -T 2>/dev/null |
			grep -q "^authorizedkeyscommand .*/tokenbridge-keys %u %f"'
}

part_ansible() {
	[ "$suite" = bookworm ] || return 0
	setup_ansible
	ok "a station and two hosts from packages" ansible_roots
	ok "the station publishes" ansible_published
	ok "looking says that both would change" both_changed 1 --check
	ok "and changed nothing" eval '! ansible_lets_in'
	ok "both take it" both_changed 1
	ok "sshd is told who may log in there" ansible_lets_in
	ok "again nothing changes" both_changed 0
	ok "PAM and sshd ask where that is wanted" ansible_asks
}
