/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found out about one account, as lines of JSON: a head, findings, an
 * end. A process that asks an account sends them, and the folder of --state
 * keeps them. Input like any other to who reads it: bounded, checked, nothing
 * unknown and nothing left over. Pure.
 */
#ifndef BRIDGE_AUDIT_ACCOUNTS_RECORD_H
#define BRIDGE_AUDIT_ACCOUNTS_RECORD_H

#include "base/buf.h"
#include "bridge/audit/run.h"

#define RECORD_VERSION 1
#define RECORD_LINE_MAX 65536 /* bytes, without the newline */
#define RECORD_KEY_LEN 65     /* hexadecimal, with NUL */

enum record_kind {
	RECORD_HEAD,
	RECORD_FINDING,
	RECORD_BEGUN, /* between processes: the report is asked for */
	RECORD_RENEW, /* ...: keys are wanted, these end */
	RECORD_ROOT,  /* ...: keys as root are wanted */
	RECORD_END,
};

struct record_head {
	char key[RECORD_KEY_LEN]; /* of what else the result rests on */
	char account[16];
	time_t asked;             /* this machine's clock */
};

/* What stands behind the findings; strings are owned. */
struct record_end {
	struct audit_account_source account; /* READ, PARTLY or NOT_READ */
	unsigned connections;
	uint64_t bad_rows;            /* of the report */
	unsigned reports;
	bool has_registry;
	uint64_t bindings, elsewhere;
	char *no_registry;            /* it could not be read; NULL */
};

/* A line that was read. `finding` borrows from `json`. */
struct record {
	enum record_kind kind;
	json_t *json; /* owned */
	struct record_head head;
	struct audit_finding finding;
	bool limited; /* BEGUN: AWS makes no more reports for now */
	struct record_end end;
};
void record_done(struct record *r);
void record_end_done(struct record_end *end);

/* Appends a line with its newline. */
void record_put_head(struct buf *b, const struct record_head *head);
void record_put_finding(struct buf *b, const struct audit_finding *f);
void record_put_begun(struct buf *b, bool limited);
void record_put_renew(struct buf *b);
void record_put_root(struct buf *b);
/* Of a run of one account, that of a->only_account; `failure` NULL: it came to
 * its end. */
void record_put_end(struct buf *b, const struct audit *a,
	const struct error *failure);

/*
 * Reads a line, with or without its newline. ERROR_MALFORMED. *ret is to be
 * ended by record_done, also after a failure.
 */
int record_parse(const char *p, size_t n, struct record *ret,
	struct error *err);

#endif
