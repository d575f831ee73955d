/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A smart card that answers as the input says: a length byte, that many bytes,
 * two of status word, and so on; behind the end it answers nothing and 9000.
 */
#include "token/card/ykoath.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct input {
	const uint8_t *p;
	size_t n;
	size_t sent;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int transmit(void *context, const unsigned char *apdu, size_t n,
	struct buf *reply, uint16_t *ret_sw, struct error *err)
{
	struct input *in = context;
	size_t len;

	/* a card that never ends is left within what a reply may hold */
	if (n < 5 || n > 5 + 255 || apdu[0] != 0 || ++in->sent > 70000)
		abort();
	buf_reset(reply);
	*ret_sw = 0x9000;
	if (in->n == 0)
		return 0;
	len = in->p[0];
	if (len == 0xff) /* the reader is gone */
		return error_set(err, ERROR_NO_TOKEN, "gone");
	in->p++;
	in->n--;
	len = len < in->n ? len : in->n;
	buf_put(reply, in->p, len);
	in->p += len;
	in->n -= len;
	if (in->n >= 2) {
		*ret_sw = (uint16_t)(in->p[0] << 8 | in->p[1]);
		in->p += 2;
		in->n -= 2;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n, 0 };
	struct card c = { .transmit = transmit, .context = &in };
	static const unsigned char challenge[8] = { 1 };
	static struct oath_applet a;
	struct oath_response x;
	struct devinfo d;
	bool present;
	size_t i;

	(void)ykoath_read_config(&c, &d, NULL);
	if (ykoath_select(&c, &a, &present, NULL) == 0 && present &&
		(ykoath_unlock(&c, &a, "tulip", 5, NULL) == 0 || a.locked) &&
		ykoath_list(&c, &a, NULL) == 0) {
		if (a.n > OATH_ACCOUNTS_MAX || (a.locked && a.n) ||
			strlen(a.id) != OATH_ID_TEXT - 2)
			abort();
		for (i = 0; i < a.n; i++)
			if (!utf8_is_clean(a.accounts[i].name,
				    strlen(a.accounts[i].name)))
				abort();
	}
	if (ykoath_calculate(&c, "alice", challenge, true, &x, NULL) == 0 &&
		(x.digits < 6 || x.digits > 8 || x.truncated >> 31))
		abort();
	(void)ykoath_calculate(&c, "alice", challenge, false, &x, NULL);
	(void)ykoath_delete(&c, "alice", NULL);
	return 0;
}
