/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service's PAM lines come to. The lines are run over what our module
 * and the others may return; a rule is a question about how that ends.
 */
#include "bridge/doctor/pam-rules.h"

#include "bridge/doctor/pam/ending.h"
#include "bridge/doctor/pam/modules.h"
#include "bridge/login/pam/options.h"

#include <stdio.h>
#include <string.h>

#define CHECK "pam-control"
#define NAMES_LEN 128

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

int pam_read_options(const char *service, const struct pam_stack *s,
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
			&o, f ? take_note : pam_ignore_note, &notes, &e);
		if (each < 0 && f)
			findings_add(f, FINDING_FAIL, "pam-arguments", service,
				"pam_tokenbridge(8) lists the arguments that "
				"there are",
				"%s; line %u of %s refuses everybody "
				"(PAM_SERVICE_ERR), %s", e.text, line->number,
				s->entries[i].file,
				pam_what_after(s, RETURN_SERVICE_ERR));
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
	const struct pam_program *program;
	const struct pam_stack *s;
	const struct pam_line *line; /* our first one */
	struct pam_options options;
	struct findings *f;
	bool unsure;                 /* so is said: then nothing is good */
};

static bool is_sufficient(const struct pam_line *line)
{
	return line->actions[RETURN_SUCCESS] == ACTION_DONE;
}

/* What depends on something unknown is never good. */
static void say_unsure(struct judged *j, const char *what)
{
	char names[NAMES_LEN];

	pam_stack_unsure(j->s, names, sizeof(names));
	findings_add(j->f, FINDING_UNKNOWN, CHECK, j->service,
		"look at what those lines do, and for whom",
		"%s depends on what is not known here: %s", what,
		names[0] ? names : "too much for a judgement");
	j->unsure = true;
}

/* Root, who needs no password for su, needs no token either. */
static void tell_gate(struct judged *j, bool root)
{
	const char *name = pam_stack_gate(j->s);

	/* else it is what was answered that decides */
	if (name[0])
		findings_add(j->f, root ? FINDING_OK : FINDING_WARN, CHECK,
			j->service, NULL,
			"whether the line is reached depends on %s, which "
			"looks at who asks", name);
}

static bool judge_reach(struct judged *j)
{
	struct pam_world w = { .ours = RETURN_AUTH_ERR };
	struct pam_outcome good = pam_stack_run(j->s, &w), bad, root;

	w.asked = ASKED_BAD;
	bad = pam_stack_run(j->s, &w);
	w.root = true;
	root = pam_stack_run(j->s, &w);
	if (!good.reached && !bad.reached) {
		findings_add(j->f, FINDING_FAIL, CHECK, j->service,
			"move the line to the front",
			"the line is never reached: a line before it always "
			"decides");
		return false;
	}
	if ((good.reached && good.missed) || (bad.reached && bad.missed))
		tell_gate(j, false);
	else if (bad.reached && !root.reached)
		tell_gate(j, true);
	return true;
}

/* Somebody gets in who has shown nothing at all. */
static bool judge_open(struct judged *j)
{
	static const char put_back[] = "put a line behind it that asks for a "
		"password, or pam_deny.so";
	const enum pam_ending
		refused = pam_ending(j->s, RETURN_AUTH_ERR, ASKED_BAD),
		unbound = pam_ending_unbound(j->s, ASKED_BAD),
		away = pam_ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_BAD);

	if (refused == ENDING_IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"everybody gets in: with a token that refuses and "
			"without a password");
	else if (unbound == ENDING_IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token gets in with nothing at all%s",
			j->options.no_user_ok ? " (nouserok)" : "");
	else if (away == ENDING_IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token plugged in, or comes over the "
			"network, gets in with nothing at all");
	else if (refused == ENDING_DEPENDS || unbound == ENDING_DEPENDS ||
		away == ENDING_DEPENDS)
		say_unsure(j, "whether somebody gets in with nothing at all");
	return refused == ENDING_IN || unbound == ENDING_IN ||
		away == ENDING_IN;
}

/*
 * Whether anybody may get in with some passwords good and others not, whatever
 * refuses the token, or where the token counts (with_token): of several modules
 * that ask one may not know the person, and who has no token may fare better.
 */
static bool somebody_gets_in(const struct judged *j, bool with_token)
{
	static const enum pam_return refusals[] = { RETURN_AUTH_ERR,
		RETURN_AUTHINFO_UNAVAIL, RETURN_USER_UNKNOWN };
	size_t i;

	if (with_token && pam_ending(j->s, RETURN_SUCCESS, ASKED_EITHER) !=
		ENDING_OUT)
		return true;
	for (i = 0; i < ARRAY_LEN(refusals); i++)
		if (pam_ending(j->s, refusals[i], ASKED_EITHER) != ENDING_OUT)
			return true;
	return pam_ending_unbound(j->s, ASKED_EITHER) != ENDING_OUT;
}

static bool judge_closed(struct judged *j)
{
	static const char look[] = "look at the lines behind it and at the "
		"numbers in brackets, which a new line changes";
	const enum pam_ending best = pam_ending(j->s, RETURN_SUCCESS,
		ASKED_GOOD);

	if (best == ENDING_OUT && somebody_gets_in(j, /* with_token= */ true))
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, look,
			"who has token and password good is kept out, and who "
			"has not all of them may be let in");
	else if (best == ENDING_OUT)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, look,
			"nobody gets in, with token and password both good");
	else if (best == ENDING_DEPENDS)
		say_unsure(j, "whether anybody gets in, with token and "
			"password both good,");
	return best == ENDING_OUT;
}

/* The password alone is enough, for whoever has a token too. */
static bool judge_password(struct judged *j)
{
	struct pam_world w = { .ours = RETURN_SUCCESS };
	const enum pam_ending refused = pam_ending(j->s, RETURN_AUTH_ERR,
		ASKED_GOOD);
	bool alone;

	if (refused == ENDING_DEPENDS && !j->unsure)
		say_unsure(j, "whether a password alone is enough");
	if (refused != ENDING_IN)
		return false;
	alone = pam_ending(j->s, RETURN_SUCCESS, ASKED_BAD) == ENDING_IN;
	if (!pam_stack_run(j->s, &w).reached)
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
	enum pam_ending then;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		then = pam_ending(j->s, rows[i].code, ASKED_GOOD);
		if (then == ENDING_DEPENDS && !j->unsure)
			say_unsure(j, "whether a password alone is enough "
				"where the line refuses");
		if (then != ENDING_IN)
			continue;
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take it out of the brackets",
			"a password alone is enough where %s: '%s' passes over "
			"%s", rows[i].when, j->line->control, rows[i].name);
	}
	then = pam_ending_unbound(j->s, ASKED_GOOD);
	if (j->options.no_user_ok && then == ENDING_IN)
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take nouserok out when everybody has a token",
			"who has a token needs it; who certainly has none is "
			"passed over (nouserok): a password alone is then "
			"enough");
	else if (then != ENDING_OUT && !j->unsure && j->f->n == before)
		say_unsure(j, "whether who has no token gets in with a "
			"password alone");
	return j->f->n > before;
}

static void judge_good(struct judged *j)
{
	const struct pam_world root = { .ours = RETURN_AUTH_ERR, .root = true };
	bool alone = pam_ending(j->s, RETURN_SUCCESS, ASKED_BAD) == ENDING_IN;

	if (!j->unsure && somebody_gets_in(j, /* with_token= */ false))
		say_unsure(j, "whether somebody gets in without the token");
	if (j->unsure)
		return;
	findings_add(j->f, FINDING_OK, CHECK, j->service, NULL,
		"nobody gets in without the token%s%s",
		alone ? ", and it alone is enough" : "",
		pam_ending_in(j->s, &root) == ENDING_OUT ? "" :
		", but whom other lines let in for who they are");
}

/* Over ssh, where the line is no help: what else counts is of no matter. */
static bool judge_sshd(struct judged *j)
{
	bool in = pam_ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_GOOD) !=
		ENDING_OUT;

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
	bool sshd = j->program->host == HOST_SSHD;

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

/* Such programs run the lines for credentials only, where ours does nothing; one
 * that PAM does not understand fails there, too. */
static bool judge_jobs(struct judged *j)
{
	if (j->program->host != HOST_JOBS)
		return false;
	findings_add(j->f, FINDING_OK, "pam-host", j->service, NULL,
		"%s asks nobody for anything: the line keeps no job from "
		"running, and lets none run", j->service);
	return true;
}

/* The line is no help there, whatever else it says. */
static bool judge_host(struct judged *j)
{
	bool out = pam_ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_GOOD) ==
		ENDING_OUT;
	struct pam_refusal r;

	if (!pam_program_refused(j->service, j->program, j->s, j->line,
			&j->options, &r))
		return false;
	findings_add(j->f, j->program->host == HOST_AGENT_UNKNOWN ?
		FINDING_UNKNOWN : out ? FINDING_FAIL : FINDING_WARN, "pam-host",
		j->service, r.remedy,
		"%s %s: the line refuses everybody (PAM_AUTHINFO_UNAVAIL, %s), "
		"%s", j->service, r.why, r.word,
		pam_what_after(j->s, RETURN_AUTHINFO_UNAVAIL));
	return true;
}

/* What the line says that comes to nothing, or not to all that it should. */
static void judge_words(struct judged *j)
{
	const struct pam_options *o = &j->options;

	if (j->program->host == HOST_LOCKER && (o->login_db[0] ||
			o->remote_allowed || o->seats))
		findings_add(j->f, FINDING_WARN, "pam-arguments", j->service,
			"take them out of the line",
			"%s runs as the user: login_db, remote and seat count "
			"nothing", j->service);
	if (pam_host_unlocks(j->service) && !(o->seats & LOGIN_SEAT_UNLOCK))
		findings_add(j->f, FINDING_WARN, "pam-host", j->service,
			"add seat=unlock to the line",
			"a session that is locked is not unlocked by the line "
			"(PAM_AUTHINFO_UNAVAIL, not-local), %s",
			pam_what_after(j->s, RETURN_AUTHINFO_UNAVAIL));
}

/* ---- lines that are none ---- */

/* A line of ours, or one that has nothing to do with us. */
static bool is_whole(const struct pam_entry *e)
{
	const struct pam_line *line = e->line;
	int i;

	if (!line->mentions || line->kind != PAM_LINE_MODULE)
		return true;
	if (e->wrong || !line->module)
		return false;
	if (pam_line_is_ours(line))
		return true;
	for (i = 0; i < line->argument_count; i++)
		if (strcasestr(line->arguments[i], "pam_tokenbridge"))
			return false;
	return !strcasestr(pam_module_name(line->module), "tokenbridge");
}

static void tell_line(const char *service, const struct pam_entry *e,
	struct findings *f)
{
	const char *module = e->line->module ? e->line->module : "";

	if (!is_whole(e))
		findings_add(f, FINDING_FAIL, "pam-file", service,
			"write the line anew: editors show neither carriage "
			"returns nor no-break spaces",
			"line %u of %s mentions tokenbridge, and PAM does not "
			"take it for a line of " PAM_MODULE_NAME "%s%s",
			e->line->number, e->file, e->wrong ? ": " : "",
			e->wrong ? e->wrong : "");
	else if (e->wrong)
		findings_add(f, FINDING_FAIL, "pam-file", service,
			"mend the line", "line %u of %s: %s; PAM lets it fail",
			e->line->number, e->file, e->wrong);
	else if (e->missing && !e->line->quiet)
		findings_add(f, FINDING_FAIL, "pam-file", service,
			"install the module, or mend the line",
			"line %u of %s: module '%s' or its function for auth "
			"is not there; PAM lets the line fail "
			"(PAM_MODULE_UNKNOWN)", e->line->number, e->file,
			module);
}

/* Whether all lines are what they seem. */
static bool judge_lines(const char *service, const struct pam_stack *s,
	struct findings *f)
{
	size_t i, before = f->n;

	if (s->trouble)
		findings_add(f, FINDING_FAIL, "pam-file", service,
			"mend the line",
			"line %u of %s: %s; PAM refuses everybody, or reads "
			"other lines than stand there", s->trouble_number,
			s->trouble_file, s->trouble);
	for (i = 0; i < s->n; i++)
		tell_line(service, &s->entries[i], f);
	return f->n == before;
}

bool pam_is_concerned(const struct pam_stack *stack)
{
	size_t i;

	if (pam_stack_ours(stack) || (stack->trouble && stack->mentions))
		return true;
	for (i = 0; i < stack->n; i++)
		if (!is_whole(&stack->entries[i]) ||
			(stack->entries[i].missing &&
				!stack->entries[i].line->quiet))
			return true;
	return false;
}

void pam_judge(const char *service, const struct pam_program *program,
	const struct pam_stack *stack, struct findings *f)
{
	struct judged j = {
		.service = service,
		.program = program,
		.s = stack,
		.line = pam_stack_ours(stack),
		.f = f,
	};
	bool whole;

	if (!pam_is_concerned(stack))
		return;
	whole = judge_lines(service, stack, f);
	if (!j.line || pam_read_options(service, stack, &j.options, f) < 0 ||
		!whole)
		return;
	if (judge_jobs(&j) || !judge_reach(&j))
		return;
	if (judge_open(&j) || judge_closed(&j) || judge_host(&j))
		return;
	judge_words(&j);
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
