/* SPDX-License-Identifier: Apache-2.0 */
/* A token that is to be reset and a registry, both doubles. */
#ifndef TESTS_RESET_PARTS_H
#define TESTS_RESET_PARTS_H

#include "bridge/lifecycle/reset.h"

#include "bridge/verify/record.h"
#include "tests/unit/unit.h"
#include "token/fido/proof.h"

#include "tests/unit/heard.h"

#include <time.h>

#define ROW "0123456789abcdef0123456789abcde0"
#define OTHER "fedcba98765432100123456789abcde1"

static char serial_kind[] = "serial", aaguid_kind[] = "aaguid";
static char site[] = "tokenbridge:id";
static unsigned char ids[] = "ABCDEF";

static struct {
	struct registry_token rows[4];
	size_t n;
	struct registry_token now[2]; /* of each id */
	size_t now_n;
	struct registry_identifier known[4][2];
	struct registry_credential credentials[4][2];
	struct registry_binding bindings[4][6];
	const char *has; /* the ids' letters */
	char fails_at;   /* asking for that one */
	int all, by_id, actor, name, id, record;
	unsigned journals, lists;
	size_t room[2]; /* that was asked for */
	unsigned rooms, no_room; /* that one fails */
	char steps[2048];
} w;

static struct registry *const reg = (void *)&w;
static struct fido *const fido = (void *)w.rows;
static struct token token = {
	.fido.aaguid = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
};
static struct run ours;
static struct reset_rows found;

static __attribute__((format(printf, 1, 2))) void step(const char *fmt, ...)
{
	size_t n = strlen(w.steps);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w.steps + n, sizeof(w.steps) - n, fmt, ap);
	va_end(ap);
}

/* ---- doubles ---- */

WRAP(int, clock_gettime, clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){ 1000, 0 };
	return 0;
}

void *__real_calloc(size_t n, size_t size);
WRAP(void *, calloc, size_t n, size_t size)
{
	assert_int_equal(size, sizeof(void *));
	w.room[w.rooms++ % 2] = n;
	return w.rooms == w.no_room ? NULL : __real_calloc(n, size);
}

WRAP(int, registry_tokens_all, struct registry *r, struct registry_tokens *ret,
	struct error *e)
{
	assert_ptr_equal(r, reg);
	*ret = (struct registry_tokens){ w.rows, w.n };
	return w.all < 0 ? error_set(e, -w.all, "no rows") : 0;
}

WRAP(int, registry_tokens_by_id, struct registry *r, const char *prefix,
	struct registry_tokens *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	step("rows of %.4s\n", prefix);
	*ret = (struct registry_tokens){ w.now, w.now_n };
	return w.by_id < 0 ? error_set(e, -w.by_id, "no row") : 0;
}

WRAP(void, registry_tokens_done, struct registry_tokens *list)
{
	w.lists += list->p != NULL;
	*list = (struct registry_tokens){ NULL, 0 };
}

WRAP(int, proof_has_credential, struct fido *f, const char *rp,
	const struct fido_id *id, deadline_t until, bool *ret_has,
	struct error *e)
{
	char letter = *(const char *)id->p;

	assert_ptr_equal(f, fido);
	assert_int_equal(id->n, 1);
	assert_int_equal(until, 1010000);
	step("has %c of %s\n", letter, rp);
	*ret_has = strchr(w.has, letter) != NULL;
	return letter == w.fails_at ?
		error_set(e, ERROR_CONFLICT, "it does not say") : 0;
}

WRAP(int, registry_actor, struct registry *r, const char *caller_arn,
	const char *ticket, struct event_actor *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_null(caller_arn);
	assert_string_equal(ticket, "T-1");
	ret->uid = 77;
	return w.actor < 0 ? error_set(e, -w.actor, "nobody") : 0;
}

WRAP(int, registry_name_put, struct registry *r, const char *kind,
	const char *value, char ret_id[ID_LEN], struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(kind, "reason");
	step("reason %s\n", value);
	strcpy(ret_id, "id-of-it");
	return w.name < 0 ? error_set(e, -w.name, "no name") : 0;
}

WRAP(int, id_new, char ret[ID_LEN], struct error *e)
{
	snprintf(ret, ID_LEN, "journal-%u", ++w.journals);
	return w.id < 0 ? error_set(e, -w.id, "no randomness") : 0;
}

WRAP(int, record_event, struct record *r, enum event_type type,
	enum record_step at, json_t *body, struct error *e)
{
	char *text = json_dumps(body, JSON_COMPACT);

	assert_ptr_equal(r->reg, reg);
	assert_int_equal(r->actor.uid, 77);
	assert_int_equal(type, EVENT_CREDENTIAL_REMOVED);
	assert_int_equal(at, RECORD_CREDENTIAL);
	step("%s %s\n", r->journal, text);
	free(text);
	json_decref(body);
	r->head.seq++;
	return w.record < 0 ? error_set(e, -w.record, "not written") : 0;
}

WRAP(void, registry_log_head, const struct registry_head *head)
{
	step("head %u\n", (unsigned)head->seq);
}

/* ---- rows ---- */

static void add_row(const char *id, char *serial, char *aaguid)
{
	struct registry_token *row = &w.rows[w.n];
	struct registry_identifier *known = w.known[w.n];

	snprintf(row->id, sizeof(row->id), "%s", id);
	row->identifiers = known;
	row->credentials = w.credentials[w.n];
	row->bindings.p = w.bindings[w.n++];
	if (serial)
		known[row->identifiers_n++] = (struct registry_identifier){
			.kind = serial_kind, .value = serial };
	if (aaguid)
		known[row->identifiers_n++] = (struct registry_identifier){
			.kind = aaguid_kind, .value = aaguid };
}

static void add_credential(char letter, char *rp, time_t removed)
{
	struct registry_token *row = &w.rows[w.n - 1];
	struct registry_credential *c = &row->credentials[row->credentials_n++];

	c->rp = rp;
	c->id = &ids[letter - 'A'];
	c->id_n = 1;
	c->removed = removed;
	memcpy(c->token, row->id, sizeof(c->token));
}

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	memset(&found, 0, sizeof(found));
	w.has = "";
	said[0] = '\0';
	token.devinfo.has_serial = true;
	token.devinfo.serial = 1001;
	ours = run;
	ours.ticket = "T-1";
	return 0;
}

static int end(void **state)
{
	(void)state;
	reset_rows_done(&found);
	assert_null(found.rows);
	assert_null(found.held);
	assert_int_equal(found.rows_n + found.held_n, 0);
	return 0;
}

/* The numbers of the rows, the letters of what it holds. */
static void assert_found(const char *rows, const char *held)
{
	char is[8] = "", letters[8] = "";
	size_t i;

	OK(reset_find_rows(reg, &token, fido, &found, &err));
	for (i = 0; i < found.rows_n; i++)
		is[i] = (char)('0' + (found.rows[i] - w.rows));
	for (i = 0; i < found.held_n; i++)
		letters[i] = (char)*found.held[i]->id;
	assert_string_equal(is, rows);
	assert_string_equal(letters, held);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
