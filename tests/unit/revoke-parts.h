/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking away with a real registry and real journals, and an AWS that answers
 * by the test's word: each row of the receipt is a line.
 */
#ifndef TESTS_REVOKE_PARTS_H
#define TESTS_REVOKE_PARTS_H

#include "tests/unit/asked.h"
#include "tests/unit/test_registry.h"
#include "tests/unit/heard.h"

#include "aws/config/partition.h"
#include "bridge/account/device.h"
#include "bridge/account/sight.h"
#include "bridge/mfa/revocation.h"
#include "bridge/revoke/work.h"

#define ACCOUNT "123456789012"
#define ELSEWHERE "210987654321"
#define DEVICE(name) "arn:aws:iam::" ACCOUNT ":mfa/" name
#define PASSKEY(name) "arn:aws:iam::" ACCOUNT ":u2f/user/alice/" name
#define AWS_NOW 1769904000

static struct place place;
static struct registry *reg;
static struct account aws;
static struct aws_endpoint iam;
static struct revoke_receipt receipt;
static struct revoke_work w;
static time_t aws_clock; /* as AWS tells it; -1: it does not */
static const char *in_partition;
static int64_t longest_pause; /* ms */

static const char *part(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s ? s : "-";
}

/* "revoked device SERIAL alice ACCOUNT: TEXT; COMMAND", and forgotten. */
static UNUSED void rows_are(const char *want)
{
	char text[8192] = "";
	size_t i, n = 0;
	json_t *row;

	json_array_foreach(receipt.rows, i, row)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"%s %s %s %s %s: %s; %s\n", part(row, "outcome"),
			part(row, "what"), part(row, "subject"),
			part(row, "user"), strcmp(part(row, "account"),
			ACCOUNT) == 0 ? "here" : part(row, "account"),
			part(row, "text"), part(row, "command"));
	assert_string_equal(text, want);
	json_array_clear(receipt.rows);
}

WRAP(const struct partition *, aws_session_partition,
	const struct aws_session *s)
{
	(void)s;
	return partition_by_name(in_partition);
}

WRAP(time_t, aws_now, const struct aws_session *s)
{
	(void)s;
	return aws_clock;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_in_range(ms, 0, longest_pause);
	return ms ? ask('.', e) : 0;
}

/* As ListMFADevices does. */
static UNUSED int tell_devices(const char *const *serials, size_t n,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .kind = DEVICE_VIRTUAL, .enabled = AWS_NOW };
	size_t i;
	int r = ask('l', e);

	for (i = 0; r == 0 && i < n; i++) {
		strcpy(d.serial, serials[i]);
		r = fn(data, &d, e);
	}
	return r;
}

static UNUSED int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	said[0] = asked[0] = '\0';
	aws_clock = AWS_NOW;
	in_partition = "aws";
	longest_pause = 14000;
	memset(&failing, 0, sizeof(failing));
	memset(&aws, 0, sizeof(aws));
	aws.iam = &iam;
	strcpy(aws.caller.account, ACCOUNT);
	strcpy(aws.caller.user_id, "IDadmin");
	revoke_receipt_init(&receipt);
	w = (struct revoke_work){ .run = &run, .aws = &aws, .reg = reg,
		.receipt = &receipt };
	OK(registry_actor(reg, NULL, NULL, &w.actor, &err));
	return 0;
}

static UNUSED int finish(void **state)
{
	(void)state;
	revoke_receipt_done(&receipt);
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

/* An AWS device is bound to that user's id; token NULL: to none. */
static UNUSED void bind_device(const char *token, const char *account,
	const char *user_id, const char *user, const char *device,
	char ret[ID_LEN])
{
	char key[ACCOUNT_USER_KEY_LEN], name[ID_LEN];

	new_id(ret);
	account_user_key(account, user_id, key);
	if (user)
		OK(registry_name_set(reg, "aws-user", key, user, &err));
	OK(registry_name_put(reg, "aws-device", device, name, &err));
	add(reg, EVENT_BINDING_ADDED, json_pack("{s:s,s:s*,s:s,s:s,s:s,s:s}",
		"binding", ret, "token", token, "kind", "aws", "account",
		account, "user", user_id, "device", name));
}

static UNUSED void unbind(const char *binding)
{
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding",
		binding));
}

#endif
