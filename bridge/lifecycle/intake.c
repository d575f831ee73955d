/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delivery is scanned against its list, key by key.
 *
 * Nothing of the session is kept but what the registry holds: what is there
 * already is done, so a session that ended anywhere simply begins again.
 */
#include "bridge/lifecycle/intake.h"
#include "bridge/registry/lookup.h"

#include "bridge/lifecycle/intake-line.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/identify.h"
#include "bridge/verify/record.h"
#include "udev/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 200
#define READY_MS 4000 /* until udev has set permissions on a new node */

static void intake_done(struct intake *x)
{
	free(x->done);
}

/* ---- the list ---- */

static int take_list(struct intake *x, struct error *err)
{
	size_t i;

	x->done = calloc(x->list->n, sizeof(*x->done));
	if (!x->done)
		return error_memory(err);
	for (i = 0; i < x->list->n; i++)
		x->has_serials |= x->list->p[i].has_serial;
	if (x->list->ignored[0])
		run_say(x->run, "Columns that are not read: %s",
			x->list->ignored);
	return 0;
}

/* Retired ones do not count: their number may be given again by a reset. */
static int is_registered(struct intake *x, const struct intake_row *row,
	bool *ret, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	char digits[16];
	size_t i;
	int r;

	snprintf(digits, sizeof(digits), "%u", row->serial);
	r = row->has_serial ? registry_tokens_by_identifier(x->q->reg,
		REGISTRY_ID_SERIAL, digits, &list, err) :
		registry_tokens_by_label(x->q->reg, row->label, &list, err);
	*ret = false;
	for (i = 0; r == 0 && i < list.n; i++)
		*ret |= list.p[i].state != REGISTRY_RETIRED &&
			registry_token_has_credential(&list.p[i], PROOF_RP_ID);
	return r;
}

static int find_done(struct intake *x, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->list->n; i++) {
		r = is_registered(x, &x->list->p[i], &x->done[i], err);
		x->before += x->done[i];
	}
	x->left = x->list->n - x->before;
	return r;
}

/* ---- waiting ---- */

/* The same plug of the same key: a new plug has another number on its bus. */
static bool is_same(const struct node *a, const struct node *b)
{
	return strcmp(a->path, b->path) == 0 && a->usb_bus == b->usb_bus &&
		a->usb_dev == b->usb_dev &&
		strcmp(a->usb_path, b->usb_path) == 0;
}

/* Keys that are plugged in, one of them, and whether `last` still is. */
static int see_nodes(const struct node *last, size_t *ret_n,
	struct node *ret_one, bool *ret_last, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t i, k, n;
	int r;

	r = nodes_enumerate(&nodes, &n, err);
	if (r < 0)
		return r;
	*ret_last = false;
	for (*ret_n = 0, i = 0; i < n; i++) {
		bool counted = !nodes[i].fido;

		*ret_last |= is_same(&nodes[i], last);
		for (k = 0; k < i; k++)
			counted |= nodes[k].fido && nodes[i].usb_path[0] &&
				strcmp(nodes[k].usb_path,
					nodes[i].usb_path) == 0;
		*ret_n += !counted;
		if (!counted)
			*ret_one = nodes[i];
	}
	return 0;
}

/* 1: somebody ended it. */
static int wait_for_unplug(struct intake *x, struct error *err)
{
	struct node one;
	bool there;
	size_t n;
	int r;

	if (!x->last.path[0])
		return 0;
	run_say(x->run, "Unplug it.");
	for (;;) {
		r = see_nodes(&x->last, &n, &one, &there, err);
		if (r < 0 || !there)
			return r;
		if (deadline_sleep(deadline_in(POLL_MS), x->run->cancel_fd))
			return 1;
	}
}

/* Until there is one and no other; 1: somebody ended it. */
static int wait_for_plug(struct intake *x, struct error *err)
{
	bool told = false, there;
	struct node one;
	size_t n;
	int r;

	for (;;) {
		r = see_nodes(&x->last, &n, &one, &there, err);
		if (r < 0)
			return r;
		if (n == 1) {
			x->last = one;
			return 0;
		}
		if (n > 1 && !told)
			run_warn(x->run,
				"%zu tokens are plugged in: leave only the one "
				"that is to be taken",
				n);
		told = n > 1;
		if (deadline_sleep(deadline_in(POLL_MS), x->run->cancel_fd))
			return 1;
	}
}

/* A node is there a moment before it may be opened. */
static int list_ready(struct intake *x, struct attached *a, struct error *err)
{
	const struct wanted any = { NULL, x->q->readers, NULL };
	deadline_t until = deadline_in(READY_MS);
	int r;

	for (;;) {
		r = attached_list(x->run, &any, a, err);
		if (r < 0 || (a->n == 1 && a->tokens[0].problem ==
				TOKEN_USABLE) || deadline_passed(until))
			break;
		attached_done(a);
		r = run_pause(x->run, POLL_MS, err);
		if (r < 0)
			return r;
	}
	if (r == 0 && a->n != 1)
		r = error_set(err, ERROR_NO_TOKEN, "the token is gone again");
	return r < 0 ? r : attached_check(&a->tokens[0], err);
}

/* ---- which row ---- */

static int end_key(struct intake_key *k, enum intake_outcome result,
	const char *text)
{
	k->result = result;
	snprintf(k->text, sizeof(k->text), "%s", text);
	return 1;
}

static bool is_model(const struct intake_row *row, const uint8_t aaguid[16])
{
	return !row->has_aaguid ||
		memcmp(row->aaguid, aaguid, sizeof(row->aaguid)) == 0;
}

/* What speaks U2F names no model: its attestation does. */
static bool claims_model(const struct token *t)
{
	return t->fido.ctap2;
}

/* The next label for a key of a model, or of any where aaguid is NULL. */
static const struct intake_row *next_label(const struct intake *x,
	const uint8_t *aaguid)
{
	size_t i;

	for (i = 0; i < x->list->n; i++)
		if (!x->done[i] && !x->list->p[i].has_serial &&
			(!aaguid || is_model(&x->list->p[i], aaguid)))
			return &x->list->p[i];
	return NULL;
}

static int no_label(struct intake_key *k)
{
	return end_key(k, INTAKE_NOT_LISTED,
		"no label of the list is left for a key of this model");
}

/* 1: the key has its result. */
static int row_by_serial(struct intake *x, struct intake_key *k)
{
	size_t i;

	for (i = 0; i < x->list->n; i++)
		if (x->list->p[i].has_serial &&
			x->list->p[i].serial == k->serial)
			break;
	if (i == x->list->n)
		return end_key(k, INTAKE_NOT_LISTED,
			"its serial number is not on the list");
	k->row = &x->list->p[i];
	if (x->done[i])
		return end_key(k, INTAKE_AGAIN,
			"it is in the registry already");
	if (claims_model(k->token) &&
		!is_model(k->row, k->token->fido.aaguid))
		return end_key(k, INTAKE_WRONG_MODEL,
			"it says that it is another model than on the list");
	return 0;
}

/*
 * A key without a number is the next label of its model; where it names none,
 * the row stays open until it is attested.
 */
static int row_by_label(struct intake *x, struct intake_key *k, struct fido *f,
	struct error *err)
{
	CLEANUP(identification_done) struct identification m = {
		.found = false };
	const struct identify_request q = { k->token, f, x->q->reg, NULL };
	bool claims = claims_model(k->token);
	const struct intake_row *row;
	int r;

	r = identification_find(x->run, &q, &m, err);
	if (r < 0)
		return r;
	if (m.found && m.credential) {
		memcpy(k->id, m.row.id, sizeof(k->id));
		return end_key(k, INTAKE_AGAIN,
			"it is in the registry already");
	}
	row = next_label(x, claims ? k->token->fido.aaguid : NULL);
	if (!row)
		return no_label(k);
	if (claims)
		k->row = row;
	return 0;
}

/* ---- one key ---- */

static int judge(struct intake *x, struct intake_key *k, struct fido *f,
	struct verification *v, struct error *err)
{
	const struct admission admission = { x->q->trust, NULL, x->q->force };
	char what[64];
	const struct verify_request q = {
		.token = k->token,
		.fido = f,
		.reg = x->q->reg,
		.trust = x->q->trust,
		.purpose = what,
	};
	struct error e;
	int r;

	snprintf(what, sizeof(what), "%.50s", k->row && k->row->label ?
		k->row->label : "for the stock");
	r = verify_token(x->run, &q, v, err);
	run_forget_secrets(x->run);
	if (r < 0)
		return r;
	k->verdict = verdict_name(v->verdict);
	r = admission_check_token(x->run, &admission, v, &e);
	if (r < 0)
		return end_key(k, INTAKE_REFUSED, e.text);
	if (!k->row)
		k->row = next_label(x, v->facts.aaguid);
	if (!k->row)
		return no_label(k);
	if (!is_model(k->row, v->facts.aaguid))
		return end_key(k, INTAKE_WRONG_MODEL,
			"its attestation names another model than the list");
	return 0;
}

static int write_lot(struct record *record, const char *lot, struct error *err)
{
	if (!lot)
		return 0;
	return record_event(record, EVENT_TOKEN_IDENTIFIED, RECORD_LOT,
		json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "token", record->token,
			"identifiers", "kind", REGISTRY_ID_LOT, "value", lot,
			"basis", registry_basis_names[REGISTRY_SELF_REPORTED]),
		err);
}

static int write_key(struct intake *x, struct intake_key *k,
	const struct verification *v, struct error *err)
{
	char journal[ID_LEN];
	struct record record = {
		.reg = x->q->reg,
		.journal = journal,
		.actor = x->actor,
		.label = k->row->label,
		.reason = x->q->force,
	};
	int r;

	r = id_new(journal, err);
	if (r == 0)
		r = record_verification(&record, v, err);
	if (r == 0)
		r = write_lot(&record, k->row->lot, err);
	if (r < 0)
		return r;
	memcpy(k->id, record.token, sizeof(k->id));
	x->head = record.head;
	x->has_head = true;
	x->done[k->row - x->list->p] = true;
	x->left--;
	k->result = INTAKE_TAKEN;
	return 0;
}

/* What a key that does not answer, or nobody touches, says of the key alone. */
static bool is_of_the_key(int code)
{
	static const enum error_code others[] = { ERROR_INTERRUPTED,
		ERROR_CORRUPT, ERROR_CONFLICT, ERROR_USAGE };
	size_t i;

	for (i = 0; i < ARRAY_LEN(others); i++)
		if (code == -(int)others[i])
			return false;
	return true;
}

/* Up to its result (1), or to a verification that is to be written (0). */
static int ask_key(struct intake *x, struct intake_key *k, struct attached *a,
	struct verification *v, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r;

	r = list_ready(x, a, err);
	if (r < 0)
		return r;
	k->token = &a->tokens[0];
	k->has_serial = token_serial(k->token, &k->serial);
	if (k->has_serial && x->has_serials)
		r = row_by_serial(x, k);
	if (r == 0)
		r = attached_open(x->run, k->token, &f, err);
	if (r == 0 && !k->row)
		r = row_by_label(x, k, f, err);
	return r != 0 ? r : judge(x, k, f, v, err);
}

/* The session is long: each key is told as it goes. Takes object over. */
static int tell(struct intake *x, json_t *object, const char *text,
	struct error *err)
{
	bool closed = false;
	int r;

	if (!object || !text)
		r = error_memory(err);
	else
		r = run_result(x->run, object, text, &closed, err);
	if (r == 0 && closed)
		r = error_set(err, ERROR_FAILED,
			"cannot write to standard output");
	json_decref(object);
	return r;
}

static int intake_take_key(struct intake *x, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(free_p) char *text = NULL;
	struct intake_key k = { .token = NULL };
	struct verification v;
	struct error e;
	int r;

	verification_init(&v);
	r = ask_key(x, &k, &a, &v, &e);
	if (r < 0 && is_of_the_key(r))
		r = end_key(&k, INTAKE_FAILED, e.text);
	if (r < 0)
		r = error_copy(err, &e);
	else if (r == 0)
		r = write_key(x, &k, &v, err);
	v.token = NULL;
	verification_done(&v);
	if (r < 0)
		return r;
	x->counts[k.result]++;
	text = intake_key_text(&k);
	return tell(x, intake_key_json(&k), text, err);
}

/* 1: somebody ended it. */
static int next_key(struct intake *x, struct error *err)
{
	int r;

	run_say(x->run,
		"Plug in the next key: %zu of %zu left. (Ctrl-C ends; the same "
		"command goes on.)",
		x->left, x->list->n);
	r = wait_for_plug(x, err);
	if (r == 0)
		r = intake_take_key(x, err);
	if (r != 0 || x->left == 0)
		return r == -ERROR_INTERRUPTED ? 1 : r;
	return wait_for_unplug(x, err);
}

/* ---- together ---- */

/* Whatever ended the session: what was written is in the log. */
static void log_head(const struct intake *x)
{
	char head[REGISTRY_HEAD_LEN];

	if (!x->has_head)
		return;
	registry_log_head(&x->head);
	registry_head_format(&x->head, head);
	run_say(x->run, "Head: %s", head);
}

static int summarise(struct intake *x, struct error *err)
{
	CLEANUP(free_p) char *text = intake_summary_text(x);

	return tell(x, intake_summary_json(x), text, err);
}

int lifecycle_intake(const struct run *run, const struct intake_request *q,
	size_t *ret_left, struct error *err)
{
	CLEANUP(intake_done) struct intake x = { .run = run, .q = q,
		.list = q->list };
	int r;

	r = take_list(&x, err);
	if (r == 0 && !q->only_look)
		r = registry_actor(q->reg, NULL, run->ticket, &x.actor, err);
	if (r == 0)
		r = find_done(&x, err);
	if (r < 0)
		return r;
	while (r == 0 && x.left > 0 && !q->only_look)
		r = next_key(&x, err);
	log_head(&x);
	if (r >= 0)
		r = summarise(&x, err);
	if (r < 0)
		return r;
	*ret_left = x.left;
	return 0;
}
