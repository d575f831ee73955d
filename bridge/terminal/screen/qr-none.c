/* SPDX-License-Identifier: Apache-2.0 */
/* Built without libqrencode: no QR code. */
#include "bridge/terminal/screen/qr.h"

void qr_encode(const char *text, struct buf *reply)
{
	(void)text;
	(void)reply;
}
