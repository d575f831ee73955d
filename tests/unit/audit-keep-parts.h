/* SPDX-License-Identifier: Apache-2.0 */
/* A run of audit with its lists, AWS, the registry and the evidence doubled. */
#ifndef TESTS_AUDIT_KEEP_PARTS_H
#define TESTS_AUDIT_KEEP_PARTS_H

#include "tests/unit/asked.h"
#include "tests/unit/heard.h"

#include "bridge/account/account.h"
#include "bridge/audit/counted.h"
#include "bridge/audit/keep/bundle.h"
#include "bridge/audit/keep/record.h"
#include "bridge/audit/lists/lists.h"
#include "bridge/command/audit-evidence.h"
#include "bridge/command/audit-keep.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/registry.h"

#define HEAD "00000000000000000000000000000001:5:0000000000000000000000000000" \
	"000000000000000000000000000000000000"

static struct app app;
static struct audit audit;
static struct audit_keeping k;
static char place[64];
static char lists[400];     /* "mutes NAME: TEXT\n" */
static struct aws_session *const session = (struct aws_session *)&app;
static struct registry *const reg = (struct registry *)&audit;
static struct aws_endpoint iam;
static struct world {
	bool overridden, no_part;
	size_t looked, signed_in; /* what CloudTrail has told of */
	uint64_t logged[3];       /* heads, by their numbers */
	size_t logged_n;
	const char *bundle;       /* that was recorded */
} x;

/* Nothing fails: a letter alone. */
static void mark(char letter)
{
	(void)ask(letter, &(struct error){ .code = 0 });
}

WRAP(int, audit_evidence_begin, struct app *a, struct audit *au,
	struct audit_keeping *keeping, struct error *e)
{
	assert_true(a == &app && au == &audit && keeping == &k);
	return ask('b', e);
}

WRAP(int, audit_evidence_open, struct app *a, struct audit *au,
	struct audit_keeping *keeping, struct error *e)
{
	assert_true(a == &app && au == &audit && keeping == &k);
	return ask('o', e);
}

WRAP(void, audit_evidence_watch, const struct audit *au,
	struct audit_keeping *keeping, struct aws_session *s)
{
	assert_true(au == &audit && keeping == &k && s == session);
	mark('w');
}

WRAP(int, audit_evidence_end, const struct app *a, const struct audit *au,
	struct audit_keeping *keeping, struct error *e)
{
	assert_true(a == &app && au == &audit && keeping == &k);
	return ask('e', e);
}

WRAP(char *, audit_bundle_part, const struct audit_bundle *b,
	const char *name)
{
	char path[80];

	assert_ptr_equal(b, &k.bundle);
	snprintf(path, sizeof(path), "copy-of-%s", name);
	return x.no_part ? NULL : strdup(path);
}

static void note_list(const char *what, const char *name, const char *p,
	size_t n)
{
	size_t at = strlen(lists);

	snprintf(lists + at, sizeof(lists) - at, "%s %s: %.*s\n", what, name,
		(int)n, p);
}

WRAP(int, audit_mutes_parse, struct audit_mutes **ret, const char *name,
	const char *p, size_t n, struct error *e)
{
	assert_ptr_equal(ret, &audit.mutes);
	note_list("mutes", name, p, n);
	return ask('m', e);
}

WRAP(int, audit_earlier_parse, struct audit_earlier **ret, const char *name,
	const char *p, size_t n, struct error *e)
{
	assert_ptr_equal(ret, &audit.earlier);
	note_list("earlier", name, p, n);
	return ask('y', e);
}

WRAP(int, audit_plan_write, struct audit_plan *p, const char *path,
	struct error *e)
{
	assert_ptr_equal(p, &k.plan);
	assert_string_equal(path, "plan.csv");
	return ask('p', e);
}

WRAP(bool, aws_session_is_overridden, const struct aws_session *s)
{
	assert_ptr_equal(s, session);
	return x.overridden;
}

WRAP(const struct aws_endpoint *, aws_session_endpoint,
	const struct aws_session *s, enum aws_service service)
{
	assert_ptr_equal(s, session);
	assert_int_equal(service, AWS_IAM);
	return &iam;
}

WRAP(void, aws_session_set_tape, struct aws_session *s,
	const struct aws_tape *tape)
{
	assert_ptr_equal(s, session);
	assert_null(tape);
	mark('t');
}

WRAP(int, account_guard, const struct account *c, const struct registry *r,
	struct error *e)
{
	assert_true(c->session == session && c->iam == &iam && r == reg);
	return ask('g', e);
}

WRAP(int, open_registry_write, const struct options *o, struct registry **ret,
	struct error *e)
{
	assert_ptr_equal(o, &app.options);
	*ret = reg;
	return ask('r', e);
}

WRAP(int, registry_open, struct registry **ret, const char *path,
	enum registry_mode mode, bool *ret_absent, struct error *e)
{
	assert_string_equal(path, "real.db");
	assert_int_equal(mode, REGISTRY_WRITE);
	assert_null(ret_absent);
	*ret = reg;
	return ask('R', e);
}

WRAP(void, registry_free, struct registry **r)
{
	if (*r)
		mark('f');
	*r = NULL;
}

WRAP(int, registry_actor, struct registry *r, const char *caller,
	const char *ticket, struct event_actor *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_ptr_equal(caller, audit.aws.caller);
	assert_string_equal(ticket, "T-1");
	ret->uid = 7;
	return ask('a', e);
}

WRAP(void, registry_log_head, const struct registry_head *head)
{
	x.logged[x.logged_n++] = head->seq;
	mark('h');
}

static void are_ours(const struct run *r, const struct account *c,
	const struct registry *of, const struct event_actor *actor)
{
	assert_true(r == &app.run && of == reg && c->session == session);
	assert_string_equal(c->caller.account, "123456789012");
	assert_int_equal(actor->uid, 7);
}

WRAP(void, witness_look, const struct run *r, struct account *c,
	struct registry *of, const struct event_actor *actor, const char *own,
	struct witnessed *ret)
{
	are_ours(r, c, of, actor);
	assert_null(own);
	if (x.looked)
		*ret = (struct witnessed){ .found = x.looked,
			.head = { .seq = 6 } };
	mark('l');
}

WRAP(void, witness_sign_ins, const struct run *r, struct account *c,
	struct registry *of, const struct event_actor *actor,
	struct witnessed *ret)
{
	are_ours(r, c, of, actor);
	if (x.signed_in)
		*ret = (struct witnessed){ .found = x.signed_in,
			.head = { .seq = 7 } };
	mark('s');
}

WRAP(void, audit_counted_sort, struct audit_counted *c)
{
	assert_ptr_equal(c, &k.counted);
	mark('z');
}

WRAP(int, audit_record_check, const struct audit *a, bool at_end,
	struct error *e)
{
	assert_ptr_equal(a, &audit);
	mark(at_end ? '1' : '0');
	return ask('c', e);
}

WRAP(int, audit_record, const struct audit *a, struct registry *r,
	const char *ticket, const char *bundle, struct registry_head *ret_head,
	struct error *e)
{
	assert_true(a == &audit && r == reg);
	assert_string_equal(ticket, "T-1");
	x.bundle = bundle;
	memset(ret_head, 0, sizeof(*ret_head));
	strcpy(ret_head->stream, "00000000000000000000000000000001");
	ret_head->seq = 5;
	return ask('K', e);
}

static void give(enum option_id id, const char *value)
{
	free(app.options.value[id]);
	app.options.value[id] = value ? strdup(value) : NULL;
}

static int begin(void **state)
{
	(void)state;
	enter_place(place);
	write_text("mutes.csv", "quiet");
	write_text("earlier.json", "before");
	write_text("copy-of-" AUDIT_BUNDLE_MUTES, "quiet then");
	write_text("copy-of-" AUDIT_BUNDLE_EARLIER, "before then");
	memset(&failing, 0, sizeof(failing));
	memset(&audit, 0, sizeof(audit));
	strcpy(audit.aws.account, "123456789012/");
	strcpy(iam.url, "https://iam.test");
	x = (struct world){ .looked = 0 };
	app.run = run;
	app.run.ticket = "T-1";
	memset(&k, 7, sizeof(k));
	audit_keeping_init(&k);
	assert_true(k.plan.csv.n > 0); /* its columns */
	k.session = session;
	asked[0] = said[0] = lists[0] = '\0';
	return 0;
}

static int finish(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < OPTION_COUNT; i++)
		give((enum option_id)i, NULL);
	audit_keeping_done(&k);
	assert_true(!k.bundle.facts && !k.bundle.path && !k.registry);
	assert_int_equal(k.plan.csv.n, 0);
	leave_place(place);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

#endif
