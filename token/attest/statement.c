/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements: what all formats have, and how a step ends. */
#include "token/attest/private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define X5C_MAX 8

/* A U2F leaf is repaired where it is one that cannot hold as it stands. */
static int load_leaf(struct verification *c, const unsigned char *der, size_t n,
	X509 **ret, struct error *err)
{
	CLEANUP(free_p) unsigned char *copy = NULL;

	if (strcmp(c->a->fmt, "fido-u2f") != 0)
		return leaf_load(der, n, ret, &c->facts->leaf, err);
	copy = malloc(n + 1);
	if (!copy)
		return error_memory(err);
	memcpy(copy, der, n);
	leaf_clear_unused_bits(copy, n);
	return leaf_load(copy, n, ret, &c->facts->leaf, err);
}

static bool add_certificate(struct verification *c, cbor_item_t *item, size_t i,
	struct error *err)
{
	struct leaf other;
	const unsigned char *der;
	X509 *cert = NULL;
	size_t n;

	der = tcbor_bytes(item, &n);
	if (!der) {
		error_set(err, ERROR_MALFORMED, "x5c holds no byte string");
		return false;
	}
	if (i == 0)
		return load_leaf(c, der, n, &c->st.leaf, err) == 0;
	if (leaf_load(der, n, &cert, &other, err) < 0)
		return false;
	if (sk_X509_push(c->st.others, cert) <= 0) {
		X509_free(cert);
		error_memory(err);
		return false;
	}
	return true;
}

static bool load_x5c(struct verification *c, cbor_item_t *x5c,
	struct error *err)
{
	size_t i, n;

	if (!x5c)
		return true;
	c->st.others = sk_X509_new_null();
	n = cbor_isa_array(x5c) ? cbor_array_size(x5c) : 0;
	if (n == 0 || !c->st.others) {
		error_set(err, ERROR_MALFORMED,
			"x5c is no list of certificates");
		return false;
	}
	if (n > X5C_MAX) {
		error_set(err, ERROR_UNSUPPORTED,
			"%zu certificates, and at most %d are looked at", n,
			X5C_MAX);
		return false;
	}
	for (i = 0; i < n; i++)
		if (!add_certificate(c, cbor_array_handle(x5c)[i], i, err))
			return false;
	c->facts->has_leaf = true;
	return true;
}

bool statement_load(struct verification *c)
{
	struct statement *st = &c->st;
	struct error e;

	if (tcbor_load(c->a->att_stmt.p, c->a->att_stmt.n, &st->map, &e) < 0 ||
		!load_x5c(c, tcbor_get(st->map, "x5c"), &e)) {
		bool open = e.code == ERROR_UNSUPPORTED;

		/* a limit of ours proves nothing against a token */
		steps_add(c->steps, "signature",
			open ? STEP_UNKNOWN : STEP_FAIL,
			open ? VERDICT_UNDECIDED : VERDICT_FORGED,
			"the attestation statement: %s", e.text);
		return false;
	}
	st->has_alg = tcbor_int(tcbor_get(st->map, "alg"), &st->alg) == 0 &&
		st->alg >= INT_MIN && st->alg <= INT_MAX;
	st->sig = tcbor_bytes(tcbor_get(st->map, "sig"), &st->sig_n);
	return true;
}

void statement_done(struct statement *st)
{
	X509_free(st->leaf);
	sk_X509_pop_free(st->others, X509_free);
	tcbor_done(&st->map);
}

void statement_passes(struct verification *c, const char *by)
{
	steps_add(c->steps, "signature", STEP_PASS, VERDICT_GENUINE,
		"%s statement over the challenge that was asked, signed by %s",
		c->a->fmt, by);
}

bool statement_malformed(struct verification *c, const char *text)
{
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED, "%s",
		text);
	return false;
}

bool statement_forged(struct verification *c)
{
	return statement_malformed(c,
		"the signature does not hold over this challenge: the answer "
		"was forged, replayed or changed");
}

bool statement_is_open(const struct verification *c)
{
	const struct statement *st = &c->st;

	if (cose_is_verified(st->alg))
		return false;
	return st->leaf ? algorithm_fits(st->alg, st->leaf) :
			  st->alg == c->facts->alg;
}

bool statement_unjudged(struct verification *c)
{
	char name[ALGORITHM_NAME_LEN];

	algorithm_name(c->st.alg, name);
	steps_add(c->steps, "signature", STEP_UNKNOWN, VERDICT_UNDECIDED,
		"the statement's algorithm %s cannot be judged here", name);
	return false;
}
