/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service's PAM lines come to. The lines are run over what our module
 * and the others may return; a rule is a question about how that ends.
 */
#include "bridge/doctor/pam-rules.h"

#include "bridge/login/pam/options.h"

#include <stdio.h>
#include <string.h>

#define CHECK "pam-control"

/* How it ends whatever the gates say: certainly in, certainly not, or so and
 * so. */
enum ending {
	IN,
	OUT,
	DEPENDS,
};

static enum ending ending(const struct pam_stack *s, enum pam_return ours,
	enum pam_return asking)
{
	struct pam_world w = { ours, asking, false };
	int without = pam_stack_run(s, &w).result, with;

	w.gates = true;
	with = pam_stack_run(s, &w).result;
	if ((with == RETURN_SUCCESS) != (without == RETURN_SUCCESS))
		return DEPENDS;
	return with == RETURN_SUCCESS ? IN : OUT;
}

/* In how many of the two cases our line is run, where everybody else is
 * content or nobody is. */
static int times_reached(const struct pam_stack *s, enum pam_return asking)
{
	struct pam_world w = { RETURN_AUTH_ERR, asking, false };
	int n = pam_stack_run(s, &w).reached;

	w.gates = true;
	return n + pam_stack_run(s, &w).reached;
}

/* What becomes of it when our line says that. */
static const char *what_then(const struct pam_stack *s, enum pam_return code)
{
	switch (ending(s, code, RETURN_SUCCESS)) {
	case OUT:
		return "and nothing else lets in";
	case DEPENDS:
		return "and other lines decide by who asks";
	case IN:
		break;
	}
	return ending(s, code, RETURN_AUTH_ERR) == IN ?
		"and everybody gets in" : "and a password alone is enough";
}

/* ---- arguments ---- */

struct notes {
	const char *service;
	struct findings *f;
};

static void take_note(const char *text, void *arg)
{
	struct notes *n = arg;

	findings_add(n->f, FINDING_WARN, "pam-arguments", n->service,
		"take the argument out of the line", "%s", text);
}

static void ignore_note(const char *text, void *arg)
{
	(void)text;
	(void)arg;
}

/* All lines of ours; *ret is of the first one. */
static int read_options(const char *service, const struct pam_stack *s,
	struct pam_options *ret, struct findings *f)
{
	struct notes notes = { service, f };
	struct pam_options o;
	struct error e;
	bool first = true;
	size_t i;
	int r = 0, each;

	for (i = 0; i < s->n; i++) {
		const struct pam_line *line = s->entries[i].line;

		if (!pam_line_is_ours(line))
			continue;
		each = pam_options_parse(line->argument_count, line->arguments,
			&o, f ? take_note : ignore_note, &notes, &e);
		if (each < 0 && f)
			findings_add(f, FINDING_FAIL, "pam-arguments", service,
				"pam_tokenbridge(8) lists the arguments that "
				"there are",
				"%s; line %u of %s refuses everybody "
				"(PAM_SERVICE_ERR), %s", e.text, line->number,
				s->entries[i].file,
				what_then(s, RETURN_SERVICE_ERR));
		if (each < 0)
			r = each;
		else if (first)
			*ret = o;
		first = false;
	}
	return r;
}

/* ---- the rules ---- */

struct judged {
	const char *service;
	const struct pam_stack *s;
	const struct pam_line *line; /* our first one */
	struct pam_options options;
	enum pam_return unbound;     /* who has no token */
	struct findings *f;
};

static bool is_sufficient(const struct pam_line *line)
{
	return line->actions[RETURN_SUCCESS] == ACTION_DONE;
}

/* Root, who needs no password for su, needs no token either. */
static void tell_gate(struct judged *j)
{
	const char *name = pam_stack_gate(j->s);
	bool root = strcmp(name, "pam_rootok.so") == 0;

	findings_add(j->f, root ? FINDING_OK : FINDING_WARN, CHECK,
		j->service, NULL,
		"whether the line is reached depends on %s, which looks at who "
		"asks", name);
}

static bool judge_reach(struct judged *j)
{
	int most = times_reached(j->s, RETURN_SUCCESS);
	int other = times_reached(j->s, RETURN_AUTH_ERR);

	if (most + other == 0) {
		findings_add(j->f, FINDING_FAIL, CHECK, j->service,
			"move the line to the front",
			"the line is never reached: a line before it always "
			"decides");
		return false;
	}
	if (most == 1 || other == 1)
		tell_gate(j);
	return true;
}

/* Somebody gets in who has shown nothing at all. */
static bool judge_open(struct judged *j)
{
	static const char put_back[] = "put a line behind it that asks for a "
		"password, or pam_deny.so";

	if (ending(j->s, RETURN_AUTH_ERR, RETURN_AUTH_ERR) == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"everybody gets in: with a token that refuses and "
			"without a password");
	else if (ending(j->s, j->unbound, RETURN_AUTH_ERR) == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token gets in with nothing at all%s",
			j->options.no_user_ok ? " (nouserok)" : "");
	else if (ending(j->s, RETURN_AUTHINFO_UNAVAIL, RETURN_AUTH_ERR) == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token plugged in, or comes over the "
			"network, gets in with nothing at all");
	else
		return false;
	return true;
}

static bool judge_closed(struct judged *j)
{
	if (ending(j->s, RETURN_SUCCESS, RETURN_SUCCESS) != OUT)
		return false;
	findings_add(j->f, FINDING_FAIL, CHECK, j->service,
		"look at the lines behind it and at the numbers in brackets",
		"nobody gets in, with token and password both good");
	return true;
}

/* The password alone is enough, for whoever has a token too. */
static bool judge_password(struct judged *j)
{
	bool alone;

	if (ending(j->s, RETURN_AUTH_ERR, RETURN_SUCCESS) != IN)
		return false;
	alone = ending(j->s, RETURN_SUCCESS, RETURN_AUTH_ERR) == IN;
	if (times_reached(j->s, RETURN_SUCCESS) == 0)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service,
			"move the line to the front, as `required`",
			"a password alone is enough: a line before ours then "
			"decides, and the token is asked only where the "
			"password is wrong");
	else if (!alone)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service,
			"make the line `required`",
			"the line decides nothing: its control '%s' passes "
			"over a refusal, and a password alone is enough",
			j->line->control);
	else
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"make the line `required` where both are wanted",
			"token or password: either alone is enough%s",
			j->options.no_user_ok && is_sufficient(j->line) ?
			"; nouserok changes nothing beside 'sufficient', "
			"which passes over every refusal" : "");
	return true;
}

/* The token counts, but not every refusal of it. */
static bool judge_passes(struct judged *j)
{
	static const struct {
		enum pam_return code;
		const char *name;
		const char *when;
	} rows[] = {
		{ RETURN_AUTHINFO_UNAVAIL, "authinfo_unavail",
			"no token is plugged in, the person comes over the "
			"network or login.db cannot be read" },
		{ RETURN_USER_UNKNOWN, "user_unknown",
			"the user has no token" },
		{ RETURN_SERVICE_ERR, "service_err",
			"an argument of the line is refused" },
		{ RETURN_MODULE_UNKNOWN, "module_unknown",
			"the module is not there" },
	};
	size_t i, before = j->f->n;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (ending(j->s, rows[i].code, RETURN_SUCCESS) != IN)
			continue;
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take it out of the brackets",
			"a password alone is enough where %s: '%s' passes over "
			"%s", rows[i].when, j->line->control, rows[i].name);
	}
	if (j->options.no_user_ok &&
		ending(j->s, RETURN_IGNORE, RETURN_SUCCESS) == IN)
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take nouserok out when everybody has a token",
			"who has a token needs it; who certainly has none is "
			"passed over (nouserok): a password alone is then "
			"enough");
	return j->f->n > before;
}

static void judge_good(struct judged *j)
{
	bool alone = ending(j->s, RETURN_SUCCESS, RETURN_AUTH_ERR) == IN;
	bool some = ending(j->s, RETURN_AUTH_ERR, RETURN_SUCCESS) == DEPENDS;

	findings_add(j->f, FINDING_OK, CHECK, j->service, NULL,
		"nobody gets in without the token%s%s",
		alone ? ", and it alone is enough" : "", some ?
		", but whom other lines let in for who they are" : "");
}

/* Over ssh, where the line is no help: what else counts is of no matter. */
static bool judge_sshd(struct judged *j)
{
	bool in = ending(j->s, RETURN_AUTHINFO_UNAVAIL, RETURN_SUCCESS) == IN;

	findings_add(j->f, FINDING_WARN, "pam-remote", j->service,
		"log in by sk keys (ssh-enroll), which do not come through "
		"here, and keep the line out of what sshd's file includes",
		"over ssh the line refuses whoever has a token "
		"(PAM_AUTHINFO_UNAVAIL)%s", in ?
		": a password alone is enough" :
		": nobody who has one logs in with a password");
	return true;
}

static bool judge_remote(struct judged *j)
{
	bool sshd = strcmp(j->service, "sshd") == 0;

	if (!j->options.remote_allowed)
		return sshd && judge_sshd(j);
	findings_add(j->f, FINDING_WARN, "pam-remote", j->service,
		"take remote=allow out, and log in over ssh by sk keys "
		"(ssh-enroll)",
		"remote=allow: a person far away has the token of this machine "
		"touched by whoever sits here%s", sshd ?
		", and sees the touch prompt only afterwards" : "");
	return false;
}

void pam_judge(const char *service, const struct pam_stack *stack,
	struct findings *f)
{
	struct judged j = {
		.service = service,
		.s = stack,
		.line = pam_stack_ours(stack),
		.f = f,
	};
	size_t i;

	if (!j.line)
		return;
	for (i = 0; i < stack->n; i++)
		if (stack->entries[i].wrong)
			findings_add(f, FINDING_FAIL, "pam-file", service,
				"mend the line",
				"line %u of %s: %s; PAM lets it fail",
				stack->entries[i].line->number,
				stack->entries[i].file,
				stack->entries[i].wrong);
	if (read_options(service, stack, &j.options, f) < 0)
		return;
	j.unbound = j.options.no_user_ok ? RETURN_IGNORE : RETURN_USER_UNKNOWN;
	if (!judge_reach(&j))
		return;
	if (judge_open(&j) || judge_closed(&j))
		return;
	if (!judge_remote(&j) && !judge_password(&j) && !judge_passes(&j))
		judge_good(&j);
}

void pam_judge_type(const char *service, enum pam_type type,
	const struct pam_stack *stack, struct findings *f)
{
	const struct pam_line *line = pam_stack_ours(stack);
	int action;

	if (!line || type == PAM_TYPE_AUTH)
		return;
	action = line->actions[RETURN_MODULE_UNKNOWN];
	findings_add(f, action == ACTION_IGNORE ? FINDING_WARN : FINDING_FAIL,
		"pam-control", service,
		"take the line out: the module has auth only",
		"the module stands in a line of type %s, where it has nothing "
		"to do%s", pam_type_name(type), action == ACTION_IGNORE ? "" :
		": PAM lets the line fail");
}

/* ---- one person ---- */

static void foresee_refusal(const char *service, const struct pam_stack *s,
	const struct pam_person *who, enum pam_return code, const char *why,
	struct findings *f)
{
	const char *name = code == RETURN_USER_UNKNOWN ? "PAM_USER_UNKNOWN" :
		code == RETURN_SERVICE_ERR ? "PAM_SERVICE_ERR" :
		"PAM_AUTHINFO_UNAVAIL";

	findings_add(f, FINDING_WARN, "login", service, NULL,
		"%s %s: the line refuses %s (%s), %s", who->name, why,
		who->name, name, what_then(s, code));
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
		who->name, what_then(s, RETURN_IGNORE));
}

static void foresee_touch(const char *service, const struct pam_options *o,
	const struct pam_person *who, bool pin, struct findings *f)
{
	char wait[64] = "";

	if (!who->plugged && o->wait_ms > 0)
		snprintf(wait, sizeof(wait), "wait %u s for a token, then ",
			o->wait_ms / 1000);
	findings_add(f, FINDING_OK, "login", service, NULL,
		"%s would %sask %s %sto touch token %s%s", service, wait,
		who->name, pin ? "for the PIN and " : "", who->tokens,
		o->remote_allowed && !pin ? ", wherever the person is" :
		", at this machine only: a person whom logind or the terminal "
		"does not show to be here is refused (PAM_AUTHINFO_UNAVAIL)");
}

void pam_foresee(const char *service, const struct pam_stack *stack,
	const struct pam_person *who, struct findings *f)
{
	const struct pam_line *line = pam_stack_ours(stack);
	bool sshd = strcmp(service, "sshd") == 0, pin;
	struct pam_options o = { 0 };

	if (!line || times_reached(stack, RETURN_SUCCESS) +
			times_reached(stack, RETURN_AUTH_ERR) == 0) {
		findings_add(f, FINDING_OK, "login", service, NULL,
			"%s does not ask %s for a token", service, who->name);
		return;
	}
	if (read_options(service, stack, &o, NULL) < 0) {
		foresee_refusal(service, stack, who, RETURN_SERVICE_ERR,
			"meets an argument that is refused", f);
		return;
	}
	pin = o.verify || who->verify;
	if (who->no_record)
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			"cannot be looked up in login.db", f);
	else if (who->credentials == 0)
		foresee_none(service, stack, &o, who, f);
	else if (sshd && !(o.remote_allowed && !pin))
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			pin && o.remote_allowed ?
			"needs a PIN, which is never asked for from afar" :
			"comes over the network", f);
	else if (!who->plugged && o.wait_ms == 0)
		foresee_refusal(service, stack, who, RETURN_AUTHINFO_UNAVAIL,
			"has no token plugged in now", f);
	else
		foresee_touch(service, &o, who, pin, f);
}
