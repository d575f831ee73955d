/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that an IAM user has: what is asked and taken in which order, which rule
 * refuses it, what a lost answer and a list that lags leave, and whether it is
 * still owed.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/revoke/cut.h"
#include "bridge/revoke/user.h"

/* What AWS has of alice. */
static struct world {
	bool unknown;          /* AWS has no such user */
	const char *devices[4];
	time_t enabled;        /* of the first of them; 0: not told */
	unsigned lags;         /* lists that have all of it still */
	size_t devices_n;
	bool gone[4];          /* of the devices */
	const char *keys[4];   /* "-" before those that are inactive */
	size_t keys_n;
	bool password;
	struct mfa_revoked revoked; /* of each device */
} x;

WRAP(int, account_find_user, struct account *c, const char *name,
	const char *id, struct iam_user *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_true(strcmp(name, "alice") == 0 || strcmp(id, "IDalice") == 0);
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	if (*ret_found) {
		strcpy(ret->name, "alice");
		strcpy(ret->id, "IDalice");
	}
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .kind = DEVICE_VIRTUAL };
	bool lags = x.lags > 0;
	size_t i;
	int r = ask('l', e);

	(void)s;
	assert_string_equal(user, "alice");
	if (lags && x.gone[0])
		x.lags--;
	for (i = 0; r == 0 && i < x.devices_n; i++) {
		if (x.gone[i] && !lags)
			continue;
		strcpy(d.serial, x.devices[i]);
		d.enabled = i == 0 ? x.enabled : 0;
		r = fn(data, &d, e);
	}
	return r;
}

WRAP(int, iam_list_access_keys, struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *e)
{
	struct iam_access_key key = { .active = true };
	size_t i;
	int r = ask('k', e);

	(void)s;
	assert_string_equal(user, "alice");
	for (i = 0; r == 0 && i < x.keys_n; i++) {
		strcpy(key.id, x.keys[i]);
		key.active = x.keys[i][0] != '-';
		r = fn(data, &key, e);
	}
	return r;
}

WRAP(int, iam_get_login_profile, struct aws_session *s, const char *user,
	bool *ret_exists, struct error *e)
{
	int r = ask('g', e);

	(void)s;
	assert_string_equal(user, "alice");
	if (r == 0)
		*ret_exists = x.password;
	return r;
}

WRAP(int, iam_put_user_policy, struct aws_session *s, const char *user,
	const char *name, const char *document, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	assert_string_equal(name, "tokenbridge-revoked");
	assert_string_equal(document, "{\"Version\":\"2012-10-17\","
		"\"Statement\":[{\"Sid\":\"TokenbridgeRevoked\",\"Effect\":"
		"\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
	return ask('P', e);
}

WRAP(int, iam_update_access_key, struct aws_session *s, const char *user,
	const char *id, bool active, struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	assert_true(id[0] != '-' && !active);
	return ask('K', e);
}

WRAP(int, iam_delete_login_profile, struct aws_session *s, const char *user,
	struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	return ask('G', e);
}

WRAP(int, mfa_check_unprotected, struct account *c, const char *user,
	struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(user, "alice");
	return ask('c', e);
}

WRAP(int, mfa_revoke, const struct run *r, const struct mfa_revocation *q,
	struct mfa_revoked *ret, struct error *e)
{
	int result = ask('R', e);
	size_t i;

	assert_ptr_equal(r, &run);
	assert_ptr_equal(q->reg, reg);
	assert_true(q->by_the_way);
	assert_int_equal(q->last, w.last);
	if (result < 0)
		return result;
	*ret = x.revoked;
	strcpy(ret->facts.serial, q->device);
	strcpy(ret->facts.user, q->user);
	strcpy(ret->facts.account, ACCOUNT);
	ret->facts.did = JOURNAL_DID_DEACTIVATE | JOURNAL_DID_DELETE;
	ret->head.seq = 77;
	for (i = 0; i < x.devices_n; i++)
		x.gone[i] |= strcmp(x.devices[i], q->device) == 0;
	return 0;
}

static int begin_user(void **state)
{
	memset(&x, 0, sizeof(x));
	begin(state);
	return 0;
}

static void has_devices(const char *a, const char *b)
{
	x.devices[x.devices_n++] = a;
	if (b)
		x.devices[x.devices_n++] = b;
}

/* Nothing is gone. */
static void is_back(void)
{
	memset(x.gone, 0, sizeof(x.gone));
}

static int take(const char *holder)
{
	const struct revoke_user q = { "alice", "", holder, NULL, true };

	return revoke_user(&w, &q, &err);
}

/* How many of the user's runs are owed still, and what each says of itself. */
static void owed(size_t n, const char *cause)
{
	struct journal_list list = { .p = NULL };
	size_t i;

	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	assert_int_equal(list.n, n);
	for (i = 0; i < n; i++) {
		assert_string_equal(list.p[i].cause, cause);
		assert_string_equal(list.p[i].facts.user_id, "IDalice");
	}
	journal_list_done(&list);
}

#define DID(serial)                                                            \
	"revoked device " serial " alice here: deactivated and deleted; -\n"

static void devices_go_last_of_all_those_that_a_person_alone_asks_for(
	void **state)
{
	(void)state;
	has_devices(PASSKEY("b"), DEVICE("a"));
	OK(take(NULL));
	asked_is("ulcRRl");
	rows_are(DID(DEVICE("a")) DID(PASSKEY("b")));
	assert_string_equal(receipt.sessions, "sessions that were opened "
		"before go on until they end");
	assert_int_equal(receipt.head.seq, 77);
	owed(0, NULL);
	assert_string_equal(said, "");
}

static void bindings_of_devices_that_aws_does_not_list_go_too(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("old"), id);
	bind_device(NULL, ACCOUNT, "IDbob", "bob", DEVICE("bobs"), id);
	bind_device(NULL, ELSEWHERE, "IDalice", "alice", DEVICE("else"), id);
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("was"), id);
	unbind(id);
	has_devices(DEVICE("a"), NULL);
	OK(take(NULL));
	rows_are(DID(DEVICE("a")) DID(DEVICE("old")));
	/* a list that lags has what was taken away a moment ago */
	is_back();
	account_remember_gone(reg, ACCOUNT, DEVICE("a"), AWS_NOW,
		registry_station(reg));
	x.enabled = AWS_NOW;
	x.lags = 9;
	asked[0] = '\0';
	OK(take(NULL));
	assert_null(strstr(said, DEVICE("a")));
}

static void what_was_gone_and_is_enabled_since_goes_again(void **state)
{
	(void)state;
	has_devices(DEVICE("a"), NULL);
	account_remember_gone(reg, ACCOUNT, DEVICE("a"), AWS_NOW,
		registry_station(reg));
	x.enabled = AWS_NOW + 1;
	OK(take(NULL));
	rows_are(DID(DEVICE("a")));
}

static void the_last_device_is_kept_where_something_still_lets_in(
	void **state)
{
	(void)state;
	has_devices(DEVICE("a"), NULL);
	fails_at('c', ERROR_REFUSED, "");
	SAYS(ERROR_REFUSED, "AWS says no", take(NULL));
	asked_is("ulc");
	owed(0, NULL);
	/* a holder's last device is a row by itself */
	OK(take("Alice A."));
	asked_is("ulkgRl");
	is_back();
	w.last = true;
	OK(take(NULL));
	asked_is("ulRl");
	is_back();
	w.last = false;
	w.cut = true;
	OK(take(NULL));
	asked_is("ulPkgRl");
	/* nobody has nothing to be kept from */
	x.devices_n = 0;
	w.cut = false;
	OK(take(NULL));
	asked_is("ul");
}

static void who_is_nobody_is_refused(void **state)
{
	(void)state;
	x.unknown = true;
	SAYS(ERROR_FAILED, "account 123456789012 has no IAM user 'alice', and "
		"the registry binds nothing to it", take(NULL));
	OK(take("Alice A."));
	rows_are("");
	w.visited = ACCOUNT " " ELSEWHERE;
	OK(take(NULL));
	rows_are("gone user alice - here: the account has no IAM user of that "
		"name; -\n");
	assert_int_equal(receipt.left, 0);
	fails_at('u', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take(NULL));
}

#define POLICY_COMMAND "aws iam put-user-policy --user-name=alice "            \
	"--policy-name=tokenbridge-revoked '--policy-document={\"Version\":"   \
	"\"2012-10-17\",\"Statement\":[{\"Sid\":\"TokenbridgeRevoked\","       \
	"\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}'"
#define KEY_COMMAND "aws iam update-access-key --user-name=alice "             \
	"--access-key-id=AKIA1 --status=Inactive"
#define PASSWORD_COMMAND "aws iam delete-login-profile --user-name=alice"
#define DENIES "revoked policy tokenbridge-revoked alice here: denies "        \
	"everything, also to sessions that were opened before; -\n"

static void access_is_cut_before_the_devices(void **state)
{
	(void)state;
	w.cut = true;
	x.password = true;
	x.keys[0] = "AKIA1";
	x.keys[1] = "-AKIA2";
	x.keys_n = 2;
	has_devices(DEVICE("a"), NULL);
	OK(take(NULL));
	asked_is("ulPkKgGRl");
	rows_are(DENIES "revoked access-key AKIA1 alice here: inactive; -\n"
		"revoked password - alice here: deleted; -\n"
		DID(DEVICE("a")));
	assert_string_equal(receipt.sessions, "the policy covers sessions of "
		"the user; a session of a role that was assumed before goes on "
		"until it ends");
	/* each though the one before it was refused */
	is_back();
	fails_at('P', ERROR_REMOTE, "AccessDenied");
	OK(take(NULL));
	asked_is("ulPkKgGRl");
	rows_are("not-revoked policy tokenbridge-revoked alice here: AWS says "
		"no; " POLICY_COMMAND "\n"
		"revoked access-key AKIA1 alice here: inactive; -\n"
		"revoked password - alice here: deleted; -\n"
		DID(DEVICE("a")));
	owed(1, "something of it could not be taken away");
}

static void what_of_access_is_refused_is_left_with_its_command(void **state)
{
	static const struct {
		char question;
		const char *foreign, *row;
	} ways[] = {
		{ 'K', "AccessDenied", "not-revoked access-key AKIA1 alice "
			"here: AWS says no; " KEY_COMMAND "\n" },
		{ 'K', "NoSuchEntity", "gone access-key AKIA1 alice here: was "
			"gone already; -\n" },
		{ 'G', "AccessDenied", "not-revoked password - alice here: AWS "
			"says no; " PASSWORD_COMMAND "\n" },
		{ 'G', "NoSuchEntity", "gone password - alice here: was gone "
			"already; -\n" },
		{ 'k', "AccessDenied", "not-revoked access-key - alice here: "
			"AWS says no; aws iam list-access-keys "
			"--user-name=alice\n" },
		{ 'k', "NoSuchEntity", "" },
		/* who may not ask may still be right to delete */
		{ 'g', "AccessDenied", "revoked password - alice here: "
			"deleted; -\n" },
	};
	char text[4096];
	size_t i;
	json_t *row;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		w.cut = x.password = true;
		x.keys[0] = "AKIA1";
		x.keys_n = 1;
		asked[0] = '\0';
		fails_at(ways[i].question, ERROR_REMOTE, ways[i].foreign);
		OK(cut_access(&w, "alice", &err));
		asked_is(ways[i].question == 'k' ? "PkgG" : "PkKgG");
		row = json_array_get(receipt.rows, ways[i].question == 'K' ||
			ways[i].question == 'k' ? 1 : 2);
		snprintf(text, sizeof(text), "%s %s %s %s here: %s; %s\n",
			part(row, "outcome"), part(row, "what"), part(row,
			"subject"), part(row, "user"), part(row, "text"),
			part(row, "command"));
		if (ways[i].row[0])
			assert_string_equal(text, ways[i].row);
		else
			assert_int_equal(json_array_size(receipt.rows), 2);
		json_array_clear(receipt.rows);
	}
}

static void an_answer_that_is_lost_is_asked_for_again(void **state)
{
	(void)state;
	w.cut = x.password = true;
	fails_at('G', ERROR_UNREACHABLE, "");
	failing.times = 1;
	OK(cut_access(&w, "alice", &err));
	asked_is("PkgG.G");
	rows_are(DENIES "revoked password - alice here: deleted; -\n");
	/* "no such" may be our own doing then */
	fails_at('G', ERROR_TIMEOUT, "");
	failing.times = 1;
	OK(cut_access(&w, "alice", &err));
	rows_are(DENIES "revoked password - alice here: deleted; -\n");
	/* three times, and then nothing more is asked */
	asked[0] = '\0';
	x.keys[0] = "AKIA1";
	x.keys_n = 1;
	fails_at('P', ERROR_UNREACHABLE, "");
	OK(cut_access(&w, "alice", &err));
	asked_is("P.P.P");
	assert_true(w.lost);
	rows_are("not-revoked policy tokenbridge-revoked alice here: AWS says "
		"no; " POLICY_COMMAND "\n"
		"not-revoked password - alice here: not asked for: AWS did not "
		"answer; " PASSWORD_COMMAND "\n");
	w.lost = false;
	fails_at('k', ERROR_MALFORMED, "");
	OK(cut_access(&w, "alice", &err));
	assert_true(w.lost);
	asked_is("Pk");
	json_array_clear(receipt.rows);
}

static void ctrl_c_ends_it_wherever_it_is(void **state)
{
	const char *p;

	(void)state;
	x.password = true;
	x.keys[0] = "AKIA1";
	x.keys_n = 1;
	for (p = "PkKgG"; *p; p++) {
		asked[0] = '\0';
		fails_at(*p, ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", cut_access(&w, "alice",
			&err));
		assert_int_equal(asked[strlen(asked) - 1], *p);
	}
	has_devices(DEVICE("a"), NULL);
	w.cut = true;
	for (p = "ulR"; *p; p++) {
		asked[0] = '\0';
		fails_at(*p, ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", take(NULL));
	}
}

static void without_cut_access_a_holders_is_only_said(void **state)
{
	bool any = false;

	(void)state;
	x.keys[0] = "AKIA1";
	x.keys[1] = "-AKIA2";
	x.keys_n = 2;
	x.password = true;
	OK(cut_say(&w, "alice", &any, &err));
	asked_is("kg");
	assert_true(any);
	rows_are("not-revoked access-key AKIA1 alice here: active, and "
		"--cut-access was not given; " KEY_COMMAND "\n"
		"not-revoked password - alice here: there is one, and "
		"--cut-access was not given; " PASSWORD_COMMAND "\n");
	assert_string_equal(said, "Before the rest, what denies everything to "
		"'alice':\n  " POLICY_COMMAND "\n");
	said[0] = '\0';
	x.keys_n = 0;
	x.password = false;
	OK(cut_say(&w, "alice", &any, &err));
	assert_false(any);
	rows_are("");
	assert_string_equal(said, "");
	fails_at('g', ERROR_REMOTE, "AccessDenied");
	OK(cut_say(&w, "alice", &any, &err));
	assert_true(any);
	rows_are("not-revoked password - alice here: AWS says no; "
		PASSWORD_COMMAND "\n");
	fails_at('g', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", cut_say(&w, "alice", &any,
		&err));
}

static void who_runs_it_does_not_cut_himself_off(void **state)
{
	struct iam_user user = { .name = "alice", .id = "IDalice" };

	(void)state;
	OK(cut_check_caller(&w, &user, &err));
	strcpy(aws.caller.user_id, "IDalice");
	SAYS(ERROR_REFUSED, "'alice' is whose credentials are used here: the "
		"first step would stop the rest; run it as somebody else",
		cut_check_caller(&w, &user, &err));
	w.cut = true;
	has_devices(DEVICE("a"), NULL);
	SAYS(ERROR_REFUSED, "'alice' is whose credentials are used here",
		take(NULL));
	asked_is("ul");
}

#define REVOKE_COMMAND(serial)                                                 \
	"tokenbridge revoke --account 123456789012 -- alice " serial

static void it_is_done_when_aws_lists_nothing(void **state)
{
	static const char again[] =
		"AWS still lists what was taken away. Asking again in 2 s.\n"
		"AWS still lists what was taken away. Asking again in 6 s.\n"
		"AWS still lists what was taken away. Asking again in 12 s.\n";

	(void)state;
	has_devices(DEVICE("a"), NULL);
	x.lags = 3;
	OK(take(NULL));
	asked_is("ulcRl.l.l.l");
	rows_are(DID(DEVICE("a")));
	assert_string_equal(said, again);
	owed(0, NULL);
	/* it goes on listing it */
	is_back();
	x.lags = 9;
	OK(take(NULL));
	asked_is("ulcRl.l.l.l");
	rows_are(DID(DEVICE("a")) "not-revoked device " DEVICE("a") " alice "
		"here: AWS answered that it is gone, and lists it still: what "
		"the user has is not known; " REVOKE_COMMAND(DEVICE("a"))
		"\n");
	owed(1, "something of it could not be taken away");
}

static void a_list_behind_it_that_fails_is_a_row(void **state)
{
	(void)state;
	has_devices(DEVICE("a"), NULL);
	fails_at('l', ERROR_REMOTE, "AccessDenied");
	failing.from = 2;
	OK(take(NULL));
	rows_are(DID(DEVICE("a")) "not-revoked device - alice here: AWS says "
		"no; -\n");
	asked[0] = '\0';
	is_back();
	fails_at('l', ERROR_REMOTE, "NoSuchEntity");
	failing.from = 2;
	OK(take(NULL));
	asked_is("ulcRl");
	rows_are(DID(DEVICE("a")));
	is_back();
	fails_at('l', ERROR_INTERRUPTED, "");
	failing.from = 2;
	SAYS(ERROR_INTERRUPTED, "AWS says no", take(NULL));
}

static void a_device_that_does_not_go_is_left_and_owed(void **state)
{
	(void)state;
	has_devices(DEVICE("a"), DEVICE("b"));
	fails_at('R', ERROR_REMOTE, "AccessDenied");
	OK(take(NULL));
	/* what a row tells of already is not told again */
	asked_is("ulcRRl");
	rows_are("not-revoked device " DEVICE("a") " alice here: AWS says no; "
		REVOKE_COMMAND(DEVICE("a")) "\n"
		"not-revoked device " DEVICE("b") " alice here: AWS says no; "
		REVOKE_COMMAND(DEVICE("b")) "\n");
	owed(1, "something of it could not be taken away");
	/* AWS that does not answer is asked nothing more */
	fails_at('R', ERROR_UNREACHABLE, "");
	OK(take(NULL));
	asked_is("ulcR");
	rows_are("not-revoked device " DEVICE("a") " alice here: AWS says no; "
		REVOKE_COMMAND(DEVICE("a")) "\n"
		"not-revoked device " DEVICE("b") " alice here: not asked for: "
		"AWS did not answer; " REVOKE_COMMAND(DEVICE("b")) "\n");
	w.lost = false;
	fails_at('R', ERROR_CORRUPT, "");
	SAYS(ERROR_CORRUPT, "AWS says no", take(NULL));
}

static void what_is_enabled_since_it_began_is_for_a_person_to_say(void **state)
{
	struct journal_list list = { .p = NULL };
	struct revoke_user q = { "alice", "IDalice", NULL, NULL, true };
	struct journal j;

	(void)state;
	has_devices(DEVICE("a"), DEVICE("b"));
	x.enabled = AWS_NOW + 60;
	OK(revoke_user_begin(&w, &q, &j, &err));
	journal_done(&j);
	OK(revoke_user_unfinished(&w, NULL, "bob", &list, &err));
	assert_int_equal(list.n, 0);
	OK(revoke_user_unfinished(&w, "Alice A.", "alice", &list, &err));
	assert_int_equal(list.n, 0);
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	assert_int_equal(list.n, 1);
	q.journal = &list.p[0];
	q.fresh = false;
	OK(revoke_user(&w, &q, &err));
	rows_are("not-revoked device " DEVICE("a") " alice here: enabled at "
		"2026-02-01T00:01:00Z, since this revocation began at "
		"2026-02-01T00:00:00Z: it is for you to say whether it goes; "
		REVOKE_COMMAND(DEVICE("a")) "\n" DID(DEVICE("b")));
	journal_list_done(&list);
	owed(1, "something of it could not be taken away");
	/* of a run's own journal all of it goes, and what came before does */
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	q.journal = &list.p[0];
	q.fresh = true;
	is_back();
	OK(revoke_user(&w, &q, &err));
	rows_are(DID(DEVICE("a")) DID(DEVICE("b")));
	journal_list_done(&list);
	owed(0, NULL);
}

static void a_run_that_is_gone_on_with_keeps_that_access_goes(void **state)
{
	struct journal_list list = { .p = NULL };
	struct revoke_user q = { "alice", "IDalice", NULL, NULL, true };
	struct journal j;

	(void)state;
	w.reason = "she left";
	OK(revoke_user_begin(&w, &q, &j, &err));
	assert_int_equal(j.facts.did, 0);
	assert_string_equal(j.facts.reason, "she left");
	assert_true(j.begun == AWS_NOW);
	journal_done(&j);
	w.cut = true;
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	q.journal = &list.p[0];
	fails_at('P', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", revoke_user(&w, &q, &err));
	journal_list_done(&list);
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	assert_int_equal(list.p[0].facts.did, JOURNAL_CUTS_ACCESS);
	journal_list_done(&list);
	/* of another account or endpoint it is another run */
	strcpy(aws.caller.account, ELSEWHERE);
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	assert_int_equal(list.n, 0);
	journal_list_done(&list);
	strcpy(aws.caller.account, ACCOUNT);
	iam.overridden = true;
	strcpy(iam.url, "http://e");
	OK(revoke_user_unfinished(&w, NULL, "alice", &list, &err));
	assert_int_equal(list.n, 0);
	journal_list_done(&list);
	iam.overridden = false;
}

static void what_stays_of_a_device_that_is_gone_is_told(void **state)
{
	(void)state;
	has_devices(DEVICE("a"), NULL);
	x.revoked.orphan = x.revoked.account_left = true;
	x.revoked.facts.did = JOURNAL_DID_DEACTIVATE;
	strcpy(x.revoked.facts.oath_account, "AWS:alice");
	error_set(&x.revoked.left, ERROR_NO_TOKEN, "it is not here");
	OK(take(NULL));
	assert_int_equal(receipt.left, 1);
	assert_int_equal(receipt.unreached, 1);
	/* its one row says that it stays, and that something was changed */
	assert_int_equal(receipt.done, 0);
	assert_true(receipt.changed);
	assert_int_equal(json_array_size(receipt.rows), 2);
	assert_string_equal(part(json_array_get(receipt.rows, 0), "outcome"),
		"not-revoked");
	assert_string_equal(part(json_array_get(receipt.rows, 0), "text"),
		"deactivated, and not deleted");
	assert_string_equal(part(json_array_get(receipt.rows, 0), "command"),
		"aws iam delete-virtual-mfa-device --serial-number "
		DEVICE("a"));
	assert_string_equal(part(json_array_get(receipt.rows, 1), "what"),
		"oath");
	assert_string_equal(part(json_array_get(receipt.rows, 1), "text"),
		"it is not here");
	owed(1, "something of it could not be taken away");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_user, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_go_last_of_all_those_that_a_person_alone_asks_for),
		TEST(bindings_of_devices_that_aws_does_not_list_go_too),
		TEST(what_was_gone_and_is_enabled_since_goes_again),
		TEST(the_last_device_is_kept_where_something_still_lets_in),
		TEST(who_is_nobody_is_refused),
		TEST(access_is_cut_before_the_devices),
		TEST(what_of_access_is_refused_is_left_with_its_command),
		TEST(an_answer_that_is_lost_is_asked_for_again),
		TEST(ctrl_c_ends_it_wherever_it_is),
		TEST(without_cut_access_a_holders_is_only_said),
		TEST(who_runs_it_does_not_cut_himself_off),
		TEST(it_is_done_when_aws_lists_nothing),
		TEST(a_list_behind_it_that_fails_is_a_row),
		TEST(a_device_that_does_not_go_is_left_and_owed),
		TEST(what_is_enabled_since_it_began_is_for_a_person_to_say),
		TEST(a_run_that_is_gone_on_with_keeps_that_access_goes),
		TEST(what_stays_of_a_device_that_is_gone_is_told),
	};

	return cmocka_run_group_tests_name("revoke user", tests, NULL, NULL);
}
