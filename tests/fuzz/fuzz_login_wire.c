/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PAM module, whoever calls by systemd's socket, or a helper that sends anything:
 * a frame is refused, or sane and written again byte by byte.
 */
#include "bridge/login/result.h"

#include "base/text.h"
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static bool is_clean(const char *s)
{
	return utf8_is_clean(s, strlen(s));
}

static void read_request(const uint8_t *p, size_t n)
{
	struct login_request q = { .user = "" };
	struct buf again;

	if (login_request_read(p, n, &q, NULL) < 0) {
		require(!q.user[0]);
		return;
	}
	require(q.user[0] && is_clean(q.user) && is_clean(q.service) &&
		is_clean(q.remote_host) &&
		is_clean(q.login_db));
	require(!q.login_db[0] || q.login_db[0] == '/');
	require(q.prove == (q.token[0] != '\0'));
	buf_init(&again, WIRE_MAX);
	login_request_write(&q, &again);
	require(again.n == n && memcmp(again.p, p, n) == 0);
	buf_done(&again);
}

/* The same from who is not root, and what the log has of it. */
static void read_claims(const uint8_t *p, size_t n)
{
	struct login_request q = { .user = "" };
	char word[LOGIN_ITEM_LEN];
	const char *c;

	if (login_request_read(p, n, &q, NULL) < 0)
		return;
	login_request_distrust(&q);
	require(!(q.flags & ~(uint32_t)LOGIN_VERIFY) && !q.remote_host[0] &&
		!q.login_db[0]);
	login_log_word(q.service, word, sizeof(word));
	require(word[0] && strlen(word) < sizeof(word));
	for (c = word; *c; c++)
		require(*c > ' ' && *c < 0x7f && *c != '=');
}

static void read_pin(const uint8_t *p, size_t n)
{
	struct secret pin = SECRET_INIT;

	if (login_pin_read(p, n, &pin, NULL) == 0)
		require(pin.n == n && n <= LOGIN_PIN_MAX &&
			!memchr(pin.p, 0, n));
	else
		require(!pin.p);
	(void)login_pin_is_fit((const char *)p, n, 4);
	secret_done(&pin);
}

static void read_reply(const uint8_t *p, size_t n)
{
	struct login_reply a = { .text = "old" };
	struct buf again;

	if (login_reply_read(p, n, &a, NULL) < 0) {
		require(strcmp(a.text, "old") == 0);
		return;
	}
	require(is_clean(a.text) && is_clean(a.token) && is_clean(a.aaguid) &&
		is_clean(a.name) && is_clean(a.alert));
	buf_init(&again, WIRE_MAX);
	login_reply_write(&a, &again);
	require(again.n == n && memcmp(again.p, p, n) == 0);
	buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	read_request(p, n);
	read_claims(p, n);
	read_reply(p, n);
	read_pin(p, n);
	return 0;
}
