/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the PAM module and its helper. */
#include "bridge/login/wire.h"

#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"

#include <stdio.h>
#include <string.h>

#define VERSION 3
#define OTP_LEN 44 /* of Yubico's OTP */
#define PIN_LEAST 4
#define FLAGS (LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY | LOGIN_SEAT_GREETER | \
	LOGIN_SEAT_PEER | LOGIN_SEAT_UNLOCK)

static const char letters[] = {
	LOGIN_READY, LOGIN_GRANTED, LOGIN_NO_BINDING, LOGIN_UNKNOWN_USER,
	LOGIN_NOT_LOCAL, LOGIN_NOT_ROOT, LOGIN_NOT_LISTED, LOGIN_TOO_OFTEN,
	LOGIN_NO_RECORD, LOGIN_NO_TOKEN, LOGIN_BUSY, LOGIN_NOT_TOUCHED,
	LOGIN_PIN_WRONG, LOGIN_PIN_BLOCKED,
	LOGIN_PIN_SCARCE, LOGIN_PIN_DEAD, LOGIN_PIN_CHANGE, LOGIN_SILENT,
	LOGIN_FALSE, LOGIN_COUNTER, LOGIN_FAILED,
};

static const char kinds[] = { LOGIN_PROMPT_INSERT, LOGIN_PROMPT_TOUCH, LOGIN_ANSWER };

void login_request_write(const struct login_request *q, struct buf *b)
{
	buf_put_byte(b, VERSION);
	buf_put_byte(b, q->prove);
	buf_put_be(b, q->flags, 4);
	buf_put_be(b, q->timeout_ms, 4);
	buf_put_be(b, q->wait_ms, 4);
	wire_put_str(b, q->user);
	wire_put_str(b, q->service);
	wire_put_str(b, q->remote_host);
	wire_put_str(b, q->login_db);
	wire_put_str(b, q->token);
}

static int wire_malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"a frame between the PAM module and its helper is senseless");
}

static bool is_clean(const char *s)
{
	return utf8_is_clean(s, strlen(s));
}

static bool is_hex(const char *s)
{
	return strspn(s, "0123456789abcdef") == strlen(s);
}

static bool request_is_clean(const struct login_request *q)
{
	return q->user[0] && is_clean(q->user) && is_clean(q->service) &&
		is_clean(q->remote_host) && is_clean(q->login_db) &&
		(!q->login_db[0] || q->login_db[0] == '/') &&
		is_hex(q->token) && q->prove == (q->token[0] != '\0') &&
		!(q->flags & ~(uint32_t)FLAGS);
}

int login_request_read(const unsigned char *p, size_t n,
	struct login_request *ret, struct error *err)
{
	struct wire_reader r = { p, n, false };
	struct login_request q = { 0 };
	uint64_t version, prove;

	version = wire_get_be(&r, 1);
	prove = wire_get_be(&r, 1);
	q.prove = prove == 1;
	q.flags = (uint32_t)wire_get_be(&r, 4);
	q.timeout_ms = (uint32_t)wire_get_be(&r, 4);
	q.wait_ms = (uint32_t)wire_get_be(&r, 4);
	wire_get_str(&r, q.user, sizeof(q.user));
	wire_get_str(&r, q.service, sizeof(q.service));
	wire_get_str(&r, q.remote_host, sizeof(q.remote_host));
	wire_get_str(&r, q.login_db, sizeof(q.login_db));
	wire_get_str(&r, q.token, sizeof(q.token));
	if (!wire_done(&r) || version != VERSION || prove > 1 ||
		!request_is_clean(&q))
		return wire_malformed(err);
	*ret = q;
	return 0;
}

void login_request_distrust(struct login_request *q)
{
	q->flags &= LOGIN_VERIFY;
	q->remote_host[0] = q->login_db[0] = '\0';
}

int login_pin_read(const unsigned char *p, size_t n, struct secret *ret,
	struct error *err)
{
	if (n == 0 || n > LOGIN_PIN_MAX || memchr(p, 0, n))
		return wire_malformed(err);
	return secret_set(ret, p, n, err);
}

static size_t count_code_points(const char *p, size_t n)
{
	size_t i, points = 0;

	for (i = 0; i < n; i++)
		points += ((unsigned char)p[i] & 0xc0) != 0x80;
	return points;
}

static bool is_modhex(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!memchr("cbdefghijklnrtuv", p[i], 16))
			return false;
	return true;
}

bool login_pin_is_fit(const char *p, size_t n, uint32_t least)
{
	if (n > LOGIN_PIN_MAX || (n == OTP_LEN && is_modhex(p, n)))
		return false;
	return count_code_points(p, n) >= (least > PIN_LEAST ? least :
							      PIN_LEAST);
}

void login_reply_write(const struct login_reply *a, struct buf *b)
{
	buf_put_byte(b, VERSION);
	buf_put_byte(b, (unsigned char)a->kind);
	buf_put_byte(b, (unsigned char)a->result);
	buf_put_byte(b, a->needs_pin);
	buf_put_byte(b, a->counter_unsaved);
	wire_put_str(b, a->token);
	wire_put_str(b, a->name);
	buf_put_be(b, a->min_pin, 4);
	wire_put_str(b, a->aaguid);
	buf_put_be(b, a->counter, 4);
	buf_put_be(b, a->flags, 4);
	wire_put_str(b, a->text);
	wire_put_str(b, a->alert);
}

int login_reply_read(const unsigned char *p, size_t n, struct login_reply *ret,
	struct error *err)
{
	struct wire_reader r = { p, n, false };
	uint64_t version, kind, result, needs_pin, unsaved;
	struct login_reply a = { 0 };

	version = wire_get_be(&r, 1);
	kind = wire_get_be(&r, 1);
	result = wire_get_be(&r, 1);
	needs_pin = wire_get_be(&r, 1);
	unsaved = wire_get_be(&r, 1);
	wire_get_str(&r, a.token, sizeof(a.token));
	wire_get_str(&r, a.name, sizeof(a.name));
	a.min_pin = (uint32_t)wire_get_be(&r, 4);
	wire_get_str(&r, a.aaguid, sizeof(a.aaguid));
	a.counter = (uint32_t)wire_get_be(&r, 4);
	a.flags = (uint32_t)wire_get_be(&r, 4);
	wire_get_str(&r, a.text, sizeof(a.text));
	wire_get_str(&r, a.alert, sizeof(a.alert));
	if (!wire_done(&r) || version != VERSION || needs_pin > 1 ||
		unsaved > 1 || !memchr(kinds, (int)kind, sizeof(kinds)) ||
		!memchr(letters, (int)result, sizeof(letters)) ||
		!is_hex(a.token) || !is_hex(a.aaguid) || !is_clean(a.name) ||
		!is_clean(a.text) || !is_clean(a.alert))
		return wire_malformed(err);
	a.kind = (enum login_reply_kind)kind;
	a.result = (enum login_result)result;
	a.needs_pin = needs_pin == 1;
	a.counter_unsaved = unsaved == 1;
	*ret = a;
	return 0;
}
