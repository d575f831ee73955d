/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that lie on an NFC adapter or in a smart-card reader, as far as the
 * libfido2 at hand was built for them (Debian's: NFC only). libfido2 waits for
 * these itself: a deadline ends the wait for an answer, the cancel descriptor
 * does not, and another program's PC/SC transaction is waited out.
 */
#ifndef TOKEN_FIDO_IO_READER_H
#define TOKEN_FIDO_IO_READER_H

#include "base/error.h"
#include "base/node.h"

#include <stddef.h>

/* Whether it is libfido2's name on such a transport ("nfc:", "pcsc:"). */
bool reader_is_path(const char *path);
enum node_transport reader_transport(const char *path);

/*
 * The tokens that lie there now, as nodes; free() *ret. It switches the
 * adapters' field on and selects the FIDO application, which takes up to
 * some seconds. No reader at all is an empty list.
 */
int reader_enumerate(struct node **ret, size_t *ret_n, struct error *err);

/* ERROR_NO_TOKEN: it is not there, or was taken away. */
int reader_lost(const char *path, const char *what, struct error *err);

#endif
