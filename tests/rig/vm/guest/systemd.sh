# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# systemd.sh: sourced by init; goes on as systemd, with nothing but udev, dbus
# and logind, alice logged in on the first console, and the agent.
units=/run/systemd/system
mkdir -p $units
id alice >/dev/null 2>&1 || useradd -m -s /bin/bash alice

# What a boot does and this one need not, or what takes minutes without a
# processor of one's own: cleaning /tmp, replaying all events.
for unit in systemd-tmpfiles-setup systemd-tmpfiles-setup-dev \
	systemd-tmpfiles-setup-dev-early systemd-tmpfiles-clean \
	systemd-remount-fs systemd-modules-load kmod-static-nodes \
	systemd-hwdb-update systemd-timesyncd systemd-pstore \
	systemd-udev-trigger systemd-journald systemd-journal-flush \
	systemd-journal-catalog-update systemd-update-utmp systemd-sysusers \
	systemd-random-seed systemd-binfmt systemd-sysctl systemd-firstboot \
	systemd-update-done systemd-machine-id-commit modprobe@ ldconfig \
	apparmor e2scrub_reap keyboard-setup console-setup ssh pcscd; do
	ln -sf /dev/null "$units/$unit.service"
done
for unit in systemd-journald.socket systemd-journald-dev-log.socket \
	systemd-journald-audit.socket tmp.mount dev-hugepages.mount \
	dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
	sys-kernel-config.mount sys-fs-fuse-connections.mount \
	proc-sys-fs-binfmt_misc.automount systemd-tmpfiles-clean.timer \
	pcscd.socket ssh.socket; do
	ln -sf /dev/null "$units/$unit"
done

cat >"$units/vm.target" <<-X
	[Unit]
	Requires=vm-agent.service
	AllowIsolate=yes
	X
cat >"$units/vm-agent.service" <<-X
	[Unit]
	DefaultDependencies=no
	Requires=dbus.socket systemd-udevd.service systemd-logind.service
	Wants=vm-login.service
	After=dbus.socket systemd-udevd.service systemd-logind.service
	[Service]
	ExecStart=/usr/bin/python3 -B -u $guest/agent.py --session alice
	ExecStopPost=/bin/sh -c 'echo o >/proc/sysrq-trigger'
	StandardOutput=tty
	StandardError=tty
	TTYPath=/dev/ttyS0
	KillMode=process
	Environment=HOME=/root
	X
cat >"$units/vm-login.service" <<-X
	[Unit]
	DefaultDependencies=no
	After=systemd-logind.service dbus.socket
	[Service]
	ExecStart=-/sbin/agetty --autologin alice --noclear tty1 linux
	StandardInput=tty
	StandardOutput=tty
	TTYPath=/dev/tty1
	UtmpIdentifier=tty1
	X
for systemd in /lib/systemd/systemd /usr/lib/systemd/systemd; do
	[ -x $systemd ] && break
done
exec $systemd --system --unit=vm.target --log-target=console \
	--show-status=false --log-level=warning
