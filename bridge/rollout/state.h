/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a rollout is: one file beside the journals, ID.rollout, a line of
 * JSON for each thing that changes, synced before anybody acts on it. Its lock
 * dies with the process. No secrets. docs/FORMATS.md has the members.
 *
 * A state is found again by its plan's path, or by what its rows say: a plan
 * may be moved, and rows may be appended to it; nothing else may change.
 */
#ifndef BRIDGE_ROLLOUT_STATE_H
#define BRIDGE_ROLLOUT_STATE_H

#include "base/id.h"
#include "bridge/plan/plan.h"

#include <time.h>

enum row_state {
	ROW_OPEN,
	ROW_BEGUN,   /* an enrollment, whose end is not known yet */
	ROW_DONE,
	ROW_SKIPPED, /* by a person; the next run asks again */
	ROW_FAILED,  /* the same */
	ROW_UNDOING, /* done, and a revocation of that was begun */
	ROW_STATES,
};

const char *row_state_name(enum row_state s);

/* "" and 0 where there is none. */
struct row_record {
	enum row_state state;
	char journal[ID_LEN]; /* of the enrollment */
	char device[257];     /* at AWS */
	char token[ID_LEN];   /* the row of the registry */
	uint32_t serial;      /* of the token */
	time_t when;          /* of the state */
	bool packed;          /* the key is with its holder's other things */
	bool pin_owed;        /* an initial PIN, as far as is known */
	char text[200];       /* why */
};

struct rollout_state {
	char id[ID_LEN];  /* "": there is none */
	char *path;       /* owned */
	int fd;           /* locked; -1: only looked at */
	struct row_record *rows; /* owned: one for each row of the plan */
	size_t n;
	size_t last;      /* the row that was written last when it was opened; n:
	                     none */
	time_t checked;   /* when AWS was asked about all rows; 0: never */
};

enum state_mode {
	STATE_LOOK, /* changes nothing, makes nothing, takes no lock */
	STATE_WORK,
};

/*
 * Opens the state of a plan, or begins one. ERROR_REFUSED where the plan has
 * changed other than by appended rows, or the registry is on a file system of a
 * network, on which locks are not to be relied on; ERROR_BUSY where another
 * process works on this plan; ERROR_CORRUPT where the file cannot be read.
 */
int state_open(struct rollout_state *ret, const char *registry_path,
	const char *plan_path, const struct plan *plan, enum state_mode mode,
	struct error *err);
void state_done(struct rollout_state *s);

/* Writes s->rows[i] down, and syncs. On failure what was to follow must not be
 * done. */
int state_write(struct rollout_state *s, size_t i, struct error *err);
/* The same of s->checked. */
int state_write_checked(struct rollout_state *s, struct error *err);

/* How many rows are so. */
size_t state_count(const struct rollout_state *s, enum row_state which);

/* What the lines of such a file add up to; borrowed and owned as the state. */
struct state_file {
	char id[ID_LEN];
	char *plan;       /* owned: its path */
	char digest[65];  /* of so many rows */
	struct row_record *rows; /* owned */
	size_t n;
	bool has_last;
	size_t last;      /* the row of the last line about one */
	time_t checked;
};
void state_file_done(struct state_file *f);
/* The last line may be cut off; any other damage is ERROR_CORRUPT. Pure. */
int state_parse(const char *p, size_t n, struct state_file *ret,
	struct error *err);

/* Whether a type of statfs(2) is a network's; its name in *ret. Pure. */
bool state_is_network(long type, const char **ret);

#endif
