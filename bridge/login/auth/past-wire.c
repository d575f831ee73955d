/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of modules that were loaded before an upgrade. */
#include "bridge/login/auth/past-wire.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"

#include <string.h>

#define NEWEST 2
#define NOW 3           /* as login_request_read has it */
#define FLAGS (LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY)
#define HEAD 14         /* version, prove, flags and two times */
#define FLAGS_AT 2

/* By version: the letters that it knows. */
static const char *const letters[NEWEST + 1] = {
	"", "rGnludtbhpksfcx", "rGnludtbhpkszmefcx",
};

unsigned past_version(const unsigned char *p, size_t n)
{
	return n > 0 && p[0] >= 1 && p[0] <= NEWEST ? p[0] : 0;
}

static int past_malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"a frame of an earlier PAM module is senseless");
}

/* The flags that came later are not of these. */
static bool head_is_sane(const unsigned char *p, size_t n)
{
	struct wire_reader flags = { p, n, false };

	(void)wire_get_be(&flags, FLAGS_AT);
	return n >= HEAD && p[1] <= 1 &&
		!(wire_get_be(&flags, 4) & ~(uint64_t)FLAGS);
}

static void copy_bytes(struct wire_reader *from, struct buf *to)
{
	size_t n;
	const unsigned char *p = wire_get_bytes(from, &n);

	wire_put_bytes(to, p, n);
}

/* Today's frame, up to the token, so that one reader judges what is in it. */
static void copy_request(struct wire_reader *r, struct buf *b)
{
	char terminal[LOGIN_ITEM_LEN];

	copy_bytes(r, b); /* user */
	copy_bytes(r, b); /* service */
	wire_get_str(r, terminal, sizeof(terminal));
	r->failed = r->failed || !utf8_is_clean(terminal, strlen(terminal));
	copy_bytes(r, b); /* remote host */
	copy_bytes(r, b); /* login.db */
}

static int keep_pin(struct wire_reader *r, bool prove, struct secret *ret,
	struct error *err)
{
	size_t n;
	const unsigned char *p = wire_get_bytes(r, &n);

	if (!wire_done(r) || prove != (n > 0))
		return past_malformed(err);
	return prove ? login_pin_read(p, n, ret, err) : 0;
}

/* The rest of version 1: for the reader there is no proof in it. */
static int read_first(struct wire_reader *r, struct buf *b, bool prove,
	struct login_request *ret, struct secret *ret_pin, struct error *err)
{
	CLEANUP(secret_done) struct secret pin = SECRET_INIT;
	struct login_request q;
	int e;

	b->p[1] = false;
	wire_put_str(b, "");
	e = keep_pin(r, prove, &pin, err);
	if (e == 0)
		e = login_request_read(b->p, b->n, &q, err);
	if (e < 0)
		return e;
	q.prove = prove;
	*ret = q;
	secret_move(ret_pin, &pin);
	return 0;
}

int past_request_read(const unsigned char *p, size_t n,
	struct login_request *ret, struct secret *ret_pin, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct wire_reader r;

	buf_init(&b, WIRE_MAX);
	if (!past_version(p, n) || !head_is_sane(p, n))
		return past_malformed(err);
	r = (struct wire_reader){ p + HEAD, n - HEAD, false };
	buf_put(&b, p, HEAD);
	copy_request(&r, &b);
	if (r.failed || buf_failed(&b))
		return past_malformed(err);
	b.p[0] = NOW;
	if (p[0] == 1)
		return read_first(&r, &b, p[1] == 1, ret, ret_pin, err);
	copy_bytes(&r, &b); /* token */
	return wire_done(&r) ? login_request_read(b.p, b.n, ret, err) :
			       past_malformed(err);
}

static void write_first(const struct login_reply *a, struct buf *b)
{
	buf_put_byte(b, 1);
	buf_put_byte(b, (unsigned char)a->kind);
	buf_put_byte(b, (unsigned char)a->result);
	buf_put_byte(b, a->needs_pin);
	buf_put_byte(b, a->counter_unsaved);
	wire_put_str(b, a->token);
	wire_put_str(b, a->aaguid);
	buf_put_be(b, a->counter, 4);
	buf_put_be(b, a->flags, 4);
	wire_put_str(b, a->alert[0] ? a->alert : a->text);
}

void past_reply_write(unsigned version, const struct login_reply *a,
	struct buf *b)
{
	struct login_reply known = *a;

	if (!memchr(letters[version], (int)a->result, strlen(letters[version])))
		known.result = LOGIN_FAILED;
	if (version == 1) {
		write_first(&known, b);
		return;
	}
	login_reply_write(&known, b);
	if (!buf_failed(b))
		b->p[0] = (unsigned char)version;
}
