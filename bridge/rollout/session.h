/* SPDX-License-Identifier: Apache-2.0 */
/* A rollout under way. For this room only. */
#ifndef BRIDGE_ROLLOUT_SESSION_H
#define BRIDGE_ROLLOUT_SESSION_H

#include "bridge/enroll/enroll.h"
#include "bridge/rollout/rollout.h"
#include "bridge/rollout/ports/scout.h"

enum key_outcome {
	KEY_DONE,
	KEY_REFUSED, /* it is good, and not for this row */
	KEY_FAILED,  /* it is not good, or something went wrong with it */
	KEY_SKIPPED, /* a person passed the row over */
	KEY_UNDONE,
	KEY_BUSY,    /* another process serves that user */
	KEY_OUTCOMES,
};

/* One key of the day, however often it was plugged in. */
struct drawn {
	char name[PLUG_KEY_LEN + 8]; /* its serial number, row or plugging in */
	enum key_outcome outcome;    /* the last one */
};

/* One that is plugged in, good, and was not for the row that was served. */
struct aside {
	char key[PLUG_KEY_LEN];
	size_t row; /* for which it was looked at last */
};

#define ASIDE_MAX 64 /* more than a workstation has ports */

/* What is known about a right before it is tried. */
enum right {
	RIGHT_UNKNOWN,
	RIGHT_ALLOWED,
	RIGHT_DENIED,
};

struct session {
	const struct run *run;
	const struct rollout_request *q;
	struct plan *plan;
	struct rollout_state state; /* owned */
	struct scout scout;         /* owned */
	struct drawn *drawn;        /* owned */
	size_t drawn_n;
	struct aside aside[ASIDE_MAX];
	size_t aside_n;
	size_t counts[KEY_OUTCOMES];
	bool *passed;               /* owned, of each row: not in this run */
	size_t before;              /* rows that were done when it began */
	size_t last;                /* the row done last; plan->n: none */
	char last_key[PLUG_KEY_LEN + 8];
	enum right may_enroll, may_undo;
	bool changed;
	deadline_t begun;           /* of this session */
	struct registry_head head;
	bool has_head;
	bool closed;                /* nobody reads results */
};

/* What is told of one key, or of a row without one. */
struct key_line {
	enum key_outcome outcome;
	size_t row;
	const char *port;     /* NULL: no key */
	bool has_serial;
	uint32_t serial;
	const char *token;    /* row of the registry; NULL */
	const char *device;
	const char *verdict;
	const char *text;     /* why; NULL */
};

extern const char *const key_outcome_names[KEY_OUTCOMES];

/* ---- check.c ---- */

/* Everything that can be known before the first key; problems are added to the
 * plan and said. Written down where the state is open for that. */
int session_check(struct session *x, struct error *err);
/* Writes it down of a state that was begun behind the check. */
int session_note_checked(struct session *x, struct error *err);

/*
 * Before each key and each user that AWS is asked about: keys of which less than
 * five minutes is left are renewed, and then the caller and the guard are looked
 * at again.
 */
int session_renew(struct session *x, struct error *err);

/* Whether the registry knows a device of that row's user in the row's token,
 * whoever enrolled it: then it is noted in x->state, and not written. */
int session_find_done(struct session *x, size_t i, bool *ret,
	struct error *err);

/* ---- typed.c ---- */

/* Whether nothing is plugged in for it: a token with a display, an app. */
bool row_is_typed(const struct plan_row *row);
/* Whether such a row can be served: what is wrong is added to the plan. */
bool session_check_typed(struct session *x, struct plan_row *row);

/* ---- settle.c ---- */

/* Rows whose enrollment or undoing was broken off: how did it end? */
int session_settle(struct session *x, struct error *err);
/* The same for one row, whose sequence has ended or is owed just now. */
int session_settle_row(struct session *x, size_t i, struct error *err);
/* Takes back what was done last. */
int session_undo(struct session *x, struct error *err);

/* ---- key.c ---- */

/* Serves one row with a key (NULL: of row_is_typed): a line is told, the state is
 * written. *ret_done: the row needs no further key. Errors end the session. */
int session_serve(struct session *x, size_t i, struct arrival *a,
	bool *ret_done, struct error *err);

/* ---- aside.c ---- */

/* Whether it was there already, and so was told of. */
bool session_put_aside(struct session *x, const char *key, size_t row);
void session_take_from_aside(struct session *x, const char *key);
/* They come once more, for that row. */
int session_offer_aside(struct session *x, size_t row, struct error *err);

/* ---- line.c ---- */

int session_tell(struct session *x, const struct key_line *line,
	struct error *err);
int session_summarise(struct session *x, struct error *err);
/* What a dry run found. */
int session_tell_plan(struct session *x, struct error *err);
/* That key's last outcome. */
int session_draw(struct session *x, const char *name, enum key_outcome o,
	struct error *err);

/* ---- result.c ---- */

/* Renews the result's file, where there is one. */
int session_write_result(const struct session *x, struct error *err);
/* Refuses what would overwrite the plan. */
int session_check_result(const struct session *x, struct error *err);
/* Prints the row's label, where that is wanted. */
int session_print_label(const struct session *x, size_t i, struct error *err);

/* ---- voice.c ---- */

/* Says everything with a few words in front: which key, for whom. */
struct voice {
	const struct run *inner; /* borrowed */
	char words[200];
};
struct run voice_run(struct voice *v);

#endif
