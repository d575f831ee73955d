/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in, each with the process that talks to it. */
#ifndef BRIDGE_LOGIN_AUTH_PLUGGED_H
#define BRIDGE_LOGIN_AUTH_PLUGGED_H

#include "bridge/login/agent/agent.h"
#include "bridge/login/agent/wire.h"

#define PLUGGED_MAX 32
#define PLUGGED_NAME_LEN 64

enum plugged_state {
	PLUGGED_STARTED, /* its process runs, and was asked nothing yet */
	PLUGGED_LOOKING, /* asked which credential it has */
	PLUGGED_HELD,    /* by another process, which is waited for */
	PLUGGED_FIT,     /* it has one, and can do what is wanted */
	PLUGGED_PROVING, /* it blinks, or says that it wants its PIN */
	PLUGGED_DROPPED, /* `result` says why */
};

struct plugged {
	int socket; /* owned; to its process; -1 once it was dropped */
	int fd;     /* owned; the node; -1: another process keeps it open */
	char path[NODE_PATH_LEN];
	char product[PLUGGED_NAME_LEN]; /* as USB says; clean */
	enum plugged_state state;
	struct buf look_data, prove_data; /* owned; what it is to sign */
	struct agent_facts facts;
	bool is_signed; /* it has signed without a touch: U2F does not */
	deadline_t prompt_at; /* while PROVING: when touch.h owes a prompt */
	const struct login_credential *credential; /* borrowed; from FIT on */
	unsigned index;  /* of it */
	bool wants_pin;
	enum login_result result;
	char why[200];
};

struct plugged_list {
	struct plugged p[PLUGGED_MAX];
	size_t n;
	struct node *nodes; /* owned; all that there was at the start */
	size_t nodes_n;
};

void plugged_done(struct plugged_list *list);

/*
 * Opens what is plugged in and starts a process for each, which `started` hears
 * of before the next one is looked for: it may ask it something, and must not
 * drop it. None is no error; what cannot be opened is none. setting->close_fds
 * gets, behind what stands there, the descriptors of those that were started.
 */
typedef void plugged_started_fn(struct plugged *t, void *arg);
int plugged_start(struct plugged_list *ret, struct agent_setting *setting,
	plugged_started_fn *started, void *arg, struct error *err);

/* Adds one whose process runs already. NULL where there are too many. */
struct plugged *plugged_add(struct plugged_list *list, int socket, int fd,
	const char *path, const char *product);

/* It takes part no more; its process tells it to stop. */
void plugged_drop(struct plugged *t, enum login_result result,
	const char *why);

#endif
