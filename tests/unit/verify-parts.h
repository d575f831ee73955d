/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token to verify, whose answers are a table's and whose signatures are
 * real, beside a real registry.
 */
#ifndef TESTS_VERIFY_PARTS_H
#define TESTS_VERIFY_PARTS_H

#include "tests/unit/test_registry.h"
#include "tests/unit/heard.h"
#include "tests/unit/vendor.h"

#include "bridge/prompt/touch.h"
#include "bridge/run/run.h"
#include "bridge/verify/identify.h"
#include "bridge/verify/record.h"
#include "bridge/verify/trust.h"
#include "token/attest/authdata.h"

enum proves { TRULY, BY_ANOTHER_KEY, NOT_AT_ALL };

static struct world {
	const char *has;       /* credential ids that it has; each a letter */
	size_t fits;           /* in one question; 0: all */
	unsigned slow_ms;      /* of each question */
	enum proves proves;
	uint32_t counter;
	char fails;            /* the step that does */
	int fails_by;          /* its error; 0: ERROR_TOUCH */
	char refuses;          /* ... only where this credential is asked for */
	X509 *leaf;            /* of new statements; NULL: the vendor's */
	const char *id;        /* of a new credential */
	/* what came of it */
	char steps[64], asked[64], what[128], purpose[64];
	const char *label;
	bool verify;
} w;

static struct vendor vendor;
static struct token token;
static struct trust trust;
static struct place place;
static struct registry *reg;

static int step(char c, struct error *e)
{
	size_t n = strlen(w.steps);

	assert_true(n + 1 < sizeof(w.steps));
	w.steps[n] = c;
	w.steps[n + 1] = '\0';
	return w.fails == c ? error_set(e, w.fails_by ? w.fails_by : ERROR_TOUCH,
		"step %c fails", c) : 0;
}

#define FIDO ((struct fido *)&token)

/* ---- silent questions ---- */

WRAP(size_t, fido_list_fits, const struct fido *f, const char *rp_id,
	const struct fido_id *ids, size_t n)
{
	assert_ptr_equal(f, FIDO);
	assert_string_equal(rp_id, PROOF_RP_ID);
	assert_non_null(ids);
	return w.fits && w.fits < n ? w.fits : n;
}

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	assert_ptr_equal(f, FIDO);
	assert_in_range(until - deadline_now(), 5000, 10000);
}

WRAP(int, fido_find_credential, struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *e)
{
	size_t i, at = strlen(w.asked);

	assert_ptr_equal(f, FIDO);
	assert_string_equal(rp_id, PROOF_RP_ID);
	assert_non_null(memmem(client_data->p, client_data->n,
		"\"purpose\":\"lookup\"", 18));
	assert_true(n > 0);
	usleep(w.slow_ms * 1000);
	for (i = n; i-- > 0;) {
		if (strchr(w.has, *(const char *)ids[i].p)) {
			*ret_found = true;
			*ret_index = i;
		}
	}
	for (i = 0; i < n; i++)
		w.asked[at++] = *(const char *)ids[i].p;
	w.asked[at++] = ' ';
	w.asked[at] = '\0';
	if (w.refuses && !strchr(w.asked + at - 1 - n, w.refuses))
		return 0;
	if (w.refuses)
		*ret_found = false;
	return step('q', e);
}

/* ---- touches ---- */

static void note_touch(const struct touch *t)
{
	assert_ptr_equal(t->token, &token);
	assert_ptr_equal(t->fido, FIDO);
	assert_string_equal(t->rp_id, PROOF_RP_ID);
	snprintf(w.what, sizeof(w.what), "%s", t->what);
	snprintf(w.purpose, sizeof(w.purpose), "%s", t->purpose);
	w.label = t->label;
	w.verify = t->verify;
}

WRAP(int, fido_want_enterprise, struct fido *f, struct error *e)
{
	assert_ptr_equal(f, FIDO);
	return step('e', e);
}

WRAP(int, touch_make_credential, const struct run *r, const struct touch *t,
	struct attestation *ret, struct error *e)
{
	struct vendor_answer answer;

	assert_ptr_equal(r, &run);
	note_touch(t);
	vendor_answer_init(&answer, &vendor);
	answer.credential_id = w.id;
	answer.counter = w.counter;
	answer.client_data = answer.asked_client_data =
		"{\"type\":\"webauthn.create\",\"origin\":\"" PROOF_RP_ID
		"\"}";
	if (w.leaf)
		answer.x5c[0] = w.leaf;
	vendor_answer_build(&answer, ret);
	return step('m', e);
}

WRAP(int, touch_get_assertion, const struct run *r, const struct touch *t,
	struct assertion *ret, bool *ret_found, struct error *e)
{
	char id[16];

	assert_ptr_equal(r, &run);
	note_touch(t);
	snprintf(id, sizeof(id), "%.*s", (int)t->credential_n,
		(const char *)t->credential);
	vendor_assertion(w.proves == BY_ANOTHER_KEY ? vendor.root_key :
		vendor.credential_key, PROOF_RP_ID, "{\"type\":\"webauthn.get\""
		",\"origin\":\"" PROOF_RP_ID "\"}", id,
		t->verify ? AUTHDATA_UP | AUTHDATA_UV : AUTHDATA_UP,
		w.counter, ret);
	*ret_found = w.proves != NOT_AT_ALL;
	return step('a', e);
}

/* ---- one act ---- */

static UNUSED void world(void)
{
	w = (struct world){ .has = "", .id = "A", .counter = 1 };
	said[0] = '\0';
}

static UNUSED int begin(void **state)
{
	(void)state;
	place_make(&place);
	assert_int_equal(chdir(place.dir), 0);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	world();
	memset(&token, 0, sizeof(token));
	token.identified = true;
	token.node.transport = NODE_USB;
	token.node.vendor = 0x1050;
	token.node.product = 0x0407;
	token.devinfo.present = true;
	token.devinfo.has_serial = true;
	token.devinfo.serial = 12345678;
	token.fido.ctap2 = true;
	token.fido.client_pin = FIDO_ON;
	memcpy(token.fido.aaguid, VENDOR_AAGUID, 16);
	return 0;
}

static UNUSED int finish(void **state)
{
	(void)state;
	registry_free(&reg);
	assert_int_equal(chdir("/"), 0);
	place_remove(&place);
	return 0;
}

static UNUSED void make_trust(void)
{
	vendor_init(&vendor);
	vendor_anchors(&trust.anchors, &vendor.root, 1);
	OK(advisories_load(NULL, &trust.advisories, &err));
}

static struct verification v;

static UNUSED int verify_as(struct verify_request q)
{
	w.steps[0] = w.asked[0] = w.what[0] = '\0';
	verification_done(&v);
	verification_init(&v);
	q.token = &token;
	q.fido = FIDO;
	q.trust = &trust;
	if (!q.purpose)
		q.purpose = "touch 1 of 2";
	return verify_token(&run, &q, &v, &err);
}

/* Of the last verification, by the name of its step; NULL: none. */
static UNUSED const struct step *step_of(const char *name)
{
	size_t i;

	for (i = 0; i < v.steps.n; i++)
		if (strcmp(v.steps.rows[i].name, name) == 0)
			return &v.steps.rows[i];
	return NULL;
}

/* The one that says just that. */
static UNUSED const struct step *step_with(const char *text)
{
	size_t i;

	for (i = 0; i < v.steps.n; i++)
		if (strcmp(v.steps.rows[i].text, text) == 0)
			return &v.steps.rows[i];
	return NULL;
}

static UNUSED void has_step(const char *name, enum step_status status,
	enum verdict verdict, const char *text)
{
	const struct step *s = step_of(name);

	if (!s)
		fail_msg("there is no step '%s'", name);
	assert_int_equal(s->status, status);
	assert_int_equal(s->verdict, verdict);
	if (!strstr(s->text, text))
		fail_msg("'%s' in place of '%s'", s->text, text);
}

/* Verified as a new one, and recorded for `holder`; its row. */
static UNUSED void register_as(const char *holder, const char *label,
	char ret[ID_LEN])
{
	char journal[ID_LEN];
	struct record record = { .reg = reg, .journal = journal,
		.holder = { holder, REGISTRY_PERSON }, .label = label };

	OK(verify_as((struct verify_request){ .reg = reg }));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	new_id(journal);
	OK(registry_actor(reg, NULL, NULL, &record.actor, &err));
	OK(record_verification(&record, &v, &err));
	strcpy(ret, record.token);
}

#endif
