/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that asks one of many accounts: this program once more, with the
 * same arguments behind ASKED_COMMAND and a socket as standard input. What it is
 * to ask and the keys for it come over that socket, findings go back. It ends
 * with the one who started it, and with the socket.
 */
#ifndef BRIDGE_AUDIT_ACCOUNTS_ASKED_H
#define BRIDGE_AUDIT_ACCOUNTS_ASKED_H

#include "aws/config/arn.h"
#include "aws/query/session.h"
#include "bridge/audit/gather/gather.h"
#include "bridge/audit/run.h"

#define ASKED_COMMAND "__account"

struct asked {
	int fd;                       /* the socket; borrowed */
	char account[ARN_ACCOUNT_LEN + 1]; /* that is to be asked */
	struct aws_session *session;  /* owned */
	struct audit_renewal renewal; /* by the socket */
	struct audit_printer printer; /* into the socket */
	bool lost;                    /* nobody listens any more */
};

/* First of all: from now on it dies with who started it. */
void asked_die_with_parent(void);

/* Is told what to ask. *ret must not move any more. */
int asked_open(struct asked *ret, int fd, struct error *err);
void asked_done(struct asked *x);
/* Root is asked, too, in a session that who started this gets. */
void asked_as_root(struct asked *x);

/* The last line; `failure` NULL: it came to its end. */
int asked_end(struct asked *x, const struct audit *a,
	const struct error *failure, struct error *err);

#endif
