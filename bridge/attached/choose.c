/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the attached tokens is meant. */
#include "bridge/attached/attached.h"

#include "base/text.h"
#include "bridge/registry/lookup.h"
#include "token/fido/proof.h"

#include <stdio.h>
#include <string.h>

#define HELD_MS 5000
#define AGAIN_MS 100
#define COMMAND_MS 10000
#define QUESTION_MS 10000 /* no touch is waited for */

static const struct token *held_one(const struct attached *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->tokens[i].problem == TOKEN_HELD)
			return &a->tokens[i];
	return NULL;
}

static int none_attached(const struct wanted *w, const struct attached *a,
	struct error *err)
{
	const struct token *held = held_one(a);
	char hint[REGISTRY_HINT_LEN] = "";

	if (w->name && w->reg)
		registry_hint_label(w->reg, w->name, hint);
	if (w->name)
		return error_set(err, ERROR_NO_TOKEN,
			"no attached token is '%s'%s%s%s `tokenbridge list` "
			"shows those that are there", w->name,
			held ? ", but one could not be asked: " : "",
			held ? held->problem_text : "", hint[0] ? hint : ";");
	return error_set(err, ERROR_NO_TOKEN,
		"no token is plugged in%s, or its USB device does not reach "
		"this machine: `tokenbridge doctor tokens` looks",
		attached_wants_readers(w) ?
		", and none lies on a reader that libfido2 can use" : "");
}

static int several_attached(const struct attached *a, struct error *err)
{
	char list[400], one[NODE_PATH_LEN + 16];
	size_t i, used = 0;
	uint32_t serial;

	list[0] = '\0';
	for (i = 0; i < a->n && used < sizeof(list); i++) {
		const struct token *t = &a->tokens[i];

		if (token_serial(t, &serial))
			snprintf(one, sizeof(one), "--token %u", serial);
		else
			snprintf(one, sizeof(one), "--token %s", t->node.path);
		used += (size_t)snprintf(list + used, sizeof(list) - used,
			"%s%s", i ? ", " : "", one);
	}
	return error_set(err, ERROR_NO_TOKEN,
		"%zu tokens are plugged in: unplug all but one, or name it: %s",
		a->n, list);
}

/* What is one thing of one token and another of another names none. */
static int check_name(const struct wanted *w, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	struct error e;

	if (!w->reg || !w->name || registry_lookup(w->reg, w->name, &rows,
			&e) != -ERROR_USAGE)
		return 0;
	return error_copy(err, &e);
}

/* Rows of the registry that a person names; none is none. */
static void named_rows(const struct wanted *w, struct registry_tokens *ret)
{
	struct error e;

	if (w->reg && w->name && registry_lookup(w->reg, w->name, ret, &e) < 0)
		registry_tokens_done(ret);
}

static bool row_has_serial(const struct wanted *w, uint32_t serial)
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	char digits[16];
	bool hit = false;
	size_t i;

	named_rows(w, &rows);
	snprintf(digits, sizeof(digits), "%u", serial);
	for (i = 0; i < rows.n; i++)
		hit |= registry_token_is(&rows.p[i], REGISTRY_ID_SERIAL,
			digits);
	return hit;
}

bool attached_is_wanted(const struct token *t, const struct wanted *w)
{
	uint64_t number;
	uint32_t serial;

	if (!w->name || strcmp(t->node.path, w->name) == 0)
		return true;
	if (!token_serial(t, &serial))
		return false;
	if (text_parse_u64(w->name, UINT32_MAX, &number) == 0 &&
		number == serial)
		return true;
	return row_has_serial(w, serial);
}

static int several_named(const struct wanted *w, const struct token *one,
	const struct token *other, struct error *err)
{
	char who[2][200];

	attached_describe(one, who[0], sizeof(who[0]));
	attached_describe(other, who[1], sizeof(who[1]));
	return error_set(err, ERROR_NO_TOKEN,
		"several attached tokens are '%s': %s at %s, %s at %s; name "
		"one by its path", w->name, who[0], one->node.path, who[1],
		other->node.path);
}

/*
 * A number that the chosen one tells, and that is a label, or the beginning of
 * an id, of another token in the registry: nobody knows which is meant.
 */
static int check_number(const struct wanted *w, const struct token *t,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	char digits[16], who[200], name[REGISTRY_TOKEN_NAME_LEN];
	uint32_t serial;
	uint64_t number;
	size_t i;

	if (!w->reg || !w->name || !token_serial(t, &serial) ||
		text_parse_u64(w->name, UINT32_MAX, &number) < 0 ||
		number != serial)
		return 0;
	named_rows(w, &rows);
	snprintf(digits, sizeof(digits), "%u", serial);
	for (i = 0; i < rows.n; i++)
		if (registry_token_is(&rows.p[i], REGISTRY_ID_SERIAL, digits))
			return 0;
	if (rows.n == 0)
		return 0;
	attached_describe(t, who, sizeof(who));
	registry_token_name(&rows.p[0], name);
	return error_set(err, ERROR_USAGE,
		"'%s' is the serial number of %s at %s, and names token %s "
		"(%.8s) in the registry: name the one that is meant by its "
		"path, or by the digits of its id", w->name, who,
		t->node.path, name, rows.p[0].id);
}

/* By what the tokens said already; leaves a->chosen NULL where none is it. */
static int select_by_word(const struct wanted *w, struct attached *a,
	struct error *err)
{
	const struct token *hit = NULL;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (!attached_is_wanted(&a->tokens[i], w))
			continue;
		if (hit)
			return w->name ? several_named(w, hit, &a->tokens[i],
				err) : several_attached(a, err);
		hit = &a->tokens[i];
	}
	a->chosen = hit;
	return hit ? check_number(w, hit, err) : 0;
}

/* ---- a row without a serial number ---- */

/* Whether it is worth asking the token for the row's credential. */
static bool may_be(const struct registry_token *row, const struct token *t)
{
	char aaguid[AAGUID_TEXT_LEN];

	if (registry_token_identifier(row, REGISTRY_ID_SERIAL))
		return false;
	aaguid_format(t->fido.aaguid, aaguid);
	return !registry_token_identifier(row, REGISTRY_ID_AAGUID) ||
		registry_token_is(row, REGISTRY_ID_AAGUID, aaguid);
}

static int has_identity(struct fido *f, const struct registry_token *row,
	bool *ret_has, struct error *err)
{
	bool has = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !has && i < row->credentials_n; i++) {
		const struct registry_credential *c = &row->credentials[i];
		const struct fido_id id = { c->id, c->id_n };

		if (!c->removed && strcmp(c->rp, PROOF_RP_ID) == 0)
			r = proof_has_credential(f, PROOF_RP_ID, &id,
				deadline_in(QUESTION_MS), &has, err);
	}
	*ret_has = r == 0 && has;
	return r;
}

/* What one that cannot be asked says goes into why: it may be one of them. */
static int is_any_of(const struct registry_tokens *rows, const struct token *t,
	struct fido *f, bool *ret_is, struct error *why)
{
	size_t i;
	int r = 0;

	*ret_is = false;
	for (i = 0; f && r == 0 && !*ret_is && i < rows->n; i++)
		if (may_be(&rows->p[i], t))
			r = has_identity(f, &rows->p[i], ret_is, why);
	return r == -ERROR_INTERRUPTED ? r : 0;
}

/*
 * The row that w names may be of a token that tells no serial number: each one
 * that is there is asked for the row's identity credential, silently, as at
 * login. Leaves a->chosen NULL where none has it; where one did not answer,
 * that is the error.
 */
static int select_by_credential(const struct wanted *w, struct attached *a,
	struct fido *const *open, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens rows = { NULL, 0 };
	const struct token *hit = NULL;
	struct error why = { .code = 0 };
	bool is;
	size_t i;

	named_rows(w, &rows);
	for (i = 0; rows.n && i < a->n; i++) {
		if (is_any_of(&rows, &a->tokens[i], open[i], &is, &why) < 0)
			return error_copy(err, &why);
		if (is && hit)
			return several_named(w, hit, &a->tokens[i], err);
		if (is)
			hit = &a->tokens[i];
	}
	a->chosen = hit;
	if (hit || !why.code)
		return 0;
	return error_set(err, why.code, "no attached token is known to be "
		"'%s', and one did not answer: %s", w->name, why.text);
}

/* *ret_open, unless that is NULL, gets the chosen one where it is open. */
static int look_once(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret_open, struct error *err)
{
	struct fido **open = NULL;
	int r;

	r = attached_list_open(run, w, a, &open, err);
	if (r == 0)
		r = select_by_word(w, a, err);
	if (r == 0 && !a->chosen)
		r = select_by_credential(w, a, open, err);
	if (r == 0 && a->chosen && ret_open)
		*ret_open = steal(&open[a->chosen - a->tokens]);
	token_close_all(&open, a->n);
	return r < 0 || a->chosen ? r : none_attached(w, a, err);
}

static int find_chosen(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret_open, struct error *err)
{
	deadline_t until = deadline_in(HELD_MS);
	struct error e;
	int r = check_name(w, err);

	if (r < 0)
		return r;
	for (;;) {
		r = look_once(run, w, a, ret_open, &e);
		if (r != -ERROR_NO_TOKEN || !w->name || !held_one(a) ||
			deadline_passed(until))
			return r < 0 ? error_copy(err, &e) : 0;
		attached_done(a);
		r = run_pause(run, AGAIN_MS, err);
		if (r < 0)
			return r;
	}
}

int attached_find(const struct run *run, const struct wanted *w,
	struct attached *a, struct error *err)
{
	return find_chosen(run, w, a, NULL, err);
}

int attached_find_open(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret, struct error *err)
{
	int r = find_chosen(run, w, a, ret, err);

	if (r == 0 && *ret)
		fido_set_deadline(*ret, deadline_in(COMMAND_MS));
	return r;
}
