/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudTrail, version 2013-11-01: management events of the last 90 days of one
 * region, which is the session's (aws_session_derive gives another).
 */
#ifndef AWS_API_CLOUDTRAIL_H
#define AWS_API_CLOUDTRAIL_H

#include "aws/config/arn.h"
#include "aws/query/session.h"

/* What is read of an event. "" where it does not say. */
struct cloudtrail_event {
	char id[64];
	char name[64];       /* "EnableMFADevice" */
	time_t time;         /* of eventTime */
	char actor_type[32]; /* userIdentity.type: "Root", "IAMUser" */
	char account[ARN_ACCOUNT_LEN + 1]; /* recipientAccountId, else the
	                                      actor's */
	char key_id[ACCESS_KEY_ID_MAX];    /* that signed it */
	char error_code[64];
	char user_name[160]; /* requestParameters.userName */
	char serial[257];    /* requestParameters.serialNumber */
	char login[16];      /* responseElements.ConsoleLogin: "Success" */
	char mfa_used[8];    /* additionalEventData: "Yes", "No" */
	char mfa_identifier[257];
	/* All of it, as AWS tells it; borrowed for the length of a callback,
	   NULL from cloudtrail_event_read(). */
	const char *raw;
	size_t raw_n;
};

/* Root's ConsoleLogin is told in one of these (CloudTrail's guide, sign-in
 * events), in partition aws. */
#define CLOUDTRAIL_SIGN_IN_REGIONS 3
extern const char *const cloudtrail_sign_in_regions[CLOUDTRAIL_SIGN_IN_REGIONS];

typedef int (*cloudtrail_event_fn)(void *data,
	const struct cloudtrail_event *event, struct error *err);

/*
 * LookupEvents by name, since then, newest first as AWS gives them. A callback's
 * result that is not 0 ends it, and is returned. An event whose own text cannot
 * be read is passed over. AWS allows two calls a second and region.
 */
int cloudtrail_lookup(struct aws_session *s, const char *event_name,
	time_t since, cloudtrail_event_fn fn, void *data, struct error *err);

/*
 * What LookupEvents has as `CloudTrailEvent`, a JSON text. Returns 0 or -1,
 * where *ret is untouched. Pure.
 */
int cloudtrail_event_read(const char *p, size_t n,
	struct cloudtrail_event *ret);

#endif
