/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as a QR code, made by tokenbridge-qr: the library keeps copies that it
 * does not wipe, which end with a process of their own.
 */
#ifndef BRIDGE_TERMINAL_SCREEN_QR_H
#define BRIDGE_TERMINAL_SCREEN_QR_H

#include "base/buf.h"
#include "base/secret.h"

#define QR_TEXT_MAX 1024
#define QR_WIDTH_MAX 177

struct qr {
	unsigned width;        /* modules in a row; 0: none */
	struct secret modules; /* width * width bytes, row by row: 1 is dark */
};

#define QR_INIT { 0, SECRET_INIT }

/* ERROR_FAILED where the program is not there (it was built without the
 * library) or answers nonsense. *ret is untouched then. */
int qr_make(const struct secret *text, int cancel_fd, struct qr *ret,
	struct error *err);
void qr_done(struct qr *q);

/* Whether the module is dark; outside of the picture none is. */
bool qr_is_dark(const struct qr *q, int row, int column);

/*
 * For tokenbridge-qr, with and without the library: the width as a byte, and
 * the modules; nothing where there is no QR code.
 */
void qr_encode(const char *text, struct buf *reply);

#endif
