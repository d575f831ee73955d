/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of a registry that a test makes, and what judges them. */
#ifndef TESTS_KNOWN_PARTS_H
#define TESTS_KNOWN_PARTS_H

#include "bridge/audit/known/known.h"

#include "tests/unit/unit.h"

#include "bridge/verify/verify.h"

#define REG ((struct registry *)(uintptr_t)16)
#define MDS ((struct mds *)(uintptr_t)32)
#define ACCOUNT "123456789012"
#define OTHER_ACCOUNT "210987654321"
#define NOW 1769904000
#define VERSION_OF(a, b, c) (((a) << 16) | ((b) << 8) | (c))

/* What the registry says; the evidence is of subject `proved`. */
static struct world {
	struct registry_token tokens[4];
	size_t n;
	bool no_tokens;
	bool pruned, unreadable, malformed;
	struct advisory_subject proved;
	char asked[64];
	int refusals;
	enum verdict decided;
	bool no_info;
	const void *kept[4]; /* are to be freed */
	size_t freed;
	int scarce; /* the call for memory that fails; 0: none */
} w;

static struct advisory rows[4];
static struct trust trust;
static struct known k;

static bool is_scarce(void)
{
	return w.scarce && --w.scarce == 0;
}

void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);

WRAP(void *, calloc, size_t n, size_t size)
{
	return is_scarce() ? NULL : __real_calloc(n, size);
}

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	return is_scarce() ? NULL : __real_reallocarray(p, n, size);
}

WRAP(char *, strdup, const char *s)
{
	return is_scarce() ? NULL : __real_strdup(s);
}

void __real_free(void *p);

WRAP(void, free, void *p)
{
	size_t i;

	for (i = 0; p && i < ARRAY_LEN(w.kept); i++)
		w.freed += p == w.kept[i];
	__real_free(p);
}

static void ask(const char *what)
{
	strcat(w.asked, what);
}

WRAP(int, registry_tokens_all, struct registry *reg,
	struct registry_tokens *ret, struct error *e)
{
	assert_ptr_equal(reg, REG);
	if (w.no_tokens)
		return error_set(e, ERROR_CORRUPT, "it is damaged");
	*ret = (struct registry_tokens){ w.tokens, w.n };
	return 0;
}

WRAP(void, registry_tokens_done, struct registry_tokens *list)
{
	assert_ptr_equal(list->p, w.no_tokens ? NULL : w.tokens);
	ask("-");
}

WRAP(int, registry_evidence_get, struct registry *reg,
	const unsigned char sha[SHA256_LEN], struct buf *b, bool *ret_absent,
	struct error *e)
{
	assert_ptr_equal(reg, REG);
	assert_int_equal(sha[0], 9);
	assert_true(b->max == EVIDENCE_MAX);
	ask("e");
	if (w.unreadable)
		return error_set(e, ERROR_CORRUPT, "it is damaged");
	*ret_absent = w.pruned;
	buf_printf(b, "evidence");
	return 0;
}

WRAP(int, evidence_parse, const void *p, size_t n, struct evidence *ret,
	struct error *e)
{
	assert_memory_equal(p, "evidence", n);
	assert_non_null(ret);
	ask("p");
	return w.malformed ? error_set(e, ERROR_MALFORMED, "no") : 0;
}

WRAP(void, verify_evidence, const struct trust *t, const struct evidence *e,
	time_t at, struct steps *steps, struct attest_facts *facts)
{
	assert_ptr_equal(t, &trust);
	assert_non_null(e);
	assert_int_equal(at, NOW);
	assert_non_null(steps);
	assert_non_null(facts);
	ask("v");
}

WRAP(void, verify_firmware, const struct trust *t, struct verification *v)
{
	assert_ptr_equal(t, &trust);
	v->subject = w.proved;
	ask("f");
}

WRAP(void, verification_init, struct verification *v)
{
	memset(v, 0, sizeof(*v));
	ask("i");
}

WRAP(void, verification_done, struct verification *v)
{
	assert_non_null(v);
	ask("d");
}

WRAP(void, policy_decide_statement, const struct policy *p,
	const struct policy_facts *f, struct policy_refusals *ret)
{
	assert_ptr_equal(p, &trust.policy);
	assert_int_equal(f->copyable, POLICY_NO);
	assert_int_equal(f->verifiable, POLICY_YES);
	w.decided = f->verdict;
	ret->n = (size_t)w.refusals;
}

WRAP(const struct mds_info *, mds_info, const struct mds *m)
{
	static const struct mds_info info = { .number = 77,
		.next_update = NOW + 5 };

	assert_ptr_equal(m, MDS);
	return w.no_info ? NULL : &info;
}

static int finish(void **state)
{
	(void)state;
	w.scarce = 0;
	known_done(&k);
	return 0;
}

/* An advisory of a product by AAGUID 7, versions from 5.0.0 before 5.7.0 */
static int begin(void **state)
{
	size_t i;

	(void)state;
	memset(&w, 0, sizeof(w));
	memset(&trust, 0, sizeof(trust));
	memset(rows, 0, sizeof(rows));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(rows[i].id, sizeof(rows[i].id), "A-%zu", i + 1);
		strcpy(rows[i].product, "unheard-of");
		strcpy(rows[i].affects, "keys");
		strcpy(rows[i].severity, "low");
		memset(rows[i].aaguids[0], 7, 16);
		rows[i].aaguids_n = 1;
		rows[i].from = VERSION_OF(5u, 0u, 0u);
		rows[i].before = VERSION_OF(5u, 7u, 0u);
		rows[i].concerns = ADVISORY_FIDO;
	}
	trust.advisories.rows = rows;
	trust.advisories.n = 1;
	w.n = 1;
	w.tokens[0] = (struct registry_token){ .verdict = -1,
		.label = (char *)(uintptr_t)"blue-1" };
	strcpy(w.tokens[0].aaguid, "07070707070707070707070707070707");
	w.tokens[0].evidence[0] = 9;
	memset(&k, 7, sizeof(k));
	known_init(&k);
	return 0;
}

static const struct known_token *read_tokens(void)
{
	w.asked[0] = '\0';
	finish(NULL);
	OK(known_read_tokens(&k, REG, &trust, NOW, &err));
	assert_int_equal(k.n, w.n);
	return &k.tokens[0];
}

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

#endif
