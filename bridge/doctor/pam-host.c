/* SPDX-License-Identifier: Apache-2.0 */
/* Which program a service of PAM's is, and whether it can be served. */
#include "bridge/doctor/pam-host.h"

#include "base/text.h"

#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *service;
	enum pam_host host;
} services[] = {
	{ "login", HOST_TRIED },
	{ "pamtester", HOST_TRIED },
	{ "su", HOST_TRIED },
	{ "sudo", HOST_TRIED },
	{ "sshd", HOST_SSHD },
	{ "cosmic-greeter", HOST_GREETER },
	{ "gdm", HOST_GREETER },
	{ "gdm-fingerprint", HOST_GREETER },
	{ "gdm-password", HOST_GREETER },
	{ "gdm-smartcard", HOST_GREETER },
	{ "gdm3", HOST_GREETER },
	{ "greetd", HOST_GREETER },
	{ "lightdm", HOST_GREETER },
	{ "lxdm", HOST_GREETER },
	{ "plasmalogin", HOST_GREETER },
	{ "sddm", HOST_GREETER },
	{ "slim", HOST_GREETER },
	{ "wdm", HOST_GREETER },
	{ "xdm", HOST_GREETER },
	{ "polkit-1", HOST_AGENT },
	{ "cinnamon-screensaver", HOST_LOCKER },
	{ "gnome-screensaver", HOST_LOCKER },
	{ "gtklock", HOST_LOCKER },
	{ "hyprlock", HOST_LOCKER },
	{ "i3lock", HOST_LOCKER },
	{ "i3lock-color", HOST_LOCKER },
	{ "kde", HOST_LOCKER },
	{ "kde-fingerprint", HOST_LOCKER },
	{ "kde-smartcard", HOST_LOCKER },
	{ "kscreenlocker", HOST_LOCKER },
	{ "kscreensaver", HOST_LOCKER },
	{ "mate-screensaver", HOST_LOCKER },
	{ "swaylock", HOST_LOCKER },
	{ "vlock", HOST_LOCKER },
	{ "waylock", HOST_LOCKER },
	{ "xfce4-screensaver", HOST_LOCKER },
	{ "xlock", HOST_LOCKER },
	{ "xscreensaver", HOST_LOCKER },
	{ "xsecurelock", HOST_LOCKER },
};

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
		if (stat(programs[i], &st) == 0 && st.st_uid == 0 &&
			(st.st_mode & S_ISUID))
			return HOST_UNTRIED;
	return HOST_AGENT_UNKNOWN;
}

enum pam_host pam_host_of(const char *service)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(services); i++)
		if (strcmp(services[i].service, service) == 0)
			return services[i].host == HOST_AGENT ? polkit_host() :
				services[i].host;
	return HOST_UNTRIED;
}

static const struct {
	const char *refusal, *argument;
} hosts[HOSTS] = {
	[HOST_GREETER] = { "has neither a session nor a terminal yet when it "
		"asks", "seat=greeter" },
	[HOST_AGENT] = { "is started by systemd, and has neither a session nor "
		"a terminal", "seat=peer" },
	[HOST_AGENT_UNKNOWN] = { "has, from polkit 127 on, neither a session "
		"nor a terminal", "seat=peer" },
	[HOST_LOCKER] = { "runs as the user, and not as root", NULL },
};

const char *pam_host_refusal(enum pam_host host)
{
	return hosts[host].refusal;
}

const char *pam_host_argument(enum pam_host host)
{
	return hosts[host].argument;
}
