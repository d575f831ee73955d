/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that come and go in any port, and each given out once: to this process,
 * as long as it is plugged in, and to no other one that has a rollout of the
 * same registry under way.
 */
#ifndef BRIDGE_ROLLOUT_PORTS_PORTS_H
#define BRIDGE_ROLLOUT_PORTS_PORTS_H

#include "bridge/attached/attached.h"
#include "bridge/watch/plugs.h"

struct monitor;

#define PORT_LEN 80

/* A port that is ours while its key is in it. */
struct port_claim {
	char key[PLUG_KEY_LEN];
	int fd;
};

struct ports {
	const struct run *run; /* borrowed */
	char *dir;             /* owned: where claims are locked */
	struct plugs plugs;
	struct monitor *monitor; /* owned */
	struct port_claim *claims; /* owned */
	size_t claims_n;
	deadline_t look;       /* when to enumerate again */
};

/* A key; what is owned is freed by arrival_done. */
struct arrival {
	struct attached attached; /* one token, chosen */
	char port[PORT_LEN];      /* "1-4.2" */
	char key[PLUG_KEY_LEN];   /* this plugging in of it */
	deadline_t since;         /* when it was seen */
	struct attached_card card;     /* where it was looked for already */
};

void arrival_done(struct arrival *a);

/* Listens from now on; keys that are there already come first. */
int ports_open(struct ports *ret, const struct run *run, const char *dir,
	struct error *err);
void ports_done(struct ports *p);

enum ports_news {
	PORTS_KEY = 1, /* *ret is a key, usable or not */
	PORTS_TYPED,   /* typed_fd is readable */
};

/*
 * Waits for the next key that was not given out since it was plugged in, or for
 * typed_fd (-1: none; a terminal, or what else tells), whichever is there first;
 * typed lines go before keys. With `keys` false keys wait. ERROR_INTERRUPTED.
 */
int ports_wait(struct ports *p, int typed_fd, bool keys, struct arrival *ret,
	struct error *err);

/* That key is given out once more, if it is plugged in still. */
void ports_offer_again(struct ports *p, const char *key);

/* Whether that key is plugged in still, as far as was heard. */
bool ports_has(const struct ports *p, const char *key);
/* "1-4.2" of "1-4.2:17": the number is another one at each plug. */
void ports_name(const char *key, char ret[PORT_LEN]);
/* The descriptor, or -1 where it is a terminal at which we are in the
 * background: what is typed there is somebody else's. */
int ports_in_front(int typed_fd);

#endif
