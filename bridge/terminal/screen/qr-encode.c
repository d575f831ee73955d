/* SPDX-License-Identifier: Apache-2.0 */
/* A QR code by libqrencode. */
#include "bridge/terminal/screen/qr.h"

#include <qrencode.h>

/* Level L: the screen has no scratches, and the picture is to fit on it. */
void qr_encode(const char *text, struct buf *reply)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	int i, n;

	if (!code)
		return;
	n = code->width * code->width;
	if (code->width <= QR_WIDTH_MAX) {
		buf_put_byte(reply, (unsigned char)code->width);
		for (i = 0; i < n; i++)
			buf_put_byte(reply, code->data[i] & 1);
	}
	wipe(code->data, (size_t)n);
	QRcode_free(code);
}
