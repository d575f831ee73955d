/* SPDX-License-Identifier: Apache-2.0 */
/* A random PIN for the way. */
#include "bridge/initial/pin.h"

#include "base/shell.h"
#include "base/text.h"
#include "bridge/journal/journal.h"
#include "bridge/initial/recipients.h"
#include "bridge/prompt/pin.h"
#include "bridge/seal/seal.h"
#include "token/fido/care.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SET_MS 10000

/* One under way. */
struct initial {
	const struct run *run;
	const struct initial_pin_request *q;
	struct initial_pin *ret;
	struct recipients to;
	struct secret pin;
	uint32_t serial;        /* 0: the token tells none */
	struct journal journal; /* fd -1: none yet */
	bool is_taken_up;       /* that of an earlier run */
};

static void initial_done(struct initial *x)
{
	recipients_done(&x->to);
	secret_done(&x->pin);
	journal_done(&x->journal);
}

void initial_pin_done(struct initial_pin *p)
{
	free(p->file);
	p->file = NULL;
}

size_t initial_pin_least(const struct token *t)
{
	uint64_t least = t->fido.min_pin_length;

	return least > CARE_RANDOM_MIN ? (size_t)least : CARE_RANDOM_MIN;
}

/* ---- whose it is ---- */

static int check_holder_rows(const struct initial *x,
	const struct registry_tokens *list, struct error *err)
{
	const struct registry_token *t;
	size_t i;

	for (i = 0; i < list->n; i++) {
		t = &list->p[i];
		if (t->state == REGISTRY_RETIRED || !t->holder_name ||
			strcmp(t->holder_name, x->q->holder) == 0)
			continue;
		return error_set(err, ERROR_REFUSED,
			"the registry says that this token is %s's: `tokenbridge "
			"registry move` gives it to '%s'", t->holder_name,
			x->q->holder);
	}
	return 0;
}

/* What the serial number finds proves nothing, and is reason enough to stop. */
static int check_holder(struct initial *x, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	char digits[16];
	int r;

	if (!token_serial(x->q->token, &x->serial)) {
		x->serial = 0;
		return 0;
	}
	snprintf(digits, sizeof(digits), "%u", x->serial);
	r = registry_tokens_by_identifier(x->q->reg, REGISTRY_ID_SERIAL,
		digits, &list, err);
	return r < 0 ? r : check_holder_rows(x, &list, err);
}

static int find_recipients(struct initial *x, struct error *err)
{
	char id[ID_LEN];
	int r = initial_recipients(x->q->reg, x->q->holder, id, &x->to, err);

	if (r < 0 || x->to.n > 0 || !x->q->output)
		return r;
	return error_set(err, ERROR_REFUSED,
		"the registry has no key of '%s' to encrypt for: `tokenbridge "
		"registry recipient`; or show the PIN by --show", x->q->holder);
}

static int check_length(struct initial *x, struct error *err)
{
	size_t least = initial_pin_least(x->q->token);

	if (x->q->digits >= least && x->q->digits <= CARE_PIN_MAX)
		return 0;
	return error_set(err, ERROR_USAGE,
		"--length: for this token %zu to %d digits", least,
		CARE_PIN_MAX);
}

/* ---- an earlier run ---- */

static int find_file(struct initial *x, struct error *err)
{
	int r;

	if (!x->q->output)
		return 0;
	r = seal_path(x->q->output, &x->ret->file, err);
	if (r == 0 && strlen(x->ret->file) >= sizeof(x->journal.facts.output))
		r = error_set(err, ERROR_USAGE,
			"the path of the file is too long");
	return r;
}

static bool is_same_token(const struct initial *x, const struct journal *j)
{
	return x->serial && j->facts.token_serial == x->serial;
}

static bool concerns_us(const struct initial *x, const struct journal *j)
{
	return j->facts.kind == JOURNAL_PIN && (is_same_token(x, j) ||
		(x->ret->file && strcmp(j->facts.output, x->ret->file) == 0));
}

/*
 * No number tells which token that was: a person decides, by removing what
 * nobody is to open any more. Behind that nothing is owed.
 */
static bool is_given_up(const struct journal *j)
{
	return j->facts.kind == JOURNAL_PIN && j->point == JOURNAL_PIN_SENT &&
		!j->facts.token_serial && access(j->facts.output, F_OK) < 0 &&
		errno == ENOENT;
}

static int find_earlier(struct initial *x, struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };
	size_t i;
	int r;

	r = journal_open_sound(&list, registry_path(x->q->reg), err);
	if (r == 0 && list.unread.code)
		run_warn(x->run, "%s", list.unread.text);
	for (i = 0; r == 0 && i < list.n; i++) {
		if (is_given_up(&list.p[i])) {
			r = journal_end(&list.p[i], err);
		} else if (!x->is_taken_up && concerns_us(x, &list.p[i])) {
			x->journal = list.p[i];
			list.p[i] = (struct journal){ .fd = -1 };
			x->is_taken_up = true;
		}
	}
	return r;
}

/* Sent to the very token, or to one that cannot be told from it. */
static bool may_be_ours(const struct initial *x)
{
	return x->is_taken_up && (x->journal.point != JOURNAL_PIN_SENT ||
		x->journal.facts.token_serial == x->serial);
}

/* The token has a PIN: whose it is stands in the journal, or nowhere. */
static int refuse_pin(struct initial *x, struct error *err)
{
	const char *output = x->journal.facts.output;
	bool sent = x->journal.point == JOURNAL_PIN_SENT;
	int r;

	if (!may_be_ours(x))
		return error_set(err, ERROR_CONFLICT,
			"the token has a PIN already, and an initial one is "
			"for a token without: `tokenbridge reset` erases it, "
			"with every credential");
	r = journal_end(&x->journal, err);
	if (r < 0)
		return r;
	if (sent && !x->serial)
		return error_set(err, ERROR_CONFLICT,
			"the token has a PIN: that of the run that was broken "
			"off, if it is the same token (it tells no number), "
			"and then '%.300s' holds it; by `tokenbridge pin "
			"change` the holder sees", output);
	if (sent)
		return error_set(err, ERROR_CONFLICT,
			"the token has a PIN: that of the run that was broken "
			"off, which '%.300s' holds. Nothing is left to do, but "
			"that it need not be changed: the holder does so by "
			"`tokenbridge pin change`", output);
	return error_set(err, ERROR_CONFLICT,
		"the token has a PIN meanwhile, by somebody else: what "
		"'%.300s' holds was never set", output);
}

/* Without a PIN on the very token that it was sent to, or unsent, what is in
 * the file opens nothing. */
static int check_earlier(const struct initial *x, struct error *err)
{
	const struct journal *j = &x->journal;
	const char *const words[] = { "rm", "--", j->facts.output, NULL };
	CLEANUP(free_p) char *remove = NULL;

	if (!x->is_taken_up || j->point != JOURNAL_PIN_SENT ||
		is_same_token(x, j))
		return 0;
	if (j->facts.token_serial)
		return error_set(err, ERROR_CONFLICT,
			"'%.300s' may hold the PIN of the token with serial "
			"number %u, to which a run that was broken off sent "
			"it: name another file", j->facts.output,
			j->facts.token_serial);
	remove = shell_line(words);
	return error_set(err, ERROR_CONFLICT,
		"'%.150s' may hold the PIN of another token, to which a run "
		"that was broken off sent it, and which tells no number: "
		"where that token takes no PIN of it, `%.160s`, then run this "
		"again; else name another file", j->facts.output,
		remove ? remove : "rm");
}

static int check_pin(struct initial *x, struct error *err)
{
	if (x->q->token->fido.client_pin == FIDO_ON)
		return refuse_pin(x, err);
	return check_earlier(x, err);
}

/* ---- the file ---- */

static int begin_journal(struct initial *x, struct error *err)
{
	struct journal_facts f = { .kind = JOURNAL_PIN };
	int r;

	if (x->is_taken_up &&
		strcmp(x->journal.facts.output, x->ret->file) != 0) {
		run_warn(x->run, "'%s' holds a PIN that was never set: remove "
			"it", x->journal.facts.output);
		r = journal_end(&x->journal, err);
		journal_done(&x->journal);
		x->is_taken_up = false;
		if (r < 0)
			return r;
	}
	if (x->is_taken_up) {
		run_say(x->run, "A run that was broken off is begun anew: what "
			"'%s' holds was never set.", x->ret->file);
		return 0;
	}
	snprintf(f.output, sizeof(f.output), "%s", x->ret->file);
	snprintf(f.holder, sizeof(f.holder), "%s", x->q->holder);
	f.token_serial = x->serial;
	x->journal = (struct journal){ .fd = -1 };
	r = id_new(x->journal.id, err);
	return r < 0 ? r : journal_begin(&x->journal,
		registry_path(x->q->reg), &f, err);
}

static int seal_in_two(struct initial *x, struct sealing *s, struct error *err)
{
	char part[SEAL_PART_MAX];
	const struct seal_order o = { &x->to, x->ret->file, part,
		x->journal.facts.file, &x->pin, x->run->cancel_fd };
	int r;

	snprintf(part, sizeof(part), ".%.8s.part", x->journal.id);
	r = seal_begin(s, &o, err);
	if (r < 0)
		return r;
	memcpy(x->journal.facts.file, s->file, sizeof(s->file));
	x->journal.facts.token_serial = x->serial;
	snprintf(x->journal.facts.holder, sizeof(x->journal.facts.holder),
		"%s", x->q->holder);
	r = journal_point(&x->journal, JOURNAL_SEALED, err);
	return r < 0 ? r : seal_keep(s, x->run->cancel_fd, err);
}

/* Where nothing lies under the name nothing is owed. */
static int seal_pin(struct initial *x, struct error *err)
{
	struct sealing s = SEALING_INIT;
	int r = begin_journal(x, err);

	if (r < 0)
		return r;
	r = seal_in_two(x, &s, err);
	seal_done(&s);
	if (r < 0 && x->journal.point == JOURNAL_INTENT)
		(void)journal_end(&x->journal, NULL);
	if (r < 0)
		return r;
	x->ret->recipients = x->to.n;
	x->ret->program = x->to.program;
	return journal_point(&x->journal, JOURNAL_PIN_SENT, err);
}

static int show_pin(struct initial *x, struct error *err)
{
	char who[ATTACHED_WHO_LEN], title[ATTACHED_WHO_LEN + TEXT_MAX + 40];

	attached_who(x->q->token, x->q->label, who);
	snprintf(title, sizeof(title), "The initial PIN of %s for %s:", who,
		x->q->holder);
	return run_show_secret(x->run, title, &x->pin, err);
}

/* ---- the token ---- */

static int make_pin(struct initial *x, struct error *err)
{
	int r = care_random_pin(x->q->digits, &x->pin, err);

	if (r < 0)
		return r;
	return x->ret->file ? seal_pin(x, err) : show_pin(x, err);
}

static int set_pin(struct initial *x, struct error *err)
{
	struct error why;

	fido_set_deadline(x->q->fido, deadline_in(SET_MS));
	if (care_set_pin(x->q->fido, NULL, &x->pin, &why) == 0) {
		x->ret->changed = true;
		return 0;
	}
	return error_set(err, why.code,
		"%s; what was %s is not the token's PIN, unless it has one "
		"now: run the command again", why.text,
		x->ret->file ? "encrypted" : "shown");
}

/* The PIN is set, and its holder has it: no failure of this takes that back. */
static int force_change(struct initial *x, struct error *err)
{
	(void)err;
	if (x->q->no_force)
		return 0;
	if (pin_force_change(x->run, x->q->token, x->q->fido, &x->pin,
		    &x->ret->forced, &x->ret->problem) < 0)
		run_warn(x->run, "the PIN is set, but need not be changed: %s",
			x->ret->problem.text);
	return 0;
}

static int check_no_file(struct initial *x, struct error *err)
{
	if (!x->ret->file || access(x->ret->file, F_OK) < 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
		"'%s' is there already, and an initial PIN goes into a new "
		"file", x->ret->file);
}

static int end_journal(struct initial *x, struct error *err)
{
	return x->ret->file ? journal_end(&x->journal, err) : 0;
}

typedef int initial_step(struct initial *x, struct error *err);

static int run_steps(struct initial *x, initial_step *const *steps, size_t n,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = steps[i](x, err);
	return r;
}

int initial_pin_check(const struct run *run,
	const struct initial_pin_request *q, struct error *err)
{
	static initial_step *const steps[] = {
		find_recipients,
		check_holder,
		find_file,
		check_no_file,
		check_pin,
		check_length,
	};
	CLEANUP(initial_pin_done) struct initial_pin none = { .file = NULL };
	CLEANUP(initial_done) struct initial x = { .run = run, .q = q,
		.ret = &none, .pin = SECRET_INIT, .journal = { .fd = -1 } };

	return run_steps(&x, steps, ARRAY_LEN(steps), err);
}

int initial_pin_make(const struct run *run,
	const struct initial_pin_request *q, struct initial_pin *ret,
	struct error *err)
{
	static initial_step *const steps[] = {
		find_recipients,
		check_holder,
		find_file,
		find_earlier,
		check_pin,
		check_length,
		make_pin,
		set_pin,
		force_change,
		end_journal,
	};
	CLEANUP(initial_done) struct initial x = { .run = run, .q = q,
		.ret = ret, .pin = SECRET_INIT, .journal = { .fd = -1 } };

	*ret = (struct initial_pin){ .changed = false };
	return run_steps(&x, steps, ARRAY_LEN(steps), err);
}
