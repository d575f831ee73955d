/* SPDX-License-Identifier: Apache-2.0 */
/* A step of setup: a row of the table in setup.c. */
#ifndef BRIDGE_SETUP_STEP_H
#define BRIDGE_SETUP_STEP_H

#include "bridge/setup/setup.h"

/* What the steps share. */
struct setup {
	const struct run *run;         /* borrowed */
	const struct setup_request *q; /* borrowed */
	struct setup_result *result;   /* borrowed */
	struct account aws;            /* open where aws.session is not NULL */
	char member[SETUP_NAME_LEN];   /* who joins the group; "": nobody */
	bool group_exists;
	char question[SETUP_PATH_LEN + 128]; /* of the step that is looked at */
};

struct setup_step {
	const char *name;
	unsigned bit; /* that leaves it out */
	/*
	 * Adds rows, or sets *ret_todo and s->question. Negative for what ends
	 * it all.
	 */
	int (*look)(struct setup *s, bool *ret_todo, struct error *err);
	/* Does it and adds its row; an error becomes one. NULL: looked at only. */
	int (*act)(struct setup *s, struct error *err);
	const char *command; /* that does it by itself */
};

/* remedy and command may be NULL. */
void setup_row(struct setup *s, enum setup_state state, const char *step,
	const char *remedy, const char *command, const char *fmt, ...)
	PRINTF(6, 7);

/* steps-machine.c */
int setup_look_tokens(struct setup *s, bool *ret_todo, struct error *err);
int setup_look_group(struct setup *s, bool *ret_todo, struct error *err);
int setup_act_group(struct setup *s, struct error *err);

/* steps-store.c */
int setup_look_registry(struct setup *s, bool *ret_todo, struct error *err);
int setup_act_registry(struct setup *s, struct error *err);
int setup_look_metadata(struct setup *s, bool *ret_todo, struct error *err);
int setup_act_metadata(struct setup *s, struct error *err);

/* steps-aws.c */
int setup_look_aws(struct setup *s, bool *ret_todo, struct error *err);
int setup_look_clock(struct setup *s, bool *ret_todo, struct error *err);
int setup_look_rights(struct setup *s, bool *ret_todo, struct error *err);

/* ask.c: role and registry, where they are wanted and were not named. */
int setup_ask(struct setup *s, struct error *err);

/*
 * execute.c: runs a program of the system as it is, with nothing of our
 * environment, and waits for its end. ERROR_FAILED where it is not there or
 * ends otherwise than well: its own words went to standard error.
 */
int setup_execute(const char *const *words, struct error *err);

#endif
