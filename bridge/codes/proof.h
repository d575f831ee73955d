/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user's device whose codes an attached token makes, and AWS as the judge of
 * them: STS takes one where the caller is that user, IAM takes two in a row.
 */
#ifndef BRIDGE_CODES_PROOF_H
#define BRIDGE_CODES_PROOF_H

#include "bridge/account/account.h"
#include "bridge/codes/source.h"

struct code_proof {
	const struct run *run; /* borrowed */
	struct account *aws;   /* borrowed: guarded already */
	struct iam_user user;
	struct iam_device device;
	unsigned devices;      /* that fit */
	struct code_source source;
	uint64_t step;         /* of `second` */
	char first[TOTP_DIGITS_MAX + 1], second[TOTP_DIGITS_MAX + 1];
};

/* reg_ knows labels; NULL: none does */
#define CODE_PROOF(r, a, reg_) \
	{ .run = (r), .aws = (a), .source = CODE_SOURCE(r, reg_) }
/* Wipes the codes. */
void code_proof_done(struct code_proof *x);

/*
 * `device` is a serial number or the name at its end; NULL: the only virtual one
 * that the user has. ERROR_FAILED where there is no such user or device,
 * ERROR_USAGE where several fit.
 */
int code_proof_find_device(struct code_proof *x, const char *user,
	const char *device, struct error *err);

/* Whether the caller is that user, by access keys of his own: nobody else can
 * have STS take a code. */
bool code_proof_is_callers(const struct code_proof *x);

/* The code of the present step by AWS's clock into x->second: one touch. Errors
 * are those of code_source_read(). */
int code_proof_read(struct code_proof *x, struct error *err);

/*
 * Whether STS takes x->second, which is spent then: asked up to four times in
 * 30 s, as it hears of a device some seconds later than IAM. ret_why is its last
 * word where it does not. ERROR_INTERRUPTED.
 */
int code_proof_ask_sts(struct code_proof *x, bool *ret_taken,
	struct error *ret_why, struct error *err);

/*
 * ResyncMFADevice with the codes of the last two steps that have begun, a touch
 * for each; of steps that AWS may have taken at the device's enabling none is
 * sent: their time is waited out. Where AWS refuses the pair, or its answer is
 * lost, a later one is read once. ERROR_REMOTE, and those of code_source_read().
 */
int code_proof_send_pair(struct code_proof *x, struct error *err);

#endif
