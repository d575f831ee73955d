/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Smart-card readers by PC/SC. Only in tokenbridge-worker: no call here has a
 * deadline. pcsc-none.c takes its place in a build without libpcsclite.
 *
 * A card that is wanted stays open from one act to the next, shared and
 * powered; a transaction lasts for one act, so that nobody is kept waiting
 * while a person thinks.
 */
#ifndef TOKEN_WORKER_PCSC_H
#define TOKEN_WORKER_PCSC_H

#include "token/card/join.h"

#define PCSC_READER_LEN 128

/* pcscd's clients' side; its context and the readers that are open. */
struct pcsc;

int pcsc_new(struct pcsc **ret, struct error *err);
/* Leaves every card as it is. */
void pcsc_free(struct pcsc **p);

struct pcsc_reader {
	const char *name;
	struct card_place place; /* its USB device, where it tells it */
};

/* What a visit answers, beside a negative error that ends the walk. */
enum pcsc_visited {
	PCSC_PASS, /* not wanted: its reader is closed; the next one */
	PCSC_KEEP, /* wanted: stays open; the next one */
	PCSC_DONE, /* stays open, and the walk is over */
};

/* Called for each reader that has a card, inside a transaction. */
typedef int (*pcsc_visit)(void *context, const struct pcsc_reader *reader,
	const struct card *card, struct error *err);

/*
 * Visits every reader with a card. Readers held exclusively are counted in
 * *ret_held. ERROR_UNSUPPORTED where PC/SC is absent or pcscd does not run.
 */
int pcsc_each(struct pcsc *p, pcsc_visit visit, void *context,
	unsigned *ret_held, struct error *err);

#endif
