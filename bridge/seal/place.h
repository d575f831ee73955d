/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where tokenbridge-seal writes: a new file (0600) in a folder that is open,
 * first beside its name, then under it. For this room only.
 */
#ifndef BRIDGE_SEAL_PLACE_H
#define BRIDGE_SEAL_PLACE_H

#include "bridge/seal/wire.h"

struct seal_place {
	int folder;          /* -1: not open */
	const char *path;    /* borrowed: for errors */
	const char *name;    /* borrowed: in that */
	const char *replaces; /* borrowed */
	char part[512];      /* the name while it is made */
	bool is_made;        /* that one is there, and ours */
};

#define SEAL_PLACE_INIT { .folder = -1 }

/*
 * Opens the folder, removes what a killed run left beside the name, and looks
 * at what has it: ERROR_CONFLICT, unless that is the file that q replaces,
 * which is removed. q is borrowed.
 */
int seal_place_open(struct seal_place *ret, const struct seal_request *q,
	struct error *err);

/* Writes, syncs; ret_file is its sign. */
int seal_place_write(struct seal_place *p, const struct buf *b,
	char ret_file[SEAL_FILE_LEN], struct error *err);

/* Gives it the name, and syncs the folder. */
int seal_place_keep(struct seal_place *p, struct error *err);

/* What has no name yet is removed. */
void seal_place_done(struct seal_place *p);

#endif
