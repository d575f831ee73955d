/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which physical keys are plugged in, and which of them are new, other than
 * they were, or gone: from one enumeration of nodes to the next. Pure.
 */
#ifndef BRIDGE_WATCH_PLUGS_H
#define BRIDGE_WATCH_PLUGS_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/node.h"

#include <jansson.h>

#define PLUG_KEY_LEN 80

/*
 * One physical thing from plug to unplug: the nodes with one USB parent, or a
 * node that has none. Mice and keyboards are here too, until they are asked.
 */
struct plug {
	/*
	 * "1-4.2:17", the port and the number that the kernel gives anew at
	 * each plug; "0003:1050:0407.0005" without a USB parent. The same for
	 * every program on this machine.
	 */
	char key[PLUG_KEY_LEN];
	struct node *nodes; /* owned, as last enumerated */
	size_t n;
	bool gone;          /* unplugged */
	bool fresh;         /* its FIDO nodes are not those of last time */
	/* what the caller notes */
	json_t *said;       /* owned: what was last said of it, NULL: nothing */
	deadline_t patience; /* until then a problem may pass by itself */
	deadline_t again;    /* when it is asked once more */
	int64_t pause;       /* until it is asked after that */
	bool given;          /* usable, to who serves it */
};

struct plugs {
	struct plug *list; /* owned, in the order of plugging in */
	size_t n;
};

void plugs_done(struct plugs *p);

/*
 * Brings the list up to date. Those that are not among the nodes any more, or
 * were told to plugs_unplugged, become gone; new ones stand at the end, fresh.
 * Nodes that come and go beside the FIDO nodes (libykpers takes the keyboard's
 * away for a moment) change nothing. On failure the list is as it was.
 */
int plugs_update(struct plugs *p, const struct node *nodes, size_t n,
	struct error *err);

/*
 * That USB device went away, so a key at the same place is another one, or
 * plugged in anew. usb_dev 0: any number.
 */
void plugs_unplugged(struct plugs *p, const char *usb_path, unsigned usb_dev);

/* The one of that name, gone or not; NULL: none. */
struct plug *plugs_find(const struct plugs *p, const char *key);

/* Takes those that are gone off the list. */
void plugs_forget_gone(struct plugs *p);

#endif
