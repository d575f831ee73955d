/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device taken away: which one is meant, the rule of the last device, what
 * each answer of AWS's leads to next, and what is owed behind a failure.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/account/instead.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/sequence.h"

static struct world {
	bool unknown;           /* AWS has no alice */
	const char *devices[4]; /* of alice */
	size_t devices_n;
	bool password, key;
	struct sight sights[4]; /* one after the other; the last stays */
	size_t looks;
	bool hands_over;        /* recovery gives the journal of a */
	bool lost;              /* the first failing deactivation's answer */
} x;

static struct mfa_revocation q;
static struct mfa_revoked done;

WRAP(int, account_stay, const struct run *r, struct account *c,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(c, &aws);
	return ask('s', e);
}

WRAP(int, recover_all, const struct run *r, const struct recovery *recovery,
	struct journal *ret_wanted, struct error *e)
{
	struct journal_list list = { .p = NULL };

	assert_ptr_equal(r, &run);
	assert_string_equal(recovery->wanted->user, "alice");
	assert_string_equal(recovery->wanted->user_id, x.unknown ? "" :
		"IDalice");
	assert_ptr_equal(recovery->wanted->device, q.device);
	assert_int_equal(recovery->only_wanted, q.by_the_way);
	if (x.hands_over) {
		OK(journal_open_all(&list, registry_path(reg), e));
		assert_int_equal(list.n, 1);
		*ret_wanted = list.p[0];
		list.p[0] = (struct journal){ .fd = -1 };
		journal_list_done(&list);
	}
	return ask('r', e);
}

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	assert_string_equal(name, "alice");
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	if (!x.unknown) {
		strcpy(ret->name, "alice");
		strcpy(ret->id, "IDalice");
	}
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	return tell_devices(x.devices, x.devices_n, fn, data, e);
}

WRAP(int, iam_get_login_profile, struct aws_session *s, const char *user,
	bool *ret_exists, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	*ret_exists = x.password;
	return ask('g', e);
}

WRAP(int, iam_list_access_keys, struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *e)
{
	struct iam_access_key key;

	(void)s;
	assert_string_equal(user, "alice");
	memset(&key, 0, sizeof(key));
	OK(fn(data, &key, e));
	key.active = true;
	if (x.key)
		OK(fn(data, &key, e));
	return ask('k', e);
}

WRAP(int, iam_deactivate_mfa_device, struct aws_session *s, const char *user,
	const char *serial, struct error *e)
{
	int r;

	(void)s;
	assert_string_equal(user, "alice");
	assert_non_null(serial);
	r = ask('D', e);
	if (r == 0 || !x.lost)
		return r;
	x.lost = false;
	return error_set(e, ERROR_UNREACHABLE, "the answer is lost");
}

WRAP(int, iam_delete_virtual_mfa_device, struct aws_session *s,
	const char *serial, struct error *e)
{
	(void)s;
	assert_non_null(serial);
	return ask('X', e);
}

WRAP(const char *, aws_session_request_id, const struct aws_session *s)
{
	(void)s;
	return "request-1";
}

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_non_null(of->serial);
	*ret = x.sights[x.looks];
	if (x.looks + 1 < ARRAY_LEN(x.sights))
		x.looks++;
	return ask('L', e);
}

WRAP(void, instead_devices, struct account *c, struct registry *r,
	const char *user, const char *wanted, char ret[INSTEAD_LEN])
{
	assert_ptr_equal(c, &aws);
	assert_ptr_equal(r, reg);
	assert_string_equal(user, "alice");
	assert_ptr_equal(wanted, q.device);
	strcpy(ret, "; there is another");
}

WRAP(void, instead_user, const struct account *c, struct registry *r,
	const char *wanted, char ret[INSTEAD_LEN])
{
	assert_ptr_equal(c, &aws);
	assert_ptr_equal(r, reg);
	assert_string_equal(wanted, "alice");
	strcpy(ret, "; did you mean 'alicia'?");
}

static int begin_device(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	q = (struct mfa_revocation){ .aws = &aws, .reg = reg,
		.actor = w.actor, .user = "alice", .device = "a" };
	x.devices[0] = DEVICE("a");
	x.devices_n = 1;
	return 0;
}

static int take(void)
{
	memset(&done, 0, sizeof(done));
	x.looks = 0;
	asked[0] = said[0] = '\0';
	return mfa_revoke(&run, &q, &done, &err);
}

/* It is done by these questions, and said so. */
static void takes(const char *questions, const char *text)
{
	OK(take());
	assert_string_equal(asked, questions);
	assert_string_equal(mfa_revoked_text(&done), text);
}

/* AWS's lists say of the device that alice has it, at each look. */
static void stays_his(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(x.sights); i++)
		x.sights[i] = (struct sight){ .at = SIGHT_HIS,
			.user = "alice", .enabled = AWS_NOW };
}

/* How many journals there are, and what the one says of itself. */
static void owed(size_t n, enum journal_point point, const char *cause)
{
	struct journal_list list = { .p = NULL };

	OK(journal_open_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, n);
	if (n) {
		assert_int_equal(list.p[0].point, point);
		assert_string_equal(list.p[0].cause, cause);
	}
	journal_list_done(&list);
}

/* Ends what is owed, so that the next one begins anew. */
static void forget_journals(void)
{
	struct journal_list list = { .p = NULL };
	size_t i;

	OK(journal_open_all(&list, registry_path(reg), &err));
	for (i = 0; i < list.n; i++)
		OK(journal_end(&list.p[i], &err));
	journal_list_done(&list);
}

/* ---- which ---- */

static void a_device_goes_with_its_binding(void **state)
{
	struct registry_bindings list = { NULL, 0 };
	char id[ID_LEN], other[ID_LEN];

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	bind_device(NULL, ELSEWHERE, "IDalice", "alice", DEVICE("a"), other);
	q.reason = "lost";
	takes("surlgkDX", "deactivated and deleted");
	assert_false(done.gone || done.orphan || done.account_left);
	assert_string_equal(done.facts.binding, id);
	assert_string_equal(done.facts.serial, DEVICE("a"));
	assert_string_equal(done.facts.reason, "lost");
	assert_string_equal(done.facts.request, "request-1");
	assert_string_equal(done.facts.enabled, "2026-02-01T00:00:00Z");
	assert_int_equal(done.facts.did, JOURNAL_DID_DEACTIVATE |
		JOURNAL_DID_DELETE);
	owed(0, JOURNAL_INTENT, "");
	OK(registry_bindings_all(reg, &list, &err));
	assert_int_equal(list.n, 2);
	assert_int_equal(!list.p[0].removed + !list.p[1].removed, 1);
	registry_bindings_done(&list);
	/* what is no virtual device is gone with its deactivation */
	x.devices[0] = PASSKEY("a");
	q.device = PASSKEY("a");
	takes("surlgkD", "deactivated");
	assert_int_equal(done.facts.did, JOURNAL_DID_DEACTIVATE);
}

/* What a run wrote down. */
static void add_of(const char *run_id, uint32_t step, enum event_type type,
	json_t *body)
{
	struct event_draft d = { .type = type, .journal = run_id,
		.step = step, .body = body };

	assert_non_null(body);
	OK(registry_actor(reg, NULL, NULL, &d.actor, &err));
	OK(registry_append(reg, &d, NULL, &err));
	json_decref(body);
}

static void see_applet(const char *run_id, const char *token, const char *id)
{
	add_of(run_id, 0, EVENT_TOKEN_IDENTIFIED,
		json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "token", token,
			"identifiers", "kind", REGISTRY_ID_OATH_DEVICE,
			"value", id, "basis", "self-reported"));
}

/* Each reset makes another application, and the row has them all. */
static void the_applet_is_the_one_of_the_binding(void **state)
{
	char token[ID_LEN], id[ID_LEN], device[ID_LEN], account[ID_LEN],
		first[ID_LEN], second[ID_LEN];
	struct journal_list list = { .p = NULL };

	(void)state;
	new_id(id);
	new_id(first);
	new_id(second);
	add_token(reg, "7", token);
	see_applet(first, token, "1111111111111111");
	OK(registry_name_put(reg, "aws-device", DEVICE("a"), device, &err));
	OK(registry_name_put(reg, "oath-account", DEVICE("a"), account, &err));
	add_of(first, 1, EVENT_BINDING_ADDED,
		json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "binding", id,
			"token", token, "kind", "aws", "account", ACCOUNT,
			"user", "IDalice", "device", device, "oath_account",
			account));
	see_applet(second, token, "2222222222222222");
	/* it is owed, so that its journal tells */
	fails_at('D', ERROR_UNREACHABLE, "");
	stays_his();
	SAYS(ERROR_UNREACHABLE, "AWS says no", take());
	OK(journal_open_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].facts.binding, id);
	assert_string_equal(list.p[0].facts.oath_account, DEVICE("a"));
	assert_int_equal(list.p[0].facts.token_serial, 7);
	assert_string_equal(list.p[0].facts.oath_id, "1111111111111111");
	journal_list_done(&list);
}

static void a_name_that_fits_several_is_refused(void **state)
{
	(void)state;
	x.devices[1] = "arn:aws:iam::" ACCOUNT ":mfa/path/a";
	x.devices_n = 2;
	SAYS(ERROR_FAILED, "'alice' has several devices 'a': give the whole "
		"serial number", take());
	q.device = DEVICE("a");
	takes("surlDX", "deactivated and deleted");
}

static void what_neither_aws_nor_the_registry_knows_is_told(void **state)
{
	(void)state;
	q.device = "z";
	SAYS(ERROR_FAILED, "'alice' has no device 'z' at AWS (of 1), and the "
		"registry knows none; there is another", take());
	x.unknown = true;
	SAYS(ERROR_FAILED, "account 123456789012 has no IAM user 'alice', and "
		"the registry knows no device 'z' of such a user; did you "
		"mean 'alicia'?", take());
	owed(0, JOURNAL_INTENT, "");
	assert_string_equal(asked, "sur");
}

static void what_was_revoked_before_is_revoked(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("z"), id);
	bind_device(NULL, ELSEWHERE, "IDalice", "alice",
		"arn:aws:iam::" ELSEWHERE ":mfa/z", id);
	q.device = "z";
	/* in force here, gone at AWS: the binding goes */
	x.sights[0].at = SIGHT_ABSENT;
	takes("surlL", "was gone already");
	assert_true(done.gone && done.facts.binding[0]);
	/* and then nothing is left to be done */
	takes("surlL", "was gone already");
	assert_true(done.gone);
	assert_string_equal(done.facts.binding, "");
	assert_string_equal(done.facts.serial, DEVICE("z"));
	assert_true(done.head.seq > 0);
	/* of a user that AWS knows no more the name of the record has to do */
	x.unknown = true;
	takes("surL", "was gone already");
	assert_string_equal(done.facts.user_id, "IDalice");
	/* it is there, and nobody's */
	x.sights[0].at = x.sights[1].at = SIGHT_FREE;
	takes("surLX", "deleted; it was not in use any more");
	assert_false(done.gone);
}

static void who_has_it_by_now_keeps_it(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("z"), id);
	q.device = "z";
	x.sights[0] = (struct sight){ .at = SIGHT_OTHERS, .user = "bob" };
	SAYS(ERROR_CONFLICT, "device '" DEVICE("z") "' of 'alice' is enabled "
		"for 'bob' by now: nothing was done to it", take());
	owed(0, JOURNAL_INTENT, "");
	x.sights[0] = (struct sight){ .at = SIGHT_UNSEEN };
	SAYS(ERROR_FAILED, "AWS does not tell who has '" DEVICE("z") "'",
		take());
	error_set(&x.sights[0].why, ERROR_REMOTE, "you may not");
	SAYS(ERROR_REMOTE, "you may not", take());
	owed(0, JOURNAL_INTENT, "");
	/* another list has it as hers: the rule of the last device holds */
	x.sights[0] = (struct sight){ .at = SIGHT_HIS, .user = "alice" };
	x.password = true;
	SAYS(ERROR_REFUSED, "AWS's lists contradict each other: whether "
		"'alice' has '" DEVICE("z") "', and what else, is not known, "
		"and there is a password or an active key; try again in a "
		"minute, or give --last --reason TEXT", take());
	x.devices_n = 0;
	SAYS(ERROR_REFUSED, "this is the last MFA device of 'alice'", take());
	q.last = true;
	takes("surlLlDX", "deactivated and deleted");
}

/* ---- the last one ---- */

static void the_last_device_goes_where_nothing_is_left(void **state)
{
	static const struct {
		bool password, key;
		const char *has;
	} rows[] = {
		{ true, false, "a console password" },
		{ false, true, "an active access key" },
		{ true, true, "a console password and an active access key" },
	};
	char words[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.password = rows[i].password;
		x.key = rows[i].key;
		snprintf(words, sizeof(words), "this is the last MFA device of "
			"'alice', who has %s: enroll another one first, or "
			"give --last --reason TEXT", rows[i].has);
		SAYS(ERROR_REFUSED, words, take());
		assert_string_equal(asked, "surlgk");
	}
	owed(0, JOURNAL_INTENT, "");
	fails_at('g', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take());
	fails_at('k', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take());
	memset(&failing, 0, sizeof(failing));
	q.last = true;
	takes("surlDX", "deactivated and deleted");
}

static void what_is_going_already_is_no_second_device(void **state)
{
	struct journal_facts f = { .kind = JOURNAL_REVOKE };
	struct journal j = { .fd = -1 };

	(void)state;
	x.password = true;
	x.devices[1] = DEVICE("b");
	x.devices_n = 2;
	takes("surlDX", "deactivated and deleted");
	/* a list that lags has what was taken away a moment ago */
	account_remember_gone(reg, ACCOUNT, DEVICE("b"), AWS_NOW,
		registry_station(reg));
	SAYS(ERROR_REFUSED, "this is the last MFA device of 'alice'", take());
	x.devices[1] = DEVICE("c");
	strcpy(f.account, ELSEWHERE);
	strcpy(f.serial, DEVICE("c"));
	OK(id_new(j.id, &err));
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	takes("surlDX", "deactivated and deleted");
	/* of whoever had it before */
	strcpy(j.facts.account, ACCOUNT);
	strcpy(j.facts.user, "alice");
	strcpy(j.facts.user_id, "IDbob");
	OK(journal_point(&j, JOURNAL_DEACTIVATE_SENT, &err));
	takes("surlDX", "deactivated and deleted");
	strcpy(j.facts.user, "old");
	strcpy(j.facts.user_id, "IDalice");
	OK(journal_point(&j, JOURNAL_DEACTIVATE_SENT, &err));
	SAYS(ERROR_REFUSED, "this is the last MFA device of 'alice'", take());
	strcpy(j.facts.user, "alice");
	strcpy(j.facts.user_id, "");
	OK(journal_point(&j, JOURNAL_DEACTIVATE_SENT, &err));
	SAYS(ERROR_REFUSED, "this is the last MFA device of 'alice'", take());
	journal_done(&j);
}

/* ---- AWS's answers ---- */

static void what_was_never_sent_owes_nothing(void **state)
{
	const char *p;

	(void)state;
	for (p = "surl"; *p; p++) {
		fails_at(*p, ERROR_REMOTE, "AccessDenied");
		SAYS(ERROR_REMOTE, "AWS says no", take());
		owed(0, JOURNAL_INTENT, "");
	}
	/* refused at once: nothing at all came of it */
	fails_at('D', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take());
	assert_string_equal(asked, "surlgkD");
	owed(0, JOURNAL_INTENT, "");
	fails_at('D', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
	owed(1, JOURNAL_DEACTIVATE_SENT, "AWS says no");
}

static void a_lost_answer_is_looked_up(void **state)
{
	(void)state;
	fails_at('D', ERROR_UNREACHABLE, "");
	/* it took effect */
	x.sights[0].at = SIGHT_FREE;
	takes("surlgkD.LX", "deactivated and deleted");
	assert_int_equal(done.facts.did, JOURNAL_DID_DEACTIVATE |
		JOURNAL_DID_DELETE);
	assert_string_equal(said, "");
	/* it did not: it is sent again */
	fails_at('D', ERROR_TIMEOUT, "");
	failing.times = 1;
	x.sights[0] = (struct sight){ .at = SIGHT_HIS, .user = "alice",
		.enabled = AWS_NOW };
	takes("surlgkD.LDX", "deactivated and deleted");
	/* all of it is gone: what nobody saw is not claimed */
	fails_at('D', ERROR_UNREACHABLE, "");
	x.sights[0] = (struct sight){ .at = SIGHT_ABSENT };
	takes("surlgkD.L", "deactivated; it was deleted already");
	/* four looks, then it is owed */
	fails_at('D', ERROR_MALFORMED, "");
	stays_his();
	SAYS(ERROR_MALFORMED, "AWS says no", take());
	assert_string_equal(asked, "surlgkD.LD.LD.LD");
	assert_string_equal(said, "Asking AWS again in 6 s who has the "
		"device.\nAsking AWS again in 12 s who has the device.\n");
	owed(1, JOURNAL_DEACTIVATE_SENT, "AWS says no");
}

/* It may have taken effect, and a refusal is no word on that. */
static void a_lost_answer_is_not_forgotten_behind_refusals(void **state)
{
	(void)state;
	fails_at('D', ERROR_REMOTE, "AccessDenied");
	x.lost = true;
	stays_his();
	SAYS(ERROR_REMOTE, "AWS says no", take());
	assert_string_equal(asked, "surlgkD.LD.LD.LD");
	owed(1, JOURNAL_DEACTIVATE_SENT, "AWS says no");
}

#define AGAIN "device '" DEVICE("a") "' of 'alice' was enabled again at "      \
	"2026-02-01T00:01:00Z, since its revocation began at "                 \
	"2026-02-01T00:00:00Z: nothing was done to it"

static void a_deletion_decides_where_the_list_lags(void **state)
{
	(void)state;
	/* somebody was faster */
	fails_at('D', ERROR_REMOTE, "NoSuchEntity");
	takes("surlgkDX", "deleted; it was not in use any more");
	x.devices[0] = PASSKEY("a");
	q.device = PASSKEY("a");
	x.sights[0].at = SIGHT_ABSENT;
	takes("surlgkD.L", "was gone already");
	q.device = "a";
	x.devices[0] = DEVICE("a");
	fails_at('X', ERROR_REMOTE, "NoSuchEntity");
	takes("surlgkDX", "deactivated; it was deleted already");
	/* its answer is lost, and it is gone */
	fails_at('X', ERROR_UNREACHABLE, "");
	x.sights[0].at = SIGHT_ABSENT;
	takes("surlgkDX.L", "deactivated and deleted");
	/* it is enabled again meanwhile */
	fails_at('X', ERROR_REMOTE, "DeleteConflict");
	x.sights[0] = (struct sight){ .at = SIGHT_HIS, .user = "alice",
		.enabled = AWS_NOW + 60 };
	SAYS(ERROR_CONFLICT, AGAIN, take());
	assert_string_equal(asked, "surlgkDX.L");
	owed(1, JOURNAL_DEACTIVATED, AGAIN);
}

static void a_device_that_may_not_be_deleted_is_an_orphan(void **state)
{
	char id[ID_LEN];
	struct registry_bindings list = { NULL, 0 };

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	fails_at('X', ERROR_REMOTE, "AccessDenied");
	takes("surlgkDX", "deactivated, and not deleted");
	assert_true(done.orphan);
	assert_false(done.gone);
	assert_string_equal(said, "warning: the unassigned device '"
		DEVICE("a") "' stays in account 123456789012: AWS says no\n"
		"An administrator can remove it with:\n"
		"  aws iam delete-virtual-mfa-device --serial-number "
		DEVICE("a") "\n");
	owed(1, JOURNAL_ORPHAN, "AWS says no");
	/* but nobody is let in by it */
	OK(registry_bindings_all(reg, &list, &err));
	assert_true(list.p[0].removed != 0);
	registry_bindings_done(&list);
	forget_journals();
	fails_at('X', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
	owed(1, JOURNAL_DEACTIVATED, "AWS says no");
}

/* ---- an earlier run's ---- */

static void leave_one(enum journal_point point, const char *enabled)
{
	struct journal_facts f = { .kind = JOURNAL_REVOKE };
	struct journal j = { .fd = -1, .begun = AWS_NOW };

	strcpy(f.account, ACCOUNT);
	strcpy(f.user, "alice");
	strcpy(f.user_id, "IDalice");
	strcpy(f.serial, DEVICE("a"));
	strcpy(f.enabled, enabled);
	OK(id_new(j.id, &err));
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	OK(journal_point(&j, point, &err));
	journal_done(&j);
	x.hands_over = true;
}

static void an_earlier_runs_is_gone_on_with(void **state)
{
	(void)state;
	leave_one(JOURNAL_DEACTIVATE_SENT, "");
	x.sights[0].at = SIGHT_FREE;
	takes("surLX", "deactivated and deleted");
	owed(0, JOURNAL_INTENT, "");
	/* one that was sent then, and of which AWS knows nothing now */
	leave_one(JOURNAL_DEACTIVATE_SENT, "");
	x.sights[0].at = SIGHT_ABSENT;
	takes("surL", "deactivated; it was deleted already");
	leave_one(JOURNAL_DELETED, "");
	takes("surL", "was gone already");
	/* a list that may lag still is asked again before AWS's "no" counts */
	leave_one(JOURNAL_DEACTIVATE_SENT, "");
	for (size_t i = 0; i < ARRAY_LEN(x.sights); i++)
		x.sights[i] = (struct sight){ .at = SIGHT_HIS,
			.user = "alice" };
	fails_at('D', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take());
	assert_string_equal(asked, "surLD.LD.LD.LD");
	owed(1, JOURNAL_DEACTIVATE_SENT, "AWS says no");
}

static void what_was_enabled_again_is_decided_on_by_a_person(void **state)
{
	(void)state;
	leave_one(JOURNAL_DEACTIVATE_SENT, "2026-02-01T00:00:00Z");
	for (size_t i = 0; i < ARRAY_LEN(x.sights); i++)
		x.sights[i] = (struct sight){ .at = SIGHT_HIS,
			.user = "alice", .enabled = AWS_NOW + 60 };
	q.by_the_way = true;
	SAYS(ERROR_CONFLICT, AGAIN, take());
	assert_string_equal(asked, "surL");
	owed(1, JOURNAL_DEACTIVATE_SENT, AGAIN);
	/* a new word is the decision, by the rule of the last device */
	q.by_the_way = false;
	x.password = true;
	SAYS(ERROR_REFUSED, "this is the last MFA device of 'alice'", take());
	assert_string_equal(asked, "surLlgk");
	q.last = true;
	q.reason = "again";
	takes("surLlDX", "deactivated and deleted");
	assert_string_equal(done.facts.reason, "again");
	assert_string_equal(done.facts.enabled, "2026-02-01T00:01:00Z");
	owed(0, JOURNAL_INTENT, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_device, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_goes_with_its_binding),
		TEST(the_applet_is_the_one_of_the_binding),
		TEST(a_name_that_fits_several_is_refused),
		TEST(what_neither_aws_nor_the_registry_knows_is_told),
		TEST(what_was_revoked_before_is_revoked),
		TEST(who_has_it_by_now_keeps_it),
		TEST(the_last_device_goes_where_nothing_is_left),
		TEST(what_is_going_already_is_no_second_device),
		TEST(what_was_never_sent_owes_nothing),
		TEST(a_lost_answer_is_looked_up),
		TEST(a_lost_answer_is_not_forgotten_behind_refusals),
		TEST(a_deletion_decides_where_the_list_lags),
		TEST(a_device_that_may_not_be_deleted_is_an_orphan),
		TEST(an_earlier_runs_is_gone_on_with),
		TEST(what_was_enabled_again_is_decided_on_by_a_person),
	};

	return cmocka_run_group_tests_name("revoke device", tests, NULL, NULL);
}
