#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# logins.sh: in a bare root, lets alice and root in by password through each of
# the programs that PAM serves here, and nobody by a wrong one. Ends with 1 at
# the first that does otherwise.
set -eu

say() { echo "$*"; }
fail() { echo "FAILED: $*"; exit 1; }
password() { echo "secret-of-$1"; }
# refused WHAT COMMAND...: by a wrong password, which each program answers after
# some seconds: beside the others, for all_refused to look at
rm -rf /srv/let-in
mkdir /srv/let-in
tries=
refused() {
	what=$1; shift
	{ ! "$@" || : >"/srv/let-in/$what"; } &
	tries="$tries $!"
}
all_refused() {
	# shellcheck disable=SC2086
	wait $tries
	[ -z "$(ls /srv/let-in)" ] ||
		fail "let in by a wrong password: $(ls /srv/let-in)"
}

id alice >/dev/null 2>&1 || useradd -m -s /bin/sh alice
for who in alice root; do
	echo "$who:$(password $who)" | chpasswd
done
mkdir -p /run/sshd /etc/sudoers.d
echo 'alice ALL=(ALL) ALL' >/etc/sudoers.d/alice
chmod 440 /etc/sudoers.d/alice

wrong() { printf 'wrong\nwrong\nwrong\n' | "$@"; }

# PAM's services by themselves
for service in sudo login sshd; do
	for who in alice root; do
		password $who | pamtester $service $who authenticate acct_mgmt ||
			fail "$service does not let $who in"
		refused "$who by $service" wrong pamtester $service $who \
			authenticate
	done
done
for who in alice root; do
	pamtester cron $who acct_mgmt || fail "cron: $who"
done

# The programs
as_alice() { setpriv --reuid alice --regid alice --init-groups \
	env HOME=/home/alice "$@"; }
[ "$(su alice -c 'id -un')" = alice ] || fail "su, by root"
[ "$(password root | as_alice su -c 'id -un')" = root ] || fail "su, by alice"
refused "root by su" wrong as_alice su -c true
[ "$(password alice | as_alice sudo -S id -un)" = root ] || fail "sudo"
refused "alice by sudo" wrong as_alice sudo -k -S true

printf '#!/bin/sh\necho "$SECRET"\n' >/srv/ask
chmod 755 /srv/ask
[ ! -e /etc/ssh/sshd_config ] || grep -q '^PermitRootLogin yes' /etc/ssh/sshd_config ||
	sed -i '1i PermitRootLogin yes' /etc/ssh/sshd_config
/usr/sbin/sshd -D -p 2222 -o PidFile=/run/tried.pid &
sshd=$!
trap 'kill $sshd 2>/dev/null || true' EXIT
sleep 1
in_by_ssh() { SECRET=$1 SSH_ASKPASS=/srv/ask SSH_ASKPASS_REQUIRE=force \
	DISPLAY=:0 setsid -w ssh -p 2222 -o StrictHostKeyChecking=no \
	-o UserKnownHostsFile=/dev/null -o NumberOfPasswordPrompts=1 \
	"$2@127.0.0.1" id -un </dev/null; }
for who in alice root; do
	[ "$(in_by_ssh "$(password $who)" $who)" = $who ] || fail "ssh: $who"
	refused "$who by ssh" in_by_ssh wrong $who
done
all_refused
kill $sshd

rm -f /run/crond.reboot /home/alice/ran
echo '@reboot touch /home/alice/ran' | crontab -u alice -
cron -f &
cron=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -e /home/alice/ran ] || sleep 1
done
kill $cron
[ -e /home/alice/ran ] || fail "cron runs nothing for alice"

# A terminal, at which nothing is typed before it is asked for
appears() {
	for _ in $(seq 100); do
		! grep -q "$1" /srv/seen 2>/dev/null || return 0
		sleep 0.2
	done
	fail "login, behind: $(cat /srv/seen)"
}
rm -f /srv/typed /srv/seen
mkfifo /srv/typed
timeout 90 script -qefc 'exec login alice' /srv/seen </srv/typed >/dev/null 2>&1 &
exec 3>/srv/typed
appears Password
password alice >&3
appears '[$] '
# shellcheck disable=SC2016
echo 'echo in as $(id -un)' >&3
appears 'in as alice'
echo exit >&3
exec 3>&-

say "all were let in by their passwords, and nobody else"
