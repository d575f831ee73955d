/* SPDX-License-Identifier: Apache-2.0 */
/* What a service would do with one person now. */
#include "bridge/doctor/pam-rules.h"

#include "bridge/doctor/pam/ending.h"

#include <stdio.h>
#include <string.h>

static void foresee_refusal(const char *service, const struct pam_stack *s,
	const struct pam_person *who, enum pam_return code, const char *why,
	struct findings *f)
{
	const char *name = code == RETURN_USER_UNKNOWN ? "PAM_USER_UNKNOWN" :
		code == RETURN_SERVICE_ERR ? "PAM_SERVICE_ERR" :
		"PAM_AUTHINFO_UNAVAIL";

	findings_add(f, FINDING_WARN, "login", service, NULL,
		"%s %s: the line refuses %s (%s), %s", who->name, why,
		who->name, name, pam_what_after(s, code));
}

static void foresee_none(const char *service, const struct pam_stack *s,
	const struct pam_options *o, const struct pam_person *who,
	struct findings *f)
{
	if (!o->no_user_ok) {
		foresee_refusal(service, s, who, RETURN_USER_UNKNOWN,
			"has no token", f);
		return;
	}
	findings_add(f, FINDING_WARN, "login", service, NULL,
		"%s has no token and is passed over (nouserok, PAM_IGNORE), %s",
		who->name, pam_what_then(s,
			(struct pam_world){ .unbound = true }));
}

#define AT_MACHINE ", at this machine only: a person whom logind or the " \
	"console does not show to be here is refused (PAM_AUTHINFO_UNAVAIL)"

#define AT_AGENT ", where the agent that asks runs at this machine"

/* Where the person has to be. */
static const char *const places[HOSTS] = {
	[HOST_OTHER] = AT_MACHINE,
	[HOST_PLAIN] = AT_MACHINE,
	[HOST_JOBS] = "",
	[HOST_SSHD] = AT_MACHINE,
	[HOST_GREETER] = ", while its greeter is in front at the first seat",
	[HOST_AGENT] = AT_AGENT,
	[HOST_AGENT_UNKNOWN] = AT_AGENT,
	[HOST_LOCKER] = ", while a session of that user is in front",
};

static void foresee_touch(const char *service, enum pam_host host,
	const struct pam_stack *s, const struct pam_options *o,
	const struct pam_person *who, bool pin, struct findings *f)
{
	static const enum finding_status statuses[] = {
		[ENDING_IN] = FINDING_OK,
		[ENDING_OUT] = FINDING_WARN,
		[ENDING_DEPENDS] = FINDING_UNKNOWN,
	};
	const enum pam_ending then = pam_ending(s, RETURN_SUCCESS, ASKED_GOOD);
	bool anywhere = o->remote_allowed && !pin && host != HOST_LOCKER;
	char wait[64] = "";

	if (!who->plugged && o->wait_ms > 0)
		snprintf(wait, sizeof(wait), "wait %u s for a token, then ",
			o->wait_ms / 1000);
	findings_add(f, statuses[then], "login", service, NULL,
		"%s would %sask %s %sto touch token %s%s%s%s", service, wait,
		who->name, pin ? "for the PIN and " : "", who->tokens,
		anywhere ? ", wherever the person is" : places[host],
		pam_host_tried(service) ? "" : "; this service was not tried",
		then == ENDING_IN ? "" : then == ENDING_OUT ?
		"; then it lets nobody in all the same" :
		"; then other lines decide by who asks");
}

/* Why our line refuses everybody there; false: it does not. */
static bool foresee_everybody(const char *service,
	const struct pam_program *program, const struct pam_stack *s,
	const struct pam_options *o, bool pin, char ret[PAM_WHY_LEN + 64])
{
	const struct pam_line *line = pam_stack_ours(s);
	struct pam_refusal r;

	if (program->host == HOST_SSHD && o->remote_allowed && pin)
		strcpy(ret, "needs a PIN, which is never asked for from afar");
	else if (program->host == HOST_SSHD && !o->remote_allowed)
		strcpy(ret, "comes over the network");
	else if (pam_program_refused(service, program, s, line, o, &r))
		snprintf(ret, PAM_WHY_LEN + 64,
			"comes by a program that %s (%s)", r.why, r.word);
	else
		return false;
	return true;
}

void pam_foresee(const char *service, const struct pam_program *program,
	const struct pam_stack *stack, const struct pam_person *who,
	struct findings *f)
{
	const struct pam_line *line = pam_stack_ours(stack);
	const struct pam_world w = { .ours = RETURN_AUTH_ERR,
		.asked = ASKED_EITHER };
	struct pam_options o = { 0 };
	char why[PAM_WHY_LEN + 64];
	bool pin, refused;

	if (!line && pam_is_concerned(stack)) {
		findings_add(f, FINDING_UNKNOWN, "login", service,
			"mend its lines first",
			"what %s does for %s is not foreseen: its lines are "
			"not what they seem", service, who->name);
		return;
	}
	if (!line || program->host == HOST_JOBS ||
		!pam_stack_run(stack, &w).reached) {
		findings_add(f, FINDING_OK, "login", service, NULL,
			"%s does not ask %s for a token", service, who->name);
		return;
	}
	if (pam_read_options(service, stack, &o, NULL) < 0) {
		foresee_refusal(service, stack, who, RETURN_SERVICE_ERR,
			"meets an argument that is refused", f);
		return;
	}
	pin = o.verify || who->verify;
	refused = foresee_everybody(service, program, stack, &o, pin, why);
	if (who->no_record)
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			"cannot be looked up in login.db", f);
	else if (who->credentials == 0)
		foresee_none(service, stack, &o, who, f);
	else if (refused)
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			why, f);
	else if (!who->plugged && o.wait_ms == 0)
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			"has no token plugged in now", f);
	else
		foresee_touch(service, program->host, stack, &o, who, pin, f);
}
