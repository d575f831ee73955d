/* SPDX-License-Identifier: Apache-2.0 */
/* What is done before each command to a token, and when one fails. */
#include "token/fido/private.h"

#include "base/random.h"
#include "base/util.h"
#include "token/fido/io/failure.h"
#include "token/fido/io/reader.h"

void fido_begin(struct fido *f)
{
	f->transport.failure.code = 0;
	f->transport.hid.touch_wanted = false;
	if (f->on_reader)
		fido_dev_set_timeout(f->dev,
			deadline_left(f->transport.hid.until));
}

/* A token that is busy with what was begun forgets that after 500 ms. */
static const int64_t pauses[] = { 50, 200, 600 };

bool fido_may_pass(int r)
{
	return r == -ERROR_FAILED || r == -ERROR_BUSY || r == -ERROR_MALFORMED;
}

bool fido_asks_again(struct fido *f, int r, unsigned *tries)
{
	struct hid *h = &f->transport.hid;
	unsigned char nonce[HID_NONCE];
	deadline_t then;

	if (f->on_reader || !fido_may_pass(r) || *tries >= ARRAY_LEN(pauses))
		return false;
	then = deadline_in(pauses[(*tries)++]);
	if (deadline_min(then, h->until) != then)
		return false;
	/* who interrupts is told so by the next question */
	return deadline_sleep(then, h->cancel_fd) ||
		(random_bytes(nonce, sizeof(nonce), NULL) == 0 &&
			hid_init(h, nonce, NULL) == 0);
}

int fido_plainly(const struct fido *f, int code, const struct secret *pin)
{
	return code == FIDO_ERR_MISSING_PARAMETER && !pin &&
		(f->info.client_pin == FIDO_ON || f->info.untold) ?
		FIDO_ERR_PIN_REQUIRED : code;
}

int fido_failed(struct fido *f, int code, const char *what, struct error *err)
{
	if (f->transport.failure.code)
		return error_copy(err, &f->transport.failure);
	if (f->on_reader && (code == FIDO_ERR_RX || code == FIDO_ERR_TX))
		return reader_lost(f->transport.hid.path, what, err);
	return failure_set(code, what, err);
}
