/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leading a person through the set-up of root's MFA: one key, its proof, a
 * second key, and last the virtual device that there was before. What each step
 * did is seen from AWS's side where that can be, else stated.
 */
#ifndef BRIDGE_ROOT_LEAD_H
#define BRIDGE_ROOT_LEAD_H

#include "bridge/attached/attached.h"
#include "bridge/root/judge.h"
#include "bridge/root/progress.h"
#include "bridge/root/sight.h"
#include "bridge/verify/record.h"
#include "bridge/verify/trust.h"

#define ROOT_KEYS_MAX 8

/* Everything is borrowed. */
struct root_request {
	struct account *aws;        /* NULL: AWS is not asked */
	const char *account;
	const struct partition *partition;
	const char *endpoint;       /* "" AWS's own */
	struct registry *reg;       /* writable */
	struct event_actor actor;
	const struct trust *trust;
	struct wanted wanted;       /* fido: the token */
	const char *method;         /* fido, hardware-totp, virtual */
	const char *serial;         /* hardware-totp: of the token; NULL */
	const char *label;          /* NULL: none */
	const char *place;          /* NULL: no safe is named */
	struct record_bag bag;      /* state NONE: no bag is named */
	const char *email_hint;     /* NULL: none */
	bool at_sign_in;            /* the console asks for a device itself */
	bool stated;                /* what cannot be seen is so, by the
	                               caller's word */
	int64_t wait_ms;            /* for each step */
};

/* One key as it was registered in this run. */
struct root_key {
	struct root_progress progress;
	struct registry_token row; /* owned; as it is now */
	bool recorded;
};

struct root_receipt {
	char account[ARN_ACCOUNT_LEN + 1];
	struct root_sight sight;           /* at the end */
	struct root_judgement judgement;
	struct root_key keys[ROOT_KEYS_MAX];
	size_t keys_n;
	struct root_observation removed[ROOT_DEVICES_MAX];
	size_t removed_n;
	size_t known;                      /* keys of root in force, by the
	                                      registry */
	char open[6][200];                 /* what is still to be done */
	size_t open_n;
	bool changed;
	struct registry_head head;
	time_t when;
	const char *place;                 /* borrowed of the request */
	struct record_bag bag;
};
void root_receipt_done(struct root_receipt *r);

/* ERROR_USAGE: no method for root; ERROR_REFUSED by policy. Looks at nothing but
 * q->method and q->trust; root_lead() asks it, too. */
int root_check_method(const struct root_request *q, struct error *err);

/*
 * ERROR_REFUSED by policy or because root has nothing to sign in with,
 * ERROR_VERDICT for the token, ERROR_BUSY. What was not finished is in
 * ret->open and no error; *ret is whole also after ERROR_INTERRUPTED, for what
 * was done.
 */
int root_lead(const struct run *run, const struct root_request *q,
	struct root_receipt *ret, struct error *err);

#endif
