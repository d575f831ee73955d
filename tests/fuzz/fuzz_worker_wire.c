/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply of tokenbridge-worker that may be anything, and a request that may
 * be: the input's first byte says which of them it is.
 */
#include "token/worker/wire.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_text(const char *s, size_t size)
{
	if (memchr(s, '\0', size) == NULL)
		abort();
}

static void read_cards(const struct buf *reply)
{
	struct oath_card *cards = NULL;
	size_t i, n, held;

	if (worker_get_cards(reply, &cards, &n, &held, NULL) < 0)
		return;
	for (i = 0; i < n; i++) {
		check_text(cards[i].reader, sizeof(cards[i].reader));
		check_text(cards[i].applet.id, sizeof(cards[i].applet.id));
		if (!utf8_is_clean(cards[i].reader, strlen(cards[i].reader)) ||
			cards[i].applet.n > OATH_ACCOUNTS_MAX ||
			cards[i].join > CARD_SAME_USB)
			abort();
	}
	free(cards);
}

static void read_interfaces(const struct buf *reply)
{
	struct otp_interface *list = NULL;
	size_t n;

	if (worker_get_interfaces(reply, &list, &n, NULL) == 0)
		free(list);
}

static void check_key(const struct buf *request, const struct worker_key *key)
{
	check_text(key->id, sizeof(key->id));
	if (key->n && (key->p < request->p ||
		    key->p + key->n > request->p + request->n))
		abort();
}

static void read_account(const struct buf *request)
{
	struct wire_reader r = { request->p, request->n, false };
	struct worker_account a;

	if (worker_get_account(&r, &a, NULL) < 0)
		return;
	check_text(a.name, sizeof(a.name));
	check_text(a.place.id, sizeof(a.place.id));
	check_key(request, &a.key);
	if (a.data_n && (a.data < request->p ||
		    a.data + a.data_n > request->p + request->n))
		abort();
}

static void read_search(const struct buf *request)
{
	struct wire_reader r = { request->p, request->n, false };
	struct oath_search q;
	struct worker_key key;

	if (worker_get_search(&r, &q, &key, NULL) < 0)
		return;
	check_text(q.token.id, sizeof(q.token.id));
	check_key(request, &key);
}

static void read_response(const struct buf *reply)
{
	struct oath_response x;

	(void)worker_get_response(reply, &x, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(const struct buf *) = { read_cards,
		read_interfaces, read_account, read_search, read_response };
	struct error e;
	struct buf b;

	if (n < 1 || n > WIRE_MAX)
		return 0;
	buf_init(&b, WIRE_MAX);
	buf_put(&b, p + 1, n - 1);
	readers[p[0] % ARRAY_LEN(readers)](&b);
	if (worker_get_result(&b, &e) < 0 &&
		(e.code < 1 || e.code > ERROR_VERDICT))
		abort();
	buf_done(&b);
	return 0;
}
