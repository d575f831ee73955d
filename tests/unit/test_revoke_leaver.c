/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lost token and a person who leaves: what lets them in here, which devices
 * of which account, and what is not known to be theirs.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/event/ssh-key.h"
#include "bridge/mfa/recover.h"
#include "bridge/revoke/leaver.h"
#include "bridge/revoke/token.h"
#include "bridge/revoke/user.h"

static struct world {
	bool unknown;       /* AWS has no user of that id */
	bool namesake;      /* an IAM user by the person's name */
	char revoked[512];  /* "USER DEVICE" a line, or "user NAME ID" */
} x;

static char alice[ID_LEN], bob[ID_LEN]; /* holders */
static char token[ID_LEN], other[ID_LEN];

WRAP(int, account_find_user, struct account *c, const char *name,
	const char *id, struct iam_user *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(id, "IDalice");
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	strcpy(ret->name, "alicia"); /* renamed since */
	assert_true(!name || strcmp(name, "alice") == 0);
	return ask('u', e);
}

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	assert_string_equal(name, "Alice");
	memset(ret, 0, sizeof(*ret));
	*ret_found = x.namesake;
	strcpy(ret->id, "IDother");
	return ask('n', e);
}

WRAP(int, mfa_check_unprotected, struct account *c, const char *user,
	struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(user, "Alice");
	return ask('c', e);
}

WRAP(int, mfa_revoke, const struct run *r, const struct mfa_revocation *q,
	struct mfa_revoked *ret, struct error *e)
{
	size_t n = strlen(x.revoked);
	int result = ask('R', e);

	assert_ptr_equal(r, &run);
	snprintf(x.revoked + n, sizeof(x.revoked) - n, "%s %s\n", q->user,
		q->device);
	if (result < 0)
		return result;
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->facts.serial, q->device);
	strcpy(ret->facts.user, q->user);
	strcpy(ret->facts.account, ACCOUNT);
	ret->facts.did = JOURNAL_DID_DEACTIVATE;
	ret->head.seq = 77;
	return 0;
}

WRAP(int, recover_all, const struct run *r, const struct recovery *q,
	struct journal *ret_wanted, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(q->reg, reg);
	assert_null(ret_wanted);
	return ask('s', e);
}

/* All of a user, of which there are tests of their own. */
WRAP(int, revoke_user, struct revoke_work *work, const struct revoke_user *q,
	struct error *e)
{
	size_t n = strlen(x.revoked);

	assert_ptr_equal(work, &w);
	assert_string_equal(q->holder, "Alice");
	assert_non_null(q->journal);
	snprintf(x.revoked + n, sizeof(x.revoked) - n, "user %s %s%s\n",
		q->name, q->id, q->fresh ? "" : " again");
	return ask('U', e);
}

/* ---- what there is ---- */

static void bind_here(const char *kind, const char *of, const char *user,
	bool key, char ret[ID_LEN])
{
	char name[ID_LEN];
	CLEANUP(buf_done) struct buf blob;
	unsigned char point[32] = { 7 };

	buf_init(&blob, 256);
	buf_put_be(&blob, 26, 4);
	buf_put_str(&blob, "sk-ssh-ed25519@openssh.com");
	buf_put_be(&blob, sizeof(point), 4);
	buf_put(&blob, point, sizeof(point));
	buf_put_be(&blob, 4, 4);
	buf_put_str(&blob, "ssh:");
	new_id(ret);
	OK(registry_name_put(reg, "local-user", user, name, &err));
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s,s:s*,s:s,s:s,s:s,s:o*}", "binding", ret, "token", of,
		"kind", kind, "user", "1001", "local_user", name, "ssh_key",
		key ? event_bytes_new(blob.p, blob.n) : NULL));
}

static void give(const char *which, const char *holder)
{
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", which,
		"holder", holder));
}

static int begin_leaver(void **state)
{
	memset(&x, 0, sizeof(x));
	begin(state);
	add_holder(reg, "Alice", alice);
	add_holder(reg, "Bob", bob);
	add_token(reg, "1001", token);
	add_token(reg, "1002", other);
	OK(registry_name_set(reg, "label", token, "blue", &err));
	OK(registry_name_set(reg, "label", other, "blue", &err));
	give(token, alice);
	give(other, bob);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What each row is, without its random ids: "OUTCOME WHAT USER: TEXT", sorted,
 * since bindings of one second are in any order. */
static void rows_say(const char *want)
{
	char lines[8][400], text[3300] = "";
	size_t i, n = json_array_size(receipt.rows);
	json_t *row;

	assert_true(n <= ARRAY_LEN(lines));
	json_array_foreach(receipt.rows, i, row)
		snprintf(lines[i], sizeof(lines[i]), "%s %s %s: %s\n",
			part(row, "outcome"), part(row, "what"), part(row,
			"user"), part(row, "text"));
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (i = 0; i < n; i++)
		strcat(text, lines[i]);
	assert_string_equal(text, want);
	json_array_clear(receipt.rows);
}

/* ---- a token ---- */

static void a_lost_token_lets_nobody_in(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind_here("pam", token, "alice", false, id);
	bind_here("ssh", token, "alice", true, id);
	bind_here("pam", other, "bob", false, id);
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("was"), id);
	unbind(id);
	bind_device(token, ELSEWHERE, "IDalice", "alice", "arn:else", id);
	w.reason = "lost";
	OK(revoke_token(&w, "1001", &err));
	asked_is("suR");
	assert_string_equal(x.revoked, "alicia " DEVICE("a") "\n");
	assert_int_equal(receipt.done, 3);
	assert_int_equal(receipt.unreached, 1);
	assert_int_equal(json_array_size(receipt.krl), 1);
	assert_int_equal(strncmp(json_string_value(json_array_get(receipt.krl,
		0)), "key: sk-ssh-ed25519@openssh.com ", 32), 0);
	assert_int_equal(receipt.head.seq, 77);
	json_array_clear(receipt.rows);
	/* what was taken away is not taken twice */
	x.revoked[0] = '\0';
	OK(revoke_token(&w, "1001", &err));
	asked_is("suR");
	assert_int_equal(json_array_size(receipt.krl), 1);
}

static void a_token_has_to_be_one(void **state)
{
	char words[300];

	(void)state;
	SAYS(ERROR_USAGE, "'blue' means 2 tokens: ", revoke_token(&w, "blue",
		&err));
	snprintf(words, sizeof(words), "%.8s ('blue')", token);
	assert_non_null(strstr(err.text, words));
	snprintf(words, sizeof(words), "%.8s ('blue')", other);
	assert_non_null(strstr(err.text, words));
	assert_non_null(strstr(err.text, "; give the beginning of an id"));
	SAYS(ERROR_FAILED, "4711", revoke_token(&w, "4711", &err));
	asked_is("");
}

static void who_the_device_is_of_is_asked_while_aws_answers(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	x.unknown = true;
	OK(revoke_token(&w, token, &err));
	assert_string_equal(x.revoked, "alice " DEVICE("a") "\n");
	json_array_clear(receipt.rows);
	x.revoked[0] = asked[0] = '\0';
	fails_at('u', ERROR_UNREACHABLE, "");
	OK(revoke_token(&w, token, &err));
	asked_is("su");
	assert_true(w.lost);
	assert_string_equal(x.revoked, "");
	rows_say("not-revoked device alice: not asked for: AWS did not "
		"answer\n");
	w.lost = false;
	fails_at('u', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", revoke_token(&w, token, &err));
	fails_at('s', ERROR_REMOTE, "");
	SAYS(ERROR_REMOTE, "AWS says no", revoke_token(&w, token, &err));
}

/* ---- a person ---- */

static void everything_of_a_person_goes(void **state)
{
	char id[ID_LEN], loose[ID_LEN];

	(void)state;
	bind_here("pam", token, "al", false, id);
	bind_here("ssh", NULL, "al", true, loose);
	bind_here("pam", other, "bob", false, id);
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	bind_device(token, ACCOUNT, "IDalice", "alice", DEVICE("b"), id);
	bind_device(token, ELSEWHERE, "IDalice", "alice", "arn:else", id);
	bind_device(other, ACCOUNT, "IDbob", "bob", DEVICE("bobs"), id);
	OK(revoke_leaver(&w, "Alice", &err));
	asked_is("snU");
	assert_string_equal(x.revoked, "user alice IDalice\n");
	rows_say("not-reached device alice: of another account: run it with "
		"credentials of that one\n"
		"revoked pam al: the binding is removed\n"
		"revoked ssh al: the binding is removed\n");
	/* broken off: it is gone on with, though nothing is bound here */
	x.revoked[0] = '\0';
	OK(revoke_leaver(&w, "Alice", &err));
	assert_string_equal(x.revoked, "user alice IDalice again\n");
}

static void a_key_that_may_be_somebody_elses_is_left(void **state)
{
	char id[ID_LEN];

	(void)state;
	/* bob's token lets the same local user in */
	bind_here("pam", token, "shared", false, id);
	bind_here("pam", other, "shared", false, id);
	bind_here("ssh", NULL, "shared", true, id);
	/* only the name is alike */
	bind_here("ssh", NULL, "Alice", true, id);
	bind_here("ssh", NULL, "carol", true, id);
	OK(revoke_leaver(&w, "Alice", &err));
	rows_say("not-revoked ssh Alice: nobody has said in whose token this "
		"key is\n"
		"not-revoked ssh shared: nobody has said in whose token this "
		"key is\n"
		"revoked pam shared: the binding is removed\n");
}

static void an_iam_user_by_the_persons_name_is_a_row(void **state)
{
	(void)state;
	x.namesake = true;
	OK(revoke_leaver(&w, "Alice", &err));
	asked_is("snc");
	rows_say("");
	fails_at('c', ERROR_REFUSED, "");
	OK(revoke_leaver(&w, "Alice", &err));
	assert_string_equal(part(json_array_get(receipt.rows, 0), "command"),
		"tokenbridge revoke --all --cut-access --account "
		"123456789012 -- Alice");
	rows_say("not-revoked user Alice: an IAM user of that name, to whom "
		"no token of this person is bound, can sign in\n");
	fails_at('c', ERROR_REMOTE, "AccessDenied");
	OK(revoke_leaver(&w, "Alice", &err));
	rows_say("not-revoked user Alice: AWS says no\n");
	fails_at('n', ERROR_REMOTE, "AccessDenied");
	OK(revoke_leaver(&w, "Alice", &err));
	rows_say("not-revoked user Alice: AWS says no\n");
	/* a person's name need not be one that IAM takes */
	fails_at('n', ERROR_USAGE, "");
	OK(revoke_leaver(&w, "Alice", &err));
	rows_say("");
	fails_at('n', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", revoke_leaver(&w, "Alice",
		&err));
	fails_at('s', ERROR_REMOTE, "");
	SAYS(ERROR_REMOTE, "AWS says no", revoke_leaver(&w, "Alice", &err));
}

static void who_is_no_person_here_is_told_of_one_that_is_near(void **state)
{
	(void)state;
	SAYS(ERROR_FAILED, "the registry knows no person 'Alise'; did you mean "
		"'Alice'?", revoke_leaver(&w, "Alise", &err));
	SAYS(ERROR_FAILED, "the registry knows no person 'Zacharias'; for an "
		"IAM user of that name who has no token: `tokenbridge revoke "
		"--all --cut-access -- Zacharias`", revoke_leaver(&w,
			"Zacharias", &err));
	asked_is("");
}

static void a_custodian_hands_the_place_over(void **state)
{
	char safe[ID_LEN], box[ID_LEN];

	(void)state;
	OK(registry_name_put(reg, "holder", "safe", safe, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s,s:s,s:[s,s],s:s}",
		"holder", safe, "kind", "place", "custodians", bob, alice,
		"bag", "A 17"));
	OK(registry_name_put(reg, "holder", "box", box, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s,s:s,s:[s,s]}", "holder",
		box, "kind", "place", "custodians", bob, bob));
	OK(revoke_leaver(&w, "Alice", &err));
	assert_string_equal(part(json_array_get(receipt.rows, 0), "subject"),
		"safe");
	rows_say("not-revoked custodian -: custodian of it, bag A 17: hand it "
		"over to another person\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_leaver, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lost_token_lets_nobody_in),
		TEST(a_token_has_to_be_one),
		TEST(who_the_device_is_of_is_asked_while_aws_answers),
		TEST(everything_of_a_person_goes),
		TEST(a_key_that_may_be_somebody_elses_is_left),
		TEST(an_iam_user_by_the_persons_name_is_a_row),
		TEST(who_is_no_person_here_is_told_of_one_that_is_near),
		TEST(a_custodian_hands_the_place_over),
	};

	return cmocka_run_group_tests_name("revoke leaver", tests, NULL, NULL);
}
