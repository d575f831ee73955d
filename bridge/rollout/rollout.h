/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rollout: a plan's users get their keys one after the other. How far it is
 * stands on disk before and behind each step, so that the same command goes on
 * where it was, whatever ended it.
 */
#ifndef BRIDGE_ROLLOUT_ROLLOUT_H
#define BRIDGE_ROLLOUT_ROLLOUT_H

#include "bridge/account/account.h"
#include "bridge/plan/plan.h"
#include "bridge/rollout/state.h"
#include "bridge/verify/trust.h"

/* Everything is borrowed; NULL: none. */
struct rollout_request {
	struct plan *plan;
	const char *plan_path;
	struct account *aws;         /* guarded already */
	const struct sign_in *sign_in; /* how its keys are renewed */
	struct registry *reg;        /* writable, unless only_look */
	struct event_actor actor;
	const struct trust *trust;
	const char *force;           /* the reason; what is refused stays so */
	const char *result_path;     /* a CSV that is renewed after each key */
	const char *labels_path;     /* gets the text of each label */
	const char *return_address;  /* on labels; lines divided by '|' */
	const char *pin_folder;      /* keys get initial PINs, a file each there */
	bool stick;                  /* wait until the label is stuck on */
	int typed_fd;                /* lines that a person types; -1: nobody */
	bool only_look;              /* stop before the first key */
};

/*
 * Checks all of the plan before the first key (ERROR_REFUSED, ERROR_MALFORMED:
 * what is wrong was said), then goes on until each row is done, skipped or
 * failed, or somebody ends it. Each key and then a summary are told as results
 * of the run. *ret_left: rows that are not done, and PINs that are owed.
 */
int rollout_run(const struct run *run, const struct rollout_request *q,
	size_t *ret_left, struct error *err);

/* Says what is wrong with the rows; ERROR_MALFORMED where anything is. */
int rollout_say_problems(const struct run *run, const struct plan *p,
	const char *path, struct error *err);

/* Ticking off what was enrolled, before it leaves the house. */
struct rollout_packing {
	struct plan *plan;
	const char *plan_path;
	struct registry *reg; /* that may only be read */
	int typed_fd;
};

/*
 * Says of each key that is plugged in whose it is, and ticks it off, until all
 * of the plan's keys are or somebody ends it. *ret_left: those that are not.
 */
int rollout_pack(const struct run *run, const struct rollout_packing *q,
	size_t *ret_left, struct error *err);

/*
 * Writes the plan as n new ones beside it, PATH-1.csv and so on, of whole users
 * each; none where one of them is there already (ERROR_CONFLICT), or its
 * rollout has begun (ERROR_REFUSED).
 */
int rollout_split(const struct run *run, const struct plan *plan,
	const char *path, const char *registry_path, size_t n,
	struct error *err);

#endif
