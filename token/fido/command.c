/* SPDX-License-Identifier: Apache-2.0 */
/* What is done before each command to a token, and when one fails. */
#include "token/fido/private.h"

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

int fido_failed(struct fido *f, int code, const char *what, struct error *err)
{
	if (f->transport.failure.code)
		return error_copy(err, &f->transport.failure);
	if (f->on_reader && (code == FIDO_ERR_RX || code == FIDO_ERR_TX))
		return reader_lost(f->transport.hid.path, what, err);
	return failure_set(code, what, err);
}
