/* SPDX-License-Identifier: Apache-2.0 */
/* What a member account's root has to sign in with, by root's own lists. */
#ifndef BRIDGE_MEMBER_HOLDINGS_H
#define BRIDGE_MEMBER_HOLDINGS_H

#include "aws/api/iam-root.h"
#include "bridge/member/enter.h"

#define HOLDINGS_MAX 48 /* AWS allows 2 keys, 2 certificates, 8 devices */

/* In the order in which they are taken away: MFA last, so that nothing is ever
 * left without it. */
enum holding_kind {
	HOLDING_KEY,
	HOLDING_CERTIFICATE,
	HOLDING_PASSWORD,
	HOLDING_DEVICE,
	HOLDING_KINDS,
};
/* "access-key", "certificate", "password", "device" */
extern const char *const holding_names[HOLDING_KINDS];

struct holding {
	enum holding_kind kind;
	char id[IAM_SERIAL_MAX + 1]; /* "" of the password */
	bool used_known;             /* of a key: AWS told when it was used */
	time_t used;                 /* 0: never, as far as AWS knows */
};

struct holdings {
	struct holding p[HOLDINGS_MAX];
	size_t n;
};

/* Those of one kind, added to what stands in *ret; of keys not when they were
 * used. */
int holdings_look(struct member *m, enum holding_kind kind,
	struct holdings *ret, struct error *err);
/* All, in order. When a key was used is asked, too; not being told is no
 * error. */
int holdings_look_all(struct member *m, struct holdings *ret,
	struct error *err);

size_t holdings_count(const struct holdings *h, enum holding_kind kind);
bool holdings_have(const struct holdings *h, enum holding_kind kind,
	const char *id);

/* Takes one away; what is gone already is success. */
int holdings_take(struct member *m, const struct holding *h,
	struct error *err);

#endif
