/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a live audit, each no more than a letter, and what they find. */
#ifndef TESTS_GATHER_LIVE_PARTS_H
#define TESTS_GATHER_LIVE_PARTS_H

#include "tests/unit/gather-parts.h"

#define OURS ((struct aws_session *)(uintptr_t)32)
#define AS_ROOT ((struct aws_session *)(uintptr_t)48)
#define KNOWN ((const struct known *)(uintptr_t)64)
#define ALICE "arn:aws:iam::" ACCOUNT ":user/alice"

/* What is answered, and what the steps find. */
static struct world {
	char failing;
	char asked[32];     /* a letter a step */
	const char *arn;
	const char *alias;
	struct aws_endpoint iam, sts;
	struct live found;  /* counts of it */
	bool as_root;
	bool no_memory;
	struct live *seen;
	size_t freed;
	char let_go[16];    /* a letter each */
	time_t then;        /* AWS's clock at the end; 0: it stays */
} w;

static const struct registry_bindings bindings;

static int ask(char what, struct error *e)
{
	size_t n = strlen(w.asked);

	assert_true(n + 1 < sizeof(w.asked));
	w.asked[n] = what;
	w.asked[n + 1] = '\0';
	return what == w.failing ? answered(e) : 0;
}

void *__real_calloc(size_t n, size_t size);

WRAP(void *, calloc, size_t n, size_t size)
{
	return w.no_memory ? NULL : __real_calloc(n, size);
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	w.freed += *s == AS_ROOT;
	*s = NULL;
}

static void let_go(const void *p)
{
	const struct live *l = w.seen;
	const void *const parts[] = { &l->people, &l->reported,
		&l->devices, &l->virtuals, &l->unassigned, &l->rights };
	size_t i, n = strlen(w.let_go);

	for (i = 0; l && i < ARRAY_LEN(parts); i++) {
		if (p == parts[i] && n + 1 < sizeof(w.let_go)) {
			w.let_go[n++] = "prdvuR"[i];
			w.let_go[n] = '\0';
		}
	}
}

void __real_free(void *p);

WRAP(void, free, void *p)
{
	if (p && p == w.seen) {
		strcat(w.let_go, "l");
		w.seen = NULL;
	}
	__real_free(p);
}

WRAP(void, live_people_done, struct live_people *list)
{
	let_go(list);
}

WRAP(void, live_holding_done, struct live_holding *list)
{
	let_go(list);
}

WRAP(void, rights_free, struct rights **rights)
{
	let_go(rights);
}

WRAP(unsigned, aws_session_requests, const struct aws_session *s)
{
	return s == AS_ROOT ? 100 : s == OURS ? 7 : 1000;
}

WRAP(unsigned, aws_session_connections, const struct aws_session *s)
{
	return s == AS_ROOT ? 20 : s == OURS ? 3 : 1000;
}

WRAP(const struct aws_endpoint *, aws_session_endpoint,
	const struct aws_session *s, enum aws_service service)
{
	assert_ptr_equal(s, OURS);
	assert_true(service == AWS_IAM || service == AWS_STS);
	return service == AWS_IAM ? &w.iam : &w.sts;
}

WRAP(int, sts_get_caller_identity, struct aws_session *s,
	struct sts_identity *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->account, ACCOUNT);
	strcpy(ret->arn, w.arn);
	return ask('i', e);
}

WRAP(int, iam_get_account_alias, struct aws_session *s, char **ret,
	struct error *e)
{
	assert_ptr_equal(s, OURS);
	*ret = w.alias && w.failing != 'l' ? strdup(w.alias) : NULL;
	return ask('l', e);
}

#define STEP(name, letter)                                                     \
	WRAP(int, name, struct live *l, struct error *e)                       \
	{                                                                      \
		assert_ptr_equal(l, w.seen);                                   \
		return ask(letter, e);                                         \
	}

STEP(live_read_report, 'r')
STEP(live_ask_root, 'o')
STEP(live_list_people, 'p')
STEP(live_ask_rights, 'R')
STEP(live_ask_people, 'u')
STEP(live_ask_certified, 'c')
STEP(live_compare_registry, 'C')

/* The first step behind who asks: what is found is put in here. */
WRAP(int, live_begin_report, struct live *l, struct error *e)
{
	const struct live *f = &w.found;

	w.seen = l;
	assert_ptr_equal(l->a, &audited);
	assert_ptr_equal(l->s, OURS);
	assert_ptr_equal(l->known, KNOWN);
	assert_ptr_equal(l->renewal, &renewal);
	w.found.root = l->root;
	w.found.devices_are = l->devices_are;
	w.found.devices_each = l->devices_each;
	w.found.by_root = l->by_root;
	w.found.begun = l->begun;
	l->stopped = f->stopped;
	l->gone = f->gone;
	l->renamed = f->renamed;
	l->made_since = f->made_since;
	l->changed = f->changed;
	l->report_bad = f->report_bad;
	l->report_read = f->report_read;
	l->root_mfa = f->root_mfa;
	l->root_session = w.as_root ? AS_ROOT : NULL;
	if (w.then)
		aws_clock = w.then;
	return ask('b', e);
}

WRAP(void, live_judge_orphans, struct live *l)
{
	assert_ptr_equal(l, w.seen);
	(void)ask('O', NULL);
}

static int begin(void **state)
{
	(void)state;
	end_audit();
	begin_audit(0);
	memset(&w, 0, sizeof(w));
	w.arn = ALICE;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	end_audit();
	return 0;
}

static int gather(const struct registry_bindings *of)
{
	w.asked[0] = w.let_go[0] = '\0';
	return audit_ask_aws(&audited, OURS, of, KNOWN, &renewal, &err);
}

#endif
