/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What refusals mean. The first row that fits gives the advice; a row fits by
 * code, and where given by action, by words of the message and by a clock that
 * is off.
 */
#include "aws/query/refusal.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SIZE 440
#define REASON_MAX 200     /* of it, what AWS says why */
#define RESOURCE_MAX 256   /* a longer ARN is not named */
#define SKEW_TOLERATED 240 /* seconds; AWS refuses from 5 to 15 minutes on */

struct row {
	const char *code;
	const char *action; /* NULL: any */
	const char *words;  /* in the message; NULL: any */
	bool skewed;        /* only where the clock is off */
	void (*advise)(const struct refusal *r,
		const struct refusal_context *c, char *ret, size_t size);
	const char *advice; /* where there is no function */
};

static void advise_skew(const struct refusal *r, const struct refusal_context *c,
	char *ret, size_t size)
{
	char age[32];

	(void)r;
	text_format_age((time_t)llabs(c->skew), age, sizeof(age));
	snprintf(ret, size, "this machine's clock is %s %s AWS's: set it, for "
		"example by 'timedatectl set-ntp true', and run it again", age,
		c->skew > 0 ? "ahead of" : "behind");
}

/* " on 'ARN'", out of "... on resource: ARN because ..."; or nothing. */
static void write_resource(const struct refusal *r, char *ret, size_t size)
{
	static const char words[] = "on resource: ";
	const char *at = strstr(r->message, words);
	size_t n;

	ret[0] = '\0';
	if (!at)
		return;
	at += strlen(words);
	n = strcspn(at, " ");
	if (n > 0 && n < RESOURCE_MAX)
		snprintf(ret, size, " on '%.*s'", (int)n, at);
}

static void advise_permission(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	char resource[RESOURCE_MAX + 8];

	write_resource(r, resource, sizeof(resource));
	snprintf(ret, size, "the caller needs a policy that allows '%s:%s'%s, "
		"and none that denies it", c->service, c->action, resource);
}

/* Whoever has the words of the row has to allow it, not the caller's policy. */
static void advise_organization(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	char resource[RESOURCE_MAX + 8];

	write_resource(r, resource, sizeof(resource));
	snprintf(ret, size, "policies of the organization decide, over all of "
		"this account's: they have to allow '%s:%s'%s", c->service,
		c->action, resource);
}

/* One of several policies that all have to allow it. */
static void advise_one_more(const char *whose, const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	char resource[RESOURCE_MAX + 8];

	write_resource(r, resource, sizeof(resource));
	snprintf(ret, size, "%s has to allow '%s:%s'%s too", whose, c->service,
		c->action, resource);
}

static void advise_boundary(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	advise_one_more("the caller's permissions boundary", r, c, ret, size);
}

static void advise_endpoint(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	advise_one_more("the policy of this network's endpoint for AWS", r, c,
		ret, size);
}

static void advise_denial(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	char resource[RESOURCE_MAX + 8];

	write_resource(r, resource, sizeof(resource));
	snprintf(ret, size, "a policy denies '%s:%s'%s, which no other one "
		"makes good; its condition may be a session made with MFA",
		c->service, c->action, resource);
}

static void advise_unknown_key(const struct refusal *r, const struct refusal_context *c,
	char *ret, size_t size)
{
	(void)r;
	snprintf(ret, size, "the access key (%.60s) was deleted, is inactive%s "
		"or is not of partition '%s', where region '%s' is", c->origin,
		c->session ? ", is of a session without MFA, which IAM "
			"refuses," : "",
		c->partition, c->region);
}

static void advise_region(const struct refusal *r, const struct refusal_context *c,
	char *ret, size_t size)
{
	(void)r;
	snprintf(ret, size, "the request was signed for region '%s': name the "
		"endpoint's own with --region", c->region);
}

static void advise_expired(const struct refusal *r, const struct refusal_context *c,
	char *ret, size_t size)
{
	(void)r;
	snprintf(ret, size, "the credentials (%.90s) have expired: get new "
		"ones and run it again", c->origin);
}

#define CODE "MultiFactorAuthentication failed"
#define SELF "authenticated with an MFA device"
#define SCOPE "scoped to a valid region"
#define ORGANIZATION "service control policy"
#define RESOURCES "resource control policy"
#define BOUNDARY "permissions boundary"
#define ENDPOINT "VPC endpoint policy"
#define DENIAL "explicit deny in"

#define LATE "Signature expired"
#define EARLY "Signature not yet current"

/* The clock was set meanwhile, or a proxy has a Date of its own: the sentence
 * tells, and the secret was right. */
#define SIGNED_THEN "AWS's clock says that the request was signed at another " \
	"time: set this machine's, for example by 'timedatectl set-ntp true', " \
	"find out what holds requests up, and run it again"
#define WRONG_SECRET "the secret access key is not the one of this access " \
	"key id: copy both again"

static const struct row rows[] = {
	{ "ExpiredToken", .advise = advise_expired },
	{ "ExpiredTokenException", .advise = advise_expired },
	{ "InvalidClientTokenId", .advise = advise_unknown_key },
	{ "UnrecognizedClientException", .advise = advise_unknown_key },
	{ "SignatureDoesNotMatch", .skewed = true, .advise = advise_skew },
	{ "RequestTimeTooSkewed", .skewed = true, .advise = advise_skew },
	{ "RequestExpired", .skewed = true, .advise = advise_skew },
	{ "InvalidSignatureException", .skewed = true, .advise = advise_skew },
	{ "RequestTimeTooSkewed", .advice = SIGNED_THEN },
	{ "RequestExpired", .advice = SIGNED_THEN },
	{ "SignatureDoesNotMatch", .words = LATE, .advice = SIGNED_THEN },
	{ "SignatureDoesNotMatch", .words = EARLY, .advice = SIGNED_THEN },
	{ "SignatureDoesNotMatch", .words = SCOPE, .advise = advise_region },
	{ "SignatureDoesNotMatch", .advice = WRONG_SECRET },
	{ "InvalidSignatureException", .words = LATE, .advice = SIGNED_THEN },
	{ "InvalidSignatureException", .words = EARLY, .advice = SIGNED_THEN },
	{ "InvalidSignatureException", .words = SCOPE,
		.advise = advise_region },
	{ "InvalidSignatureException", .advice = WRONG_SECRET },
	{ "AccessDenied", .words = SELF, .advice = "an IAM user that has an "
		"MFA device changes its own devices only in a session made "
		"with MFA: use 'aws sts get-session-token --serial-number "
		"DEVICE --token-code CODE', the console, or an administrator" },
	{ "AccessDenied", .words = CODE, .advice = "the code was not taken: "
		"it may have been used already, the device may be another "
		"one than mfa_serial says, or a clock is off" },
	{ "AccessDenied", .words = ORGANIZATION,
		.advise = advise_organization },
	{ "AccessDenied", .words = RESOURCES, .advise = advise_organization },
	{ "AccessDenied", .words = BOUNDARY, .advise = advise_boundary },
	{ "AccessDenied", .words = ENDPOINT, .advise = advise_endpoint },
	{ "AccessDenied", .words = DENIAL, .advise = advise_denial },
	{ "AccessDenied", "AssumeRoleWithWebIdentity", .advice = "the role's "
		"trust policy has to name the provider, audience and subject "
		"of the token" },
	{ "AccessDenied", "AssumeRole", .advice = "the role's trust policy "
		"has to name the caller, whose own policy has to allow "
		"'sts:AssumeRole'; where it wants an external id or MFA, the "
		"profile needs external_id or mfa_serial" },
	{ "AccessDenied", .advise = advise_permission },
	{ "LimitExceeded", "EnableMFADevice", .advice = "the user has as many "
		"devices as are allowed (8, in GovCloud 1): deactivate one "
		"first" },
	{ "LimitExceeded", "CreateVirtualMFADevice", .advice = "the account "
		"has as many virtual devices as its quota allows: delete "
		"unassigned ones" },
	{ "LimitExceeded", "GenerateCredentialReport", .advice = "AWS makes "
		"no more reports at the moment: try again later" },
	{ "InvalidAuthenticationCode", .advice = "the codes must be two "
		"consecutive ones of this device, the older one first, and "
		"not used before" },
	{ "EntityTemporarilyUnmodifiable", .advice = "AWS is still at work on "
		"it: wait some minutes and run it again" },
	{ "NoSuchEntity", "EnableMFADevice", .advice = "not all of AWS knows "
		"the device or the user yet: wait some minutes and run it "
		"again" },
	{ "DeleteConflict", "DeleteVirtualMFADevice", .advice = "deactivate "
		"the device first" },
	{ "RegionDisabledException", .advice = "name another region with "
		"--region, or enable this one for the account" },
	{ "OptInRequired", .advice = "name another region with --region, or "
		"enable this one for the account" },
	{ "Throttling", .advice = "AWS wants fewer requests: try again later" },
	{ "ConcurrentModification", .advice = "somebody else changed it at "
		"the same time: wait some minutes and run it again" },
};

static bool clock_is_off(const struct refusal_context *c)
{
	return c->skew_known && llabs(c->skew) > SKEW_TOLERATED;
}

/* What each service calls a refusal by policies; the words are the same. */
static const char *plain_code(const char *code)
{
	static const char *const names[] = { "AccessDeniedException",
		"UnauthorizedOperation" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], code) == 0)
			return "AccessDenied";
	return code;
}

static bool advice_fits(const struct row *row, const struct refusal *r,
	const struct refusal_context *c)
{
	if (strcmp(row->code, plain_code(r->code)) != 0)
		return false;
	if (row->action && strcmp(row->action, c->action) != 0)
		return false;
	if (row->words && !strstr(r->message, row->words))
		return false;
	return !row->skewed || clock_is_off(c);
}

/* ": what to do", or nothing. */
static void write_advice(const struct refusal *r,
	const struct refusal_context *c, char *ret, size_t size)
{
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (advice_fits(&rows[i], r, c))
			break;
	if (i == ARRAY_LEN(rows))
		return;
	snprintf(ret, size, ": ");
	if (rows[i].advise)
		rows[i].advise(r, c, ret + 2, size - 2);
	else
		snprintf(ret + 2, size - 2, "%s", rows[i].advice);
}

/* Where AWS begins to say why; the end of the message where it does not. */
static const char *reason_of(const char *message)
{
	static const char *const words[] = { " because ", " with an explicit ",
		" due to " };
	const char *at;
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		at = strstr(message, words[i]);
		if (at)
			return at;
	}
	return message + strlen(message);
}

/*
 * The message as part of a sentence: without the full stop and blank that AWS
 * ends some with, and short enough to leave room for the advice. What is cut
 * out stands before the reason, or before the last words where no reason is
 * given: a link to the console may be behind it.
 */
static void write_message(const struct refusal *r, char ret[MESSAGE_SIZE])
{
	const char *message = r->message, *reason = reason_of(message);
	size_t n = strlen(message), tail, head = MESSAGE_SIZE - 1;

	if (n > head) {
		if (!*reason)
			reason = message + n - REASON_MAX;
		tail = strnlen(reason, REASON_MAX);
		head -= tail + 4;
		if (head > (size_t)(reason - message))
			head = (size_t)(reason - message);
		snprintf(ret, MESSAGE_SIZE, "%.*s ...%.*s", (int)head, message,
			(int)tail, reason);
		utf8_sanitise(ret);
	} else {
		snprintf(ret, MESSAGE_SIZE, "%s", message);
	}
	for (n = strlen(ret); n > 0 && strchr(". ", ret[n - 1]); n--)
		ret[n - 1] = '\0';
}

int refusal_error(const struct refusal *r, const struct refusal_context *c,
	struct error *err)
{
	char advice[400], message[MESSAGE_SIZE];
	const char *open, *close;
	struct error e;

	write_message(r, message);
	write_advice(r, c, advice, sizeof(advice));
	open = message[0] ? " (" : "";
	close = message[0] ? ")" : "";
	if (c->status >= 500)
		error_set(&e, ERROR_UNREACHABLE, "AWS failed at '%s:%s' "
			"(HTTP %d): %s%s%s%s", c->service, c->action,
			c->status, message, open, r->code, close);
	else
		error_set(&e, ERROR_REMOTE, "AWS refused '%s:%s': %s%s%s%s%s",
			c->service, c->action, message, open, r->code, close,
			advice);
	e.status = c->status;
	snprintf(e.foreign, sizeof(e.foreign), "%s", r->code);
	snprintf(e.request_id, sizeof(e.request_id), "%s", r->request_id);
	return error_copy(err, &e);
}
