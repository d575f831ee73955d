/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Smart-card readers by PC/SC. Only in tokenbridge-worker: no call here has a
 * deadline. pcsc-none.c takes its place in a build without libpcsclite.
 */
#ifndef TOKEN_WORKER_PCSC_H
#define TOKEN_WORKER_PCSC_H

#include "token/card/ykoath.h"

/*
 * Called for each reader that has a card, inside a transaction. Negative ends
 * the walk and is returned; a positive value ends it with success.
 */
typedef int (*pcsc_visit)(void *context, const char *reader,
	const struct card *card, struct error *err);

/*
 * Visits every reader with a card. Readers held exclusively are counted in
 * *ret_held. ERROR_UNSUPPORTED where PC/SC is absent or pcscd does not run.
 */
int pcsc_each(pcsc_visit visit, void *context, unsigned *ret_held,
	struct error *err);

#endif
