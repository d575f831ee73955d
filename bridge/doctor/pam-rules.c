/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service's PAM lines come to. The lines are run over what our module
 * and the others may return; a rule is a question about how that ends.
 */
#include "bridge/doctor/pam-rules.h"

#include "bridge/doctor/pam/modules.h"
#include "bridge/login/pam/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHECK "pam-control"
#define NAMES_LEN 128
#define SOCKET_ON "`systemctl enable --now " PAM_SOCKET_UNIT "`"

/* How it ends for an ordinary person: certainly in, certainly not, or it is not
 * known. */
enum ending {
	IN,
	OUT,
	DEPENDS,
};

static enum ending ending_in(const struct pam_stack *s,
	const struct pam_world *w)
{
	pam_returns results = pam_stack_run(s, w).results;

	if (!(results & PAM_RETURNS(RETURN_SUCCESS)))
		return OUT;
	return results == PAM_RETURNS(RETURN_SUCCESS) ? IN : DEPENDS;
}

static enum ending ending(const struct pam_stack *s, enum pam_return ours,
	enum pam_asked asked)
{
	return ending_in(s, &(struct pam_world){ .ours = ours,
		.asked = asked });
}

/* Of who has no token. */
static enum ending ending_unbound(const struct pam_stack *s,
	enum pam_asked asked)
{
	return ending_in(s, &(struct pam_world){ .unbound = true,
		.asked = asked });
}

/* What becomes of it when our line says that. */
static const char *what_then(const struct pam_stack *s, struct pam_world w)
{
	w.asked = ASKED_GOOD;
	switch (ending_in(s, &w)) {
	case OUT:
		return "and nothing else lets in";
	case DEPENDS:
		return "and other lines decide by who asks";
	case IN:
		break;
	}
	w.asked = ASKED_BAD;
	return ending_in(s, &w) == IN ?
		"and everybody gets in" : "and a password alone is enough";
}

static const char *what_after(const struct pam_stack *s, enum pam_return code)
{
	return what_then(s, (struct pam_world){ .ours = code });
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
			&o, f ? take_note : pam_ignore_note, &notes, &e);
		if (each < 0 && f)
			findings_add(f, FINDING_FAIL, "pam-arguments", service,
				"pam_tokenbridge(8) lists the arguments that "
				"there are",
				"%s; line %u of %s refuses everybody "
				"(PAM_SERVICE_ERR), %s", e.text, line->number,
				s->entries[i].file,
				what_after(s, RETURN_SERVICE_ERR));
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

	findings_add(j->f, root ? FINDING_OK : FINDING_WARN, CHECK,
		j->service, NULL,
		"whether the line is reached depends on %s, which looks at who "
		"asks", name[0] ? name : "other lines");
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
	const enum ending refused = ending(j->s, RETURN_AUTH_ERR, ASKED_BAD),
		unbound = ending_unbound(j->s, ASKED_BAD),
		away = ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_BAD);

	if (refused == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"everybody gets in: with a token that refuses and "
			"without a password");
	else if (unbound == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token gets in with nothing at all%s",
			j->options.no_user_ok ? " (nouserok)" : "");
	else if (away == IN)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service, put_back,
			"whoever has no token plugged in, or comes over the "
			"network, gets in with nothing at all");
	else if (refused == DEPENDS || unbound == DEPENDS || away == DEPENDS)
		say_unsure(j, "whether somebody gets in with nothing at all");
	return refused == IN || unbound == IN || away == IN;
}

static bool judge_closed(struct judged *j)
{
	const enum ending best = ending(j->s, RETURN_SUCCESS, ASKED_GOOD);

	if (best == OUT)
		findings_add(j->f, FINDING_FAIL, CHECK, j->service,
			"look at the lines behind it and at the numbers in "
			"brackets",
			"nobody gets in, with token and password both good");
	else if (best == DEPENDS)
		say_unsure(j, "whether anybody gets in, with token and "
			"password both good,");
	return best == OUT;
}

/* The password alone is enough, for whoever has a token too. */
static bool judge_password(struct judged *j)
{
	struct pam_world w = { .ours = RETURN_SUCCESS };
	const enum ending refused = ending(j->s, RETURN_AUTH_ERR, ASKED_GOOD);
	bool alone;

	if (refused == DEPENDS && !j->unsure)
		say_unsure(j, "whether a password alone is enough");
	if (refused != IN)
		return false;
	alone = ending(j->s, RETURN_SUCCESS, ASKED_BAD) == IN;
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
	enum ending then;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		then = ending(j->s, rows[i].code, ASKED_GOOD);
		if (then == DEPENDS && !j->unsure)
			say_unsure(j, "whether a password alone is enough "
				"where the line refuses");
		if (then != IN)
			continue;
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take it out of the brackets",
			"a password alone is enough where %s: '%s' passes over "
			"%s", rows[i].when, j->line->control, rows[i].name);
	}
	then = ending_unbound(j->s, ASKED_GOOD);
	if (j->options.no_user_ok && then == IN)
		findings_add(j->f, FINDING_WARN, CHECK, j->service,
			"take nouserok out when everybody has a token",
			"who has a token needs it; who certainly has none is "
			"passed over (nouserok): a password alone is then "
			"enough");
	else if (then != OUT && !j->unsure && j->f->n == before)
		say_unsure(j, "whether who has no token gets in with a "
			"password alone");
	return j->f->n > before;
}

/* With some passwords good and others not, and every refusal of the token. */
static bool is_certain(const struct judged *j)
{
	static const enum pam_return codes[] = { RETURN_AUTH_ERR,
		RETURN_AUTHINFO_UNAVAIL, RETURN_USER_UNKNOWN };
	size_t i;

	for (i = 0; i < ARRAY_LEN(codes); i++)
		if (ending(j->s, codes[i], ASKED_EITHER) != OUT)
			return false;
	return ending_unbound(j->s, ASKED_EITHER) == OUT;
}

static void judge_good(struct judged *j)
{
	const struct pam_world root = { .ours = RETURN_AUTH_ERR, .root = true };
	bool alone = ending(j->s, RETURN_SUCCESS, ASKED_BAD) == IN;

	if (!j->unsure && !is_certain(j))
		say_unsure(j, "whether somebody gets in without the token");
	if (j->unsure)
		return;
	findings_add(j->f, FINDING_OK, CHECK, j->service, NULL,
		"nobody gets in without the token%s%s",
		alone ? ", and it alone is enough" : "",
		ending_in(j->s, &root) == OUT ? "" :
		", but whom other lines let in for who they are");
}

/* Over ssh, where the line is no help: what else counts is of no matter. */
static bool judge_sshd(struct judged *j)
{
	bool in = ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_GOOD) != OUT;

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

/* ---- programs that are not served as they are ---- */

#define WHY_LEN 200

/* Why the program gets nothing but a refusal of the line, and what helps. */
struct refusal {
	char why[WHY_LEN]; /* for a sentence behind the service's name */
	const char *word;  /* of the log */
	const char *remedy;
};

static bool refuse(struct refusal *ret, const char *word, const char *remedy,
	const char *fmt, ...) PRINTF(4, 5);

static bool refuse(struct refusal *ret, const char *word, const char *remedy,
	const char *fmt, ...)
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

static bool refuses_locker(const struct pam_program *p, struct refusal *ret)
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
	const struct pam_options *o, struct refusal *ret)
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

static bool program_refused(const char *service, const struct pam_program *p,
	const struct pam_stack *s, const struct pam_line *line,
	const struct pam_options *o, struct refusal *ret)
{
	return p->host == HOST_LOCKER ? refuses_locker(p, ret) :
		refuses_seat(service, p, s, line, o, ret);
}

/* The line is no help there, whatever else it says. */
static bool judge_host(struct judged *j)
{
	bool out = ending(j->s, RETURN_AUTHINFO_UNAVAIL, ASKED_GOOD) == OUT;
	struct refusal r;

	if (!program_refused(j->service, j->program, j->s, j->line,
			&j->options, &r))
		return false;
	findings_add(j->f, j->program->host == HOST_AGENT_UNKNOWN ?
		FINDING_UNKNOWN : out ? FINDING_FAIL : FINDING_WARN, "pam-host",
		j->service, r.remedy,
		"%s %s: the line refuses everybody (PAM_AUTHINFO_UNAVAIL, %s), "
		"%s", j->service, r.why, r.word,
		what_after(j->s, RETURN_AUTHINFO_UNAVAIL));
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
			what_after(j->s, RETURN_AUTHINFO_UNAVAIL));
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
	if (!j.line || read_options(service, stack, &j.options, f) < 0 ||
		!whole)
		return;
	if (!judge_reach(&j))
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
		who->name, name, what_after(s, code));
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
		who->name, what_then(s, (struct pam_world){ .unbound = true }));
}

#define AT_MACHINE ", at this machine only: a person whom logind or the " \
	"console does not show to be here is refused (PAM_AUTHINFO_UNAVAIL)"

/* Where the person has to be. */
static const char *const places[HOSTS] = {
	[HOST_OTHER] = AT_MACHINE,
	[HOST_PLAIN] = AT_MACHINE,
	[HOST_SSHD] = AT_MACHINE,
	[HOST_GREETER] = ", while its greeter is in front at the first seat",
	[HOST_AGENT] = ", where the agent that asks runs at this machine",
	[HOST_AGENT_UNKNOWN] = ", where the agent that asks runs at this machine",
	[HOST_LOCKER] = ", while a session of that user is in front",
};

static void foresee_touch(const char *service, enum pam_host host,
	const struct pam_stack *s, const struct pam_options *o,
	const struct pam_person *who, bool pin, struct findings *f)
{
	static const enum finding_status statuses[] = {
		[IN] = FINDING_OK,
		[OUT] = FINDING_WARN,
		[DEPENDS] = FINDING_UNKNOWN,
	};
	const enum ending then = ending(s, RETURN_SUCCESS, ASKED_GOOD);
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
		then == IN ? "" : then == OUT ?
		"; then it lets nobody in all the same" :
		"; then other lines decide by who asks");
}

/* Why our line refuses everybody there; false: it does not. */
static bool foresee_everybody(const char *service,
	const struct pam_program *program, const struct pam_stack *s,
	const struct pam_options *o, bool pin, char ret[WHY_LEN + 64])
{
	const struct pam_line *line = pam_stack_ours(s);
	struct refusal r;

	if (program->host == HOST_SSHD && o->remote_allowed && pin)
		strcpy(ret, "needs a PIN, which is never asked for from afar");
	else if (program->host == HOST_SSHD && !o->remote_allowed)
		strcpy(ret, "comes over the network");
	else if (program_refused(service, program, s, line, o, &r))
		snprintf(ret, WHY_LEN + 64, "comes by a program that %s (%s)",
			r.why, r.word);
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
	char why[WHY_LEN + 64];
	bool pin, refused;

	if (!line && pam_is_concerned(stack)) {
		findings_add(f, FINDING_UNKNOWN, "login", service,
			"mend its lines first",
			"what %s does for %s is not foreseen: its lines are "
			"not what they seem", service, who->name);
		return;
	}
	if (!line || !pam_stack_run(stack, &w).reached) {
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
