/* SPDX-License-Identifier: Apache-2.0 */
/* What enrollment, revocation and recovery share. */
#include "bridge/mfa/sequence.h"

#include "bridge/account/device.h"
#include "bridge/run/json.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CARD_MS 15000
#define RESERVE_S 900
/* A request that left before a crash may still arrive for this long. */
#define IN_FLIGHT_S 5

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

int sequence_reserve_user(struct sequence *s, struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN];

	user_key(s, key);
	return registry_reserve(s->reg, "user", key, s->journal->id, RESERVE_S,
		err);
}

int sequence_reserve_token(struct sequence *s, struct error *err)
{
	return registry_reserve(s->reg, "token", s->journal->facts.token,
		s->journal->id, RESERVE_S, err);
}

void sequence_release(struct sequence *s)
{
	char key[ACCOUNT_USER_KEY_LEN];

	user_key(s, key);
	(void)registry_release(s->reg, "user", key, s->journal->id, NULL);
	if (s->journal->facts.token[0])
		(void)registry_release(s->reg, "token", s->journal->facts.token,
			s->journal->id, NULL);
}

int sequence_end(struct sequence *s, struct error *err)
{
	if (s->journal->facts.kind == JOURNAL_ENROLL)
		sequence_release(s);
	return journal_end(s->journal, err);
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

static void say_orphan(const struct sequence *s, const struct error *why)
{
	const struct journal_facts *f = &s->journal->facts;

	run_warn(s->run, "the unassigned device '%s' stays in account %s: %s",
		f->serial, f->account, why->text);
	run_say(s->run, "An administrator can remove it with:");
	run_say(s->run, "  aws iam delete-virtual-mfa-device --serial-number "
		"%s", f->serial);
}

/* Not there is what we want; a request in flight is waited out first. */
static int delete_device(struct sequence *s, enum sequence_undo *ret,
	struct error *err)
{
	struct journal *j = s->journal;
	time_t age = time(NULL) - j->since;
	struct error e;
	int r;

	if (j->point == JOURNAL_CREATE_SENT && age >= 0 && age < IN_FLIGHT_S) {
		r = run_pause(s->run, (IN_FLIGHT_S - age) * 1000, err);
		if (r < 0)
			return r;
	}
	r = iam_delete_virtual_mfa_device(s->aws->session, j->facts.serial,
		&e);
	if (r == 0 || strcmp(e.foreign, "NoSuchEntity") == 0)
		*ret = SEQUENCE_UNDONE;
	else if (strcmp(e.foreign, "DeleteConflict") == 0)
		*ret = SEQUENCE_ASSIGNED;
	else if (strcmp(e.foreign, "AccessDenied") == 0)
		*ret = SEQUENCE_ORPHAN;
	else
		return error_copy(err, &e);
	if (*ret == SEQUENCE_ORPHAN)
		say_orphan(s, &e);
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

/* Where the token is plugged in now nobody knows: its applet's id finds it. */
static void sequence_card_place(const struct journal_facts *f,
	struct card_place *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->has_serial = f->token_serial != 0;
	ret->serial = f->token_serial;
	snprintf(ret->id, sizeof(ret->id), "%s", f->oath_id);
}

int sequence_remove_account(struct sequence *s, bool *ret_gone,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct oath_target target = { .name = f->oath_account };
	struct oath_search q = { .config = false };
	bool deleted;
	int r;

	*ret_gone = true;
	if (!f->oath_id[0] || !f->oath_account[0])
		return 0;
	sequence_card_place(f, &q.token);
	target.place = q.token;
	r = oath_find(s->worker, &q, &card, s->run->cancel_fd,
		deadline_in(CARD_MS), err);
	if (r < 0 && r != -ERROR_UNSUPPORTED)
		return r;
	if (r < 0 || !card) {
		*ret_gone = false;
		return 0;
	}
	/* the application was reset since: the account went with it */
	if (!card->has_oath || strcmp(card->applet.id, f->oath_id) != 0)
		return 0;
	return oath_delete(s->worker, &target, &deleted, s->run->cancel_fd,
		deadline_in(CARD_MS), err);
}

static bool was_put(enum journal_point point)
{
	return point >= JOURNAL_PUT_SENT;
}

int sequence_undo(struct sequence *s, enum sequence_undo *ret,
	struct error *err)
{
	struct journal *j = s->journal;
	enum sequence_undo device = SEQUENCE_UNDONE;
	bool could_be_enabled = j->point >= JOURNAL_ENABLE_SENT &&
		j->point != JOURNAL_UNDO, gone = true;
	int r = 0;

	if (j->point >= JOURNAL_CREATE_SENT)
		r = delete_device(s, &device, err);
	if (r < 0)
		return r;
	*ret = device;
	if (device == SEQUENCE_ASSIGNED ||
		(device == SEQUENCE_ORPHAN && could_be_enabled))
		return 0;
	if (was_put(j->point)) {
		/* from here on never forward: the seed is about to go */
		if (j->point != JOURNAL_UNDO)
			r = journal_point(j, JOURNAL_UNDO, err);
		if (r == 0)
			r = sequence_remove_account(s, &gone, err);
	}
	if (r < 0)
		return r;
	if (!gone) {
		*ret = SEQUENCE_OWED;
		return 0;
	}
	if (device == SEQUENCE_ORPHAN) { /* only AWS's part is still owed */
		if (!j->facts.oath_account[0])
			return 0; /* and the journal says so already */
		j->facts.oath_account[0] = '\0';
		return journal_point(j, JOURNAL_UNDO, err);
	}
	return sequence_end(s, err);
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
	if (r == 0)
		r = registry_name_put(s->reg, "oath-account", f->oath_account,
			account, err);
	return r;
}

int sequence_bind(struct sequence *s, struct registry_head *ret_head,
	struct error *err)
{
	const struct journal_facts *f = &s->journal->facts;
	char device[ID_LEN], account[ID_LEN];
	struct record record = {
		.reg = s->reg,
		.journal = s->journal->id,
		.actor = s->actor,
	};
	json_t *body;
	int r;

	r = put_names(s, f, device, account, err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"binding", f->binding,
		"kind", registry_binding_kind_names[REGISTRY_AWS],
		"user", f->user_id,
		"token", f->token,
		"account", f->account,
		"device", device,
		"method", registry_method_names[REGISTRY_TOTP],
		"oath_account", account,
		"basis", f->basis[0] ? f->basis : REGISTRY_BASIS_SEED);
	if (body && f->evidence[0])
		json_member(&body, "evidence", json_string(f->evidence));
	r = record_event(&record, EVENT_BINDING_ADDED, RECORD_BINDING, body,
		err);
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
