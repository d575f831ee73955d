/* SPDX-License-Identifier: Apache-2.0 */
/* A rollout whose journals, registry and revocations are doubles. */
#ifndef TESTS_SETTLE_PARTS_H
#define TESTS_SETTLE_PARTS_H

#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include "bridge/mfa/recover.h"
#include "bridge/mfa/revocation.h"
#include "bridge/registry/origin.h"
#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

#define RUN "0123456789abcdef0123456789abcde0"
#define BOUND "0123456789abcdef0123456789abcde1"
#define TOKEN "0123456789abcdef0123456789abcde2"

static char serial_kind[] = "serial", device[] = "GAKT1", alice[] = "alice";

static struct {
	struct binding_origin from;
	struct registry_binding bindings[3];
	size_t bindings_n;
	struct registry_token tokens[2];
	size_t tokens_n;
	struct registry_identifier known;
	struct journal_seen journals[2];
	size_t journals_n;
	struct mfa_revoked revoked;
	int origin, all, by_device, by_id, see, write, pin, recover, revoke;
	int forget, draw, tell;
	unsigned lists;
	char steps[1024];
} w;

static struct registry *const reg = (void *)&w;
static struct rollout_request q;
static struct plan plan;
static struct plan_row plan_rows[3];
static struct row_record rows[3];
static struct session x;

static __attribute__((format(printf, 1, 2))) void step(const char *fmt, ...)
{
	size_t n = strlen(w.steps);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w.steps + n, sizeof(w.steps) - n, fmt, ap);
	va_end(ap);
}

static int ends(int how, struct error *e)
{
	return how < 0 ? error_set(e, -how, "it failed") : 0;
}

/* ---- doubles ---- */

WRAP(int, registry_origin, struct registry *r, const char *journal,
	const char *binding, struct binding_origin *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(journal, RUN);
	assert_null(binding);
	*ret = w.from;
	return ends(w.origin, e);
}

WRAP(int, registry_bindings_all, struct registry *r,
	struct registry_bindings *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	*ret = (struct registry_bindings){ w.bindings, w.bindings_n };
	return ends(w.all, e);
}

WRAP(int, registry_bindings_by_device, struct registry *r, const char *of,
	struct registry_bindings *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(of, device);
	*ret = (struct registry_bindings){ w.bindings, w.bindings_n };
	return ends(w.by_device, e);
}

WRAP(void, registry_bindings_done, struct registry_bindings *list)
{
	(void)list;
	w.lists++;
}

WRAP(int, registry_tokens_by_id, struct registry *r, const char *prefix,
	struct registry_tokens *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(prefix, TOKEN);
	assert_null(e);
	*ret = (struct registry_tokens){ w.tokens, w.tokens_n };
	return w.by_id;
}

WRAP(void, registry_tokens_done, struct registry_tokens *list)
{
	(void)list;
	w.lists++;
}

WRAP(const char *, registry_path, const struct registry *r)
{
	assert_ptr_equal(r, reg);
	return "reg.db";
}

WRAP(int, journal_see_all, struct journal_sights *ret, const char *path,
	struct error *e)
{
	assert_string_equal(path, "reg.db");
	ret->p = w.journals;
	ret->n = w.journals_n;
	return ends(w.see, e);
}

WRAP(void, journal_sights_done, struct journal_sights *list)
{
	(void)list;
	w.lists++;
}

WRAP(int, state_write, struct rollout_state *s, size_t i, struct error *e)
{
	assert_ptr_equal(s, &x.state);
	step("write %zu %s\n", i, row_state_name(s->rows[i].state));
	return ends(w.write, e);
}

WRAP(int, session_note_pin, struct session *s, size_t i, struct error *e)
{
	assert_ptr_equal(s, &x);
	step("pin %zu\n", i);
	return ends(w.pin, e);
}

WRAP(int, recover_all, const struct run *r, const struct recovery *how,
	struct journal *ret_wanted, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(how->reg, reg);
	assert_ptr_equal(how->aws, q.aws);
	assert_non_null(how->worker);
	assert_int_equal(how->actor.uid, 77);
	assert_null(how->claim);
	assert_null(how->wanted);
	assert_false(how->only_wanted);
	assert_null(ret_wanted);
	step("recover\n");
	return ends(w.recover, e);
}

WRAP(int, mfa_revoke, const struct run *r, const struct mfa_revocation *how,
	struct mfa_revoked *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(how->reg, reg);
	assert_ptr_equal(how->aws, q.aws);
	assert_int_equal(how->actor.uid, 77);
	assert_string_equal(how->reason, "undone in its rollout");
	assert_true(how->last);
	assert_false(how->by_the_way);
	assert_null(how->after);
	step("revoke %s of %s\n", how->device, how->user);
	*ret = w.revoked;
	return ends(w.revoke, e);
}

WRAP(int, registry_name_delete, struct registry *r, const char *kind,
	const char *id, struct error *e)
{
	assert_ptr_equal(r, reg);
	step("forget %s of %.4s\n", kind, id);
	return ends(w.forget, e);
}

WRAP(int, session_draw, struct session *s, const char *name,
	enum key_outcome o, struct error *e)
{
	assert_ptr_equal(s, &x);
	step("draw %s %s\n", name, key_outcome_names[o]);
	return ends(w.draw, e);
}

WRAP(int, session_tell, struct session *s, const struct key_line *line,
	struct error *e)
{
	assert_ptr_equal(s, &x);
	assert_null(line->port);
	step("tell %s %zu %s %.4s %d %u\n", key_outcome_names[line->outcome],
		line->row, line->device, line->token, line->has_serial,
		line->serial);
	return ends(w.tell, e);
}

/* ---- rows ---- */

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	memset(rows, 0, sizeof(rows));
	said[0] = '\0';
	q = (struct rollout_request){ .reg = reg, .plan = &plan,
		.aws = (void *)rows, .actor = { .uid = 77 } };
	plan_rows[1] = (struct plan_row){ .user = alice, .line = 5 };
	plan.rows = plan_rows;
	plan.n = 3;
	x = (struct session){ .run = &run, .q = &q, .plan = &plan,
		.state = { .fd = -1, .rows = rows, .n = 3 }, .last = 3 };
	strcpy(rows[1].journal, RUN);
	strcpy(rows[1].device, device);
	rows[1].state = ROW_BEGUN;
	strcpy(rows[1].text, "why it was so");
	strcpy(w.from.binding, BOUND);
	strcpy(w.bindings[0].id, RUN);
	strcpy(w.bindings[1].id, BOUND);
	strcpy(w.bindings[1].token, TOKEN);
	strcpy(w.bindings[2].id, RUN);
	w.bindings[1].device = alice;
	w.bindings_n = 3;
	w.known = (struct registry_identifier){ .kind = serial_kind };
	w.tokens[0].identifiers = &w.known;
	w.tokens_n = 1;
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

#endif
