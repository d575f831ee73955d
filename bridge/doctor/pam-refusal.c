/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are not served as they are. */
#include "bridge/doctor/pam-rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SOCKET_ON "`systemctl enable --now " PAM_SOCKET_UNIT "`"

static bool refuse(struct pam_refusal *ret, const char *word,
	const char *remedy, const char *fmt, ...) PRINTF(4, 5);

static bool refuse(struct pam_refusal *ret, const char *word,
	const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, ap);
	va_end(ap);
	ret->word = word;
	ret->remedy = remedy;
	return true;
}

/* An included file is not the service's own: there the word counts nothing. */
static bool is_in_own_file(const char *service, const struct pam_stack *s,
	const struct pam_line *line)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->entries[i].line == line)
			return strcmp(pam_module_name(s->entries[i].file),
				service) == 0;
	return false;
}

static bool refuses_locker(const struct pam_program *p,
	struct pam_refusal *ret)
{
	if (!p->listed)
		return refuse(ret, "not-listed",
			"name it in locker_services, tokenbridge.conf(5)",
			"runs as the user, and is not among locker_services");
	return !p->called && refuse(ret, "not-root",
		SOCKET_ON ", before a screen is locked",
		"runs as the user, and nobody listens for it "
		"(" PAM_SOCKET_UNIT ")");
}

/* Of what has neither session nor terminal. */
static bool refuses_seat(const char *service, const struct pam_program *p,
	const struct pam_stack *s, const struct pam_line *line,
	const struct pam_options *o, struct pam_refusal *ret)
{
	const struct pam_need *need = pam_host_need(p->host);

	if (!need)
		return false;
	if (!(o->seats & need->seats))
		return refuse(ret, "not-local", p->host == HOST_GREETER ?
			"add seat=greeter to the line" :
			"add seat=peer to the line", "%s", need->why);
	if (!is_in_own_file(service, s, line))
		return refuse(ret, "not-local",
			"write the line into the service's own file",
			"%s, and %s counts only in its own file", need->why,
			need->argument);
	if (p->host == HOST_GREETER && !p->listed)
		return refuse(ret, "not-local",
			"name its unit in greeter_units, tokenbridge.conf(5)",
			"%s, and its unit is not among greeter_units",
			need->why);
	return p->host != HOST_GREETER && !p->called && refuse(ret, "no-token",
		SOCKET_ON, "sees no devices, and nobody listens for it "
		"(" PAM_SOCKET_UNIT ")");
}

bool pam_program_refused(const char *service, const struct pam_program *p,
	const struct pam_stack *s, const struct pam_line *line,
	const struct pam_options *o, struct pam_refusal *ret)
{
	return p->host == HOST_LOCKER ? refuses_locker(p, ret) :
		refuses_seat(service, p, s, line, o, ret);
}
