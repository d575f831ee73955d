/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a run over many accounts, for this room only. */
#ifndef BRIDGE_AUDIT_ACCOUNTS_FLEET_H
#define BRIDGE_AUDIT_ACCOUNTS_FLEET_H

#include "aws/many/governor.h"
#include "base/process.h"
#include "bridge/accounts/entrance.h"
#include "bridge/audit/accounts/keep.h"
#include "bridge/audit/accounts/many.h"
#include "bridge/audit/accounts/record.h"

#define FLEET_ROOTS_ARE_OFF                                                    \
	"root credentials management (centralised root access) is not on in "  \
	"the organization"
/* A call on the way into an account, while all others wait: then it is asked for
 * again behind them. */
#define FLEET_ENTER_MS 10000
#define FLEET_CHILDREN (MANY_AT_ONCE + MANY_AHEAD)

enum child_at {
	CHILD_NONE,
	CHILD_BEGINS,  /* asks for the report */
	CHILD_WAITS,   /* for its turn */
	CHILD_ASKS,
};

/* A process that asks an account. */
struct child {
	enum child_at at;
	size_t item;           /* of the list */
	struct process process;
	int to;                /* owned: what it found out; -1 */
	bool spoiled;          /* it could not be written */
	bool wants_keys;       /* anew, which it has not got yet */
	bool wants_root;       /* keys as root, the same */
	uint64_t findings;
	bool has_unknown;
};

/* Beside a->accounts[i]. */
struct told {
	char key[RECORD_KEY_LEN]; /* of its results */
	bool over;     /* all is known that will be */
	unsigned waits; /* to be entered again: the lowest goes first; 0: not */
	unsigned lost;  /* calls on the way in that got no answer */
	bool finished; /* its result is whole, and kept under its name */
	bool has_rows; /* there is a result to be shown */
	unsigned reports, connections;
	uint64_t bad_rows, bindings;
};

struct fleet {
	struct audit *a;
	const struct audit_many *q;
	struct entrance entrance;
	struct accounts_list list;
	struct keep keep;
	struct told *told;      /* owned: one an item */
	struct child child[FLEET_CHILDREN];
	size_t begun;           /* items before it were begun */
	size_t shown;           /* ... and shown */
	unsigned limited;       /* reports that AWS would not make, in a row */
	deadline_t pause;       /* none is begun before */
	struct governor entering; /* how fast roles are assumed */
	unsigned lost;          /* of these calls without answer, in a row */
	deadline_t lost_pause;  /* none is begun before */
	char management[ARN_ACCOUNT_LEN + 1]; /* nobody becomes its root */
	bool roots_are_off;     /* the organization has not switched them on */
	unsigned roots;         /* that were assumed */
	unsigned waiting;       /* accounts that are to be entered again ... */
	unsigned waited;        /* ... and how often that was so */
	deadline_t tell;        /* when a person hears of it again */
	bool stops;             /* a person wants to stop */
};

/* ---- entering.c ---- */

void fleet_entering_init(struct fleet *f);
/* Milliseconds until the next account may be entered; 0: now. */
int64_t fleet_entering_wait(struct fleet *f);
/* As entrance_enter. *ret_again: STS throttles, or gave no answer within
 * FLEET_ENTER_MS, and gives keys to others or did so lately. Once it has given
 * none for long it is not asked any more. */
int fleet_enter(struct fleet *f, size_t item, struct entered *ret,
	bool *ret_again, struct error *err);
/* AssumeRoot, the same; *ret stays empty where there shall be none. */
int fleet_become_root(struct fleet *f, size_t item, struct aws_credentials *ret,
	bool *ret_again, struct error *err);
/* Which account nobody is made root of, and whether the organization lets
 * anybody be. ERROR_USAGE where there is no organization; else errors as of
 * every call. */
int fleet_find_management(struct fleet *f, struct error *err);
/* It is to be entered again, behind all that are. */
void fleet_wait(struct fleet *f, size_t item);
/* False where none is. */
bool fleet_take_waiting(struct fleet *f, size_t *ret);

/* ---- child.c ---- */

/* Enters the account, starts its process and tells it what to ask. Negative
 * where the whole run has to end; an account that cannot be entered is said to
 * be so, or waits. */
int child_start(struct fleet *f, struct child *c, size_t item,
	struct error *err);
/* Takes what it sent. As above. */
int child_hear(struct fleet *f, struct child *c, struct error *err);
/* Gives it the keys that it wants, where STS does. As above. */
int child_renew(struct fleet *f, struct child *c, struct error *err);
/* The same for keys as root, or says why it gets none. */
int child_make_root(struct fleet *f, struct child *c, struct error *err);
/* It may ask the rest now. */
void child_go(struct fleet *f, struct child *c);
/* Takes its socket's one half away: it ends in good order, and says so. */
void child_stop(struct child *c);
/* It is over, whatever it had told. */
void child_end(struct fleet *f, struct child *c, const char *why);

/* ---- show.c ---- */

/* What the account's result tells beside findings. Takes the strings of *end. */
void fleet_take_end(struct fleet *f, size_t item, struct record_end *end);
/* Gives the findings of an account that is over to the run, and adds it up. */
int fleet_show(struct fleet *f, size_t item, struct error *err);
/* Whether an earlier run's result serves; it is over then. */
bool fleet_find_kept(struct fleet *f, size_t item);

/* An account that was not read, or not wholly: why. */
void fleet_fail(struct fleet *f, size_t item, enum audit_account_state state,
	const char *why);

#endif
