/* SPDX-License-Identifier: Apache-2.0 */
/* What enrollment, revocation and recovery share. */
#include "bridge/mfa/sequence.h"

#include "base/shell.h"
#include "bridge/account/device.h"
#include "bridge/mfa/bare.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RESERVE_S 900

static void user_key(const struct sequence *s, char ret[ACCOUNT_USER_KEY_LEN])
{
	account_user_key(s->journal->facts.account, s->journal->facts.user_id,
		ret);
}

void sequence_intent(struct journal_facts *ret, enum journal_kind kind,
	const struct account *aws, const struct iam_user *user)
{
	ret->kind = kind;
	snprintf(ret->account, sizeof(ret->account), "%s", aws->caller.account);
	snprintf(ret->partition, sizeof(ret->partition), "%s",
		aws_session_partition(aws->session)->name);
	snprintf(ret->endpoint, sizeof(ret->endpoint), "%s",
		account_endpoint(aws));
	snprintf(ret->user, sizeof(ret->user), "%s", user->name);
	snprintf(ret->user_id, sizeof(ret->user_id), "%s", user->id);
}

void sequence_keep_request(struct journal_facts *f, const struct account *aws)
{
	snprintf(f->request, sizeof(f->request), "%s",
		aws_session_request_id(aws->session));
}

int sequence_reserve_user(struct sequence *s, struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN], called[ACCOUNT_USER_CALLED_LEN];

	user_key(s, key);
	account_user_called(s->journal->facts.account, s->journal->facts.user,
		called);
	return registry_reserve(s->reg, "user", key, called, s->journal->id,
		RESERVE_S, err);
}

int sequence_reserve_token(struct sequence *s, struct error *err)
{
	const char *token = s->journal->facts.token;
	CLEANUP(free_p) char *label = NULL;
	char called[TEXT_MAX + 16];

	if (registry_name_get(s->reg, "label", token, &label, NULL) < 0)
		label = NULL;
	snprintf(called, sizeof(called), "token '%s'", label ? label : token);
	return registry_reserve(s->reg, "token", token, called,
		s->journal->id, RESERVE_S, err);
}

int sequence_release(struct sequence *s, struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN];
	int r;

	user_key(s, key);
	r = registry_release(s->reg, "user", key, s->journal->id, err);
	if (r == 0 && s->journal->facts.token[0])
		r = registry_release(s->reg, "token", s->journal->facts.token,
			s->journal->id, err);
	return r;
}

int sequence_end(struct sequence *s, struct error *err)
{
	int r = 0;

	if (s->journal->facts.kind == JOURNAL_ENROLL)
		r = sequence_release(s, err);
	return r < 0 ? r : journal_end(s->journal, err);
}

/* ---- who has the device ---- */

int sequence_look(struct sequence *s, struct sight *ret, struct error *err)
{
	struct journal_facts *f = &s->journal->facts;
	const struct sight_of of = { f->user, f->user_id, f->serial };
	int r = account_look(s->aws, &of, ret, err);

	if (r < 0 || (ret->at != SIGHT_HIS && ret->at != SIGHT_UNLISTED) ||
		strcmp(ret->user, f->user) == 0)
		return r;
	run_say(s->run, "IAM user '%s' is '%s' by now.", f->user, ret->user);
	snprintf(f->user, sizeof(f->user), "%s", ret->user);
	return 0;
}

static void describe_again(const struct journal *j, const struct sight *sight,
	struct error *ret)
{
	char enabled[TEXT_TIME_LEN], begun[TEXT_TIME_LEN];

	text_format_time(sight->enabled, enabled);
	text_format_time(j->begun, begun);
	error_set(ret, ERROR_CONFLICT,
		"device '%s' of '%s' was enabled again at %s, since its "
		"revocation began at %s: nothing was done to it",
		j->facts.serial, j->facts.user, enabled, begun);
}

static void describe_stuck(const struct journal *j, enum decide_next next,
	const struct sight *sight, struct error *ret)
{
	const struct journal_facts *f = &j->facts;

	if (next == NEXT_AGAIN)
		describe_again(j, sight, ret);
	else if (next == NEXT_MOVED)
		error_set(ret, ERROR_CONFLICT,
			"device '%s' of '%s' is enabled for '%s' by now: "
			"nothing was done to it", f->serial, f->user,
			sight->user);
	else if (next == NEXT_FOREIGN)
		error_set(ret, ERROR_CONFLICT,
			"device '%s' of an unfinished enrollment of '%s' is in "
			"use: somebody else enabled it", f->serial, f->user);
	else if (sight->why.code)
		*ret = sight->why;
	else
		error_set(ret, ERROR_FAILED, "AWS does not tell who has '%s'",
			f->serial);
}

/* A name that begins with a dash is no option. */
static void revoke_line(const char *user, const struct journal_facts *f,
	char ret[JOURNAL_CAUSE_LEN])
{
	const char *const plain[] = { "tokenbridge", "revoke", user, f->serial,
		"--account", f->account, NULL };
	const char *const dashed[] = { "tokenbridge", "revoke", "--account",
		f->account, "--", user, f->serial, NULL };
	CLEANUP(free_p) char *line = shell_line(user[0] == '-' ? dashed :
		plain);

	snprintf(ret, JOURNAL_CAUSE_LEN, "%s", line ? line : "");
}

int sequence_stuck(struct sequence *s, enum decide_next next,
	const struct sight *sight, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	char remedy[JOURNAL_CAUSE_LEN] = "";
	struct error why;
	int r;

	describe_stuck(s->journal, next, sight, &why);
	if (next != NEXT_UNKNOWN && sight->user[0] && !sight->of_root)
		revoke_line(sight->user, f, remedy);
	/* one that was not begun is owed nothing */
	r = s->journal->fd < 0 ? 0 :
		journal_stuck(s->journal, &why, remedy, err);
	return r < 0 ? r : error_copy(err, &why);
}

int sequence_settle_enabled(struct sequence *s, bool *ret_assigned,
	struct error *err)
{
	static const int64_t pauses[] = { 0, 6000, 14000 };
	const struct journal_facts *f = &s->journal->facts;
	bool assigned = false;
	size_t i;
	int r = 0;

	for (i = 0; !assigned && i < ARRAY_LEN(pauses); i++) {
		if (i > 0)
			run_say(s->run, "AWS does not show the device yet: asking "
				"again in %lld s.",
				(long long)pauses[i] / 1000);
		r = run_pause(s->run, pauses[i], err);
		if (r == 0)
			r = account_device_is_assigned(s->aws, f->user,
				f->serial, &assigned, err);
		if (r < 0)
			return r;
	}
	*ret_assigned = assigned;
	return 0;
}

const char *sequence_token(const struct journal_facts *f,
	char ret[SEQUENCE_TOKEN_LEN])
{
	if (f->token_serial)
		snprintf(ret, SEQUENCE_TOKEN_LEN, "token %u", f->token_serial);
	else
		snprintf(ret, SEQUENCE_TOKEN_LEN,
			"the token with the OATH application %s", f->oath_id);
	return ret;
}

int sequence_is_given_up(struct sequence *s, bool *ret, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	int r = 0;

	if (s->journal->facts.token[0])
		r = registry_tokens_by_id(s->reg, s->journal->facts.token,
			&list, err);
	if (r == 0)
		*ret = list.n == 1 && (list.p[0].state == REGISTRY_LOST ||
			list.p[0].state == REGISTRY_RETIRED);
	registry_tokens_done(&list);
	return r;
}

static int put_names(struct sequence *s, const struct journal_facts *f,
	char device[ID_LEN], char account[ID_LEN],
	struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN];
	int r;

	user_key(s, key);
	r = registry_name_set(s->reg, "aws-user", key, f->user, err);
	if (r == 0)
		r = registry_name_put(s->reg, "aws-device", f->serial, device,
			err);
	if (r == 0 && f->oath_account[0])
		r = registry_name_put(s->reg, "oath-account", f->oath_account,
			account, err);
	return r;
}

/* Whether the row says so already: an older version wrote it at the identity,
 * and a run that was killed behind the event comes here again. */
static int has_holder(struct sequence *s, bool *ret, struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_by_id(s->reg, f->token, &list, err);

	if (r < 0)
		return r;
	*ret = !f->holder[0] || (list.n == 1 && list.p[0].holder_name &&
		strcmp(list.p[0].holder_name, f->holder) == 0);
	registry_tokens_done(&list);
	return 0;
}

/*
 * A token that no computer can ask gets its row with its first binding, when
 * AWS has said that there is such a serial number; its id was written down
 * before, so that a repeat makes no second one.
 */
static int add_row(struct sequence *s, struct record *record,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_by_id(s->reg, f->token, &list, err);
	bool known = list.n > 0;

	registry_tokens_done(&list);
	if (r < 0 || known)
		return r;
	return record_event(record, EVENT_TOKEN_ADDED, RECORD_TOKEN,
		json_pack("{s:s,s:s,s:[{s:s,s:s,s:s}]}",
			"token", f->token,
			"state", registry_state_names[REGISTRY_STOCK],
			"identifiers",
			"kind", REGISTRY_ID_TOTP_SERIAL,
			"value", f->serial,
			"basis", registry_basis_names[REGISTRY_SELF_REPORTED]),
		err);
}

/* With its first binding a token becomes somebody's, and not before: what was
 * undone leaves it as it was. */
static int bind_holder(struct sequence *s, struct record *record,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	bool has = true;
	int kind = f->holder_kind[0] ?
		registry_word(registry_holder_kind_names, f->holder_kind) :
		REGISTRY_PERSON;
	int r = has_holder(s, &has, err);

	if (r < 0 || has)
		return r;
	memcpy(record->token, f->token, sizeof(record->token));
	record->holder = (struct record_holder){ f->holder,
		kind < 0 ? REGISTRY_PERSON : (enum registry_holder_kind)kind };
	return record_assigned(record, err);
}

static void add_request(const struct journal_facts *f, json_t **body)
{
	if (*body && f->request[0])
		json_member(body, "aws_request", json_string(f->request));
}

/* A journal that names no method is of a version that knew this one only. */
static enum registry_method method_of(const struct journal_facts *f)
{
	int method = f->method[0] ?
		registry_word(registry_method_names, f->method) :
		REGISTRY_TOTP;

	return method < 0 ? REGISTRY_METHOD_NONE :
		(enum registry_method)method;
}

/* The token, and whose it is; a phone app is none. */
static int bind_token(struct sequence *s, struct record *record,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	int r = 0;

	if (!f->token[0])
		return 0;
	if (method_of(f) == REGISTRY_HARDWARE_TOTP)
		r = add_row(s, record, err);
	return r < 0 ? r : bind_holder(s, record, err);
}

static json_t *binding_body(const struct journal *j, const char *device,
	const char *account, const char *reason)
{
	const struct journal_facts *f = &j->facts;
	char begun[TEXT_TIME_LEN];
	json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"binding", f->binding,
		"kind", registry_binding_kind_names[REGISTRY_AWS],
		"user", f->user_id,
		"account", f->account,
		"device", device,
		"method", registry_method_names[method_of(f)],
		"basis", f->basis[0] ? f->basis : REGISTRY_BASIS_SEED);

	if (f->token[0])
		json_member(&body, "token", json_string(f->token));
	if (account[0])
		json_member(&body, "oath_account", json_string(account));
	if (f->evidence[0])
		json_member(&body, "evidence", json_string(f->evidence));
	if (reason[0])
		json_member(&body, "reason", json_string(reason));
	/* what is told of it later has to be of this time */
	if (strcmp(f->basis, REGISTRY_BASIS_NAME) == 0) {
		text_format_time(j->begun, begun);
		json_member(&body, "begun", json_string(begun));
	}
	add_request(f, &body);
	return body;
}

int sequence_bind(struct sequence *s, struct registry_head *ret_head,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	char device[ID_LEN] = "", account[ID_LEN] = "", reason[ID_LEN] = "";
	struct record record = {
		.reg = s->reg,
		.journal = s->journal->id,
		.actor = s->actor,
	};
	int r;

	r = bind_token(s, &record, err);
	if (r == 0)
		r = put_names(s, f, device, account, err);
	if (r == 0 && f->reason[0])
		r = registry_name_put(s->reg, "reason", f->reason, reason,
			err);
	if (r == 0)
		r = record_event(&record, EVENT_BINDING_ADDED, RECORD_BINDING,
			binding_body(s->journal, device, account, reason),
			err);
	if (r == 0 && method_of(f) == REGISTRY_FIDO)
		r = bare_supersede(&record, f->serial, f->binding, err);
	if (r == 0 && ret_head)
		*ret_head = record.head;
	return r;
}

int sequence_unbind(struct sequence *s, struct registry_head *ret_head,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	char reason[ID_LEN];
	struct record record = {
		.reg = s->reg,
		.journal = s->journal->id,
		.actor = s->actor,
	};
	json_t *body;
	int r = 0;

	if (!f->binding[0])
		return registry_head(s->reg, ret_head, err);
	body = json_pack("{s:s}", "binding", f->binding);
	add_request(f, &body);
	if (body && f->reason[0]) {
		r = registry_name_put(s->reg, "reason", f->reason, reason,
			err);
		if (r == 0)
			json_member(&body, "reason",
				json_string(reason));
	}
	if (r < 0) {
		json_decref(body);
		return r;
	}
	r = record_event(&record, EVENT_BINDING_REMOVED, RECORD_BINDING_REMOVED,
		body, err);
	if (r == 0)
		*ret_head = record.head;
	return r;
}
