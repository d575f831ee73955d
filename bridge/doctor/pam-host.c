/* SPDX-License-Identifier: Apache-2.0 */
/* Which program a service of PAM's is, and whether it can be served. */
#include "bridge/doctor/pam-host.h"

#include "base/text.h"
#include "bridge/login/wire.h"

#include <string.h>
#include <sys/stat.h>

#define UNLOCKS true
#define UNLESS_SETUID(program) NULL, false, false, program
#define TRIED NULL, false, true
#define TRIED_UNIT(unit) unit, false, true

static const struct service {
	const char *name;
	enum pam_host host;
	const char *unit; /* of a display manager */
	bool unlocks;
	bool tried;
	const char *setuid; /* a program that is no locker where it is root's */
} services[] = {
	{ "login", HOST_PLAIN, TRIED },
	{ "pamtester", HOST_PLAIN, TRIED },
	{ "su", HOST_PLAIN, TRIED },
	{ "sudo", HOST_PLAIN, TRIED },
	{ "atd", HOST_JOBS },
	{ "cron", HOST_JOBS },
	{ "crond", HOST_JOBS },
	{ "runuser", HOST_JOBS },
	{ "runuser-l", HOST_JOBS },
	{ "systemd-user", HOST_JOBS },
	{ "sshd", HOST_SSHD, TRIED },
	{ "cosmic-greeter", HOST_GREETER, "cosmic-greeter.service" },
	{ "gdm", HOST_GREETER, "gdm.service" },
	{ "gdm-fingerprint", HOST_GREETER, "gdm.service", UNLOCKS },
	{ "gdm-password", HOST_GREETER, "gdm.service", UNLOCKS },
	{ "gdm-smartcard", HOST_GREETER, "gdm.service", UNLOCKS },
	{ "gdm3", HOST_GREETER, "gdm3.service" },
	{ "greetd", HOST_GREETER, TRIED_UNIT("greetd.service") },
	{ "lightdm", HOST_GREETER, TRIED_UNIT("lightdm.service") },
	{ "lxdm", HOST_GREETER, "lxdm.service" },
	{ "plasmalogin", HOST_GREETER, "plasmalogin.service" },
	{ "sddm", HOST_GREETER, "sddm.service" },
	{ "slim", HOST_GREETER, "slim.service" },
	{ "wdm", HOST_GREETER, "wdm.service" },
	{ "xdm", HOST_GREETER, "xdm.service" },
	{ "polkit-1", HOST_AGENT, TRIED },
	{ "cinnamon-screensaver", HOST_LOCKER },
	{ "gnome-screensaver", HOST_LOCKER },
	{ "gtklock", HOST_LOCKER },
	{ "hyprlock", HOST_LOCKER },
	{ "i3lock", HOST_LOCKER, TRIED },
	{ "i3lock-color", HOST_LOCKER },
	{ "kde", HOST_LOCKER },
	{ "kde-fingerprint", HOST_LOCKER },
	{ "kde-smartcard", HOST_LOCKER },
	{ "kscreenlocker", HOST_LOCKER },
	{ "kscreensaver", HOST_LOCKER },
	{ "mate-screensaver", HOST_LOCKER },
	{ "swaylock", HOST_LOCKER },
	{ "vlock", HOST_LOCKER, UNLESS_SETUID("/usr/sbin/vlock-main") },
	{ "waylock", HOST_LOCKER },
	{ "xfce4-screensaver", HOST_LOCKER },
	{ "xlock", HOST_LOCKER },
	{ "xscreensaver", HOST_LOCKER },
	{ "xsecurelock", HOST_LOCKER },
};

/* Whoever starts it, it runs with root's effective uid. */
static bool is_setuid(const char *program)
{
	struct stat st;

	return stat(program, &st) == 0 && st.st_uid == 0 &&
		(st.st_mode & S_ISUID);
}

/*
 * Up to version 126 the agent of a person's session starts a setuid program;
 * later ones leave it to systemd, with a unit.
 */
static enum pam_host polkit_host(void)
{
	static const char *const units[] = {
		"/etc/systemd/system/polkit-agent-helper.socket",
		"/lib/systemd/system/polkit-agent-helper.socket",
		"/usr/lib/systemd/system/polkit-agent-helper.socket",
	};
	static const char *const programs[] = {
		"/usr/lib/polkit-1/polkit-agent-helper-1",
		"/usr/libexec/polkit-agent-helper-1",
		"/usr/libexec/polkit-1/polkit-agent-helper-1",
	};
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_LEN(units); i++)
		if (stat(units[i], &st) == 0)
			return HOST_AGENT;
	for (i = 0; i < ARRAY_LEN(programs); i++)
		if (is_setuid(programs[i]))
			return HOST_OTHER;
	return HOST_AGENT_UNKNOWN;
}

static const struct service *service_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(services); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	return NULL;
}

enum pam_host pam_host_of(const char *service)
{
	const struct service *s = service_of(service);

	if (!s)
		return HOST_OTHER;
	if (s->setuid && is_setuid(s->setuid))
		return HOST_PLAIN;
	return s->host == HOST_AGENT ? polkit_host() : s->host;
}

const char *pam_host_unit(const char *service)
{
	const struct service *s = service_of(service);

	return s ? s->unit : NULL;
}

bool pam_host_unlocks(const char *service)
{
	const struct service *s = service_of(service);

	return s && s->unlocks;
}

bool pam_host_tried(const char *service)
{
	const struct service *s = service_of(service);

	return s && s->tried;
}

static const struct pam_need needs[HOSTS] = {
	[HOST_GREETER] = { "has neither a session nor a terminal yet when it "
		"asks", LOGIN_SEAT_GREETER, "seat=greeter" },
	[HOST_AGENT] = { "is started by systemd, and has neither a session nor "
		"a terminal", LOGIN_SEAT_PEER, "seat=peer" },
	[HOST_AGENT_UNKNOWN] = { "has, from polkit 127 on, neither a session "
		"nor a terminal", LOGIN_SEAT_PEER, "seat=peer" },
};

const struct pam_need *pam_host_need(enum pam_host host)
{
	return needs[host].why ? &needs[host] : NULL;
}
