/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first day, led: what this machine, its registry, its trust store and AWS
 * still lack before somebody can do a role's work. All is looked at before
 * anything is asked, and all is asked before anything is done; what is done
 * already is left as it is, so that the same command goes on after a failure.
 */
#ifndef BRIDGE_SETUP_SETUP_H
#define BRIDGE_SETUP_SETUP_H

#include "bridge/account/account.h"
#include "bridge/doctor/doctor.h"
#include "bridge/verify/metadata.h"

/* What may be left out, as bits by their place in setup_step_words. */
#define SETUP_STEPS 5
extern const char *const setup_step_words[SETUP_STEPS];
enum setup_step_bit {
	SETUP_TOKENS = 1,
	SETUP_GROUP = 2,
	SETUP_REGISTRY = 4,
	SETUP_METADATA = 8,
	SETUP_AWS = 16, /* with the clock and the role's rights */
};

/* "group,aws" as bits; NULL: none. ERROR_USAGE. */
int setup_parse_steps(const char *list, unsigned *ret, struct error *err);

/* Everything is borrowed. */
struct setup_request {
	struct doctor_tokens_request tokens;
	unsigned without;      /* setup_step_bit */
	const char *role;      /* of role.h; NULL: to be asked */
	const char *registry;  /* NULL: to be asked */
	bool registry_is_systems; /* only root makes it */
	bool rehearsal;        /* the mark of a new registry */
	const char *user;      /* who is to be in the group; NULL: who called */
	struct account_request aws;
	struct metadata_request metadata;
	bool yes;              /* nothing is asked: all of it is wanted */
	bool asks;             /* somebody can be asked */
	bool only_look;
};

enum setup_state {
	SETUP_ALREADY, /* it was so before */
	SETUP_DONE,    /* this run did it */
	SETUP_WOULD,   /* this run would, if it did more than look */
	SETUP_NOTE,    /* worth knowing; it stands in nobody's way */
	SETUP_LEFT,    /* it has to be done, and was not */
	SETUP_SKIPPED, /* it was not wanted */
	SETUP_STATES,
};

/* "already", "done" ... */
const char *setup_state_name(enum setup_state state);

#define SETUP_COMMAND_LEN 512
struct setup_row {
	enum setup_state state;
	const char *step;  /* a constant */
	char text[ERROR_TEXT_MAX];
	char remedy[512];  /* "" where there is nothing to do */
	char command[SETUP_COMMAND_LEN]; /* that does it, or shows how; "" */
};

#define SETUP_NAME_LEN 32
#define SETUP_PATH_LEN 1024
struct setup_result {
	struct setup_row *rows; /* owned */
	size_t n;
	bool failed;            /* no memory for one of them */
	char role[SETUP_NAME_LEN]; /* that was named or asked; "": none */
	char registry[SETUP_PATH_LEN]; /* likewise */
	char account[ARN_ACCOUNT_LEN + 1]; /* "" where AWS was not reached */
	char caller[ARN_MAX + 1];
};

void setup_result_done(struct setup_result *r);
size_t setup_count(const struct setup_result *r, enum setup_state state);

/*
 * Goes through all steps. A step that fails is a row that says why, and the
 * others go on. Negative only for what ends it all: ERROR_USAGE (an answer is
 * missing and nobody can be asked: then nothing was done), ERROR_INTERRUPTED.
 */
int setup(const struct run *run, const struct setup_request *q,
	struct setup_result *ret, struct error *err);

/*
 * The one command to go on with: of the first row that is left or would be done
 * the command that ends it, or `again`; without such a row what the role begins
 * with. `options` stand behind that (" --registry PATH", or "").
 */
void setup_next(const struct setup_result *r, const char *again,
	const char *registry_option, const char *profile_option,
	char ret[SETUP_COMMAND_LEN]);

/* Whether that is about a key that has to be plugged in. */
bool setup_wants_key(const struct setup_result *r);

#endif
