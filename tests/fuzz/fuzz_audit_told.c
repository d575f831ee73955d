/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry told an audit: refused with a sentence and nothing left
 * behind, or rows that can be looked up, and that are written as they were read.
 */
#include "bridge/audit/known/told.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

struct reading {
	struct known known;
	struct registry_bindings list;
	struct audit_registry_source source;
	struct known_told told;
};

static int read_told(struct reading *r, const void *p, size_t n,
	struct error *err)
{
	memset(r, 0, sizeof(*r));
	known_init(&r->known);
	r->told = (struct known_told){ &r->known, &r->list, false, &r->source };
	return known_told_parse(p, n, &r->told, err);
}

static void reading_done(struct reading *r)
{
	known_done(&r->known);
	registry_bindings_done(&r->list);
}

/* Whose devices they are: of one account, since bindings are. */
static const char *account_of(const struct reading *r)
{
	return r->known.devices_n ? r->known.devices[0].account :
		r->list.n ? r->list.p[0].account : "";
}

static void look_up(const struct reading *r)
{
	const struct known_token *t;
	bool is_totp;
	size_t i;

	for (i = 0; i < r->known.devices_n; i++) {
		t = known_token_of(&r->known, account_of(r),
			r->known.devices[i].serial, &is_totp);
		require(t >= r->known.tokens &&
			t < r->known.tokens + r->known.n);
	}
	for (i = 0; i < r->list.n; i++)
		require(r->list.p[i].kind == REGISTRY_AWS);
}

static void write_and_read(const struct reading *first)
{
	struct known_told told = first->told;
	struct reading second;
	struct buf b, c;

	buf_init(&b, 1u << 26);
	buf_init(&c, 1u << 26);
	require(known_told_write(&told, account_of(first), &b, NULL) >= 0);
	require(read_told(&second, b.p, b.n, NULL) >= 0);
	require(known_told_write(&second.told, account_of(&second), &c, NULL) >=
		0);
	require(b.n == c.n && memcmp(b.p, c.p, b.n) == 0);
	buf_done(&b);
	buf_done(&c);
	reading_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct reading r;
	struct error err;

	if (read_told(&r, p, n, &err) < 0) {
		require(utf8_is_clean(err.text, strlen(err.text)));
		require(!r.known.tokens && !r.known.devices && r.list.n == 0);
		return 0;
	}
	look_up(&r);
	if (r.list.n < 1000)
		write_and_read(&r);
	reading_done(&r);
	return 0;
}
