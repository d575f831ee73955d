/* SPDX-License-Identifier: Apache-2.0 */
/* What a sequence does next: every point against everything AWS may say. */
#include "bridge/account/passing.h"
#include "bridge/mfa/decide.h"

#include "tests/unit/unit.h"

#define VIRTUAL "arn:aws:iam::123456789012:mfa/alice-001122334455"
#define FIDO "arn:aws:iam::123456789012:u2f/user/alice/blue-A2B3"
#define BEGUN 1000000
#define ENABLED 900000

static const char *const next_names[] = {
	[NEXT_END] = "end", [NEXT_LOCAL] = "local", [NEXT_DELETE] = "delete",
	[NEXT_DEACTIVATE] = "deactivate", [NEXT_BIND] = "bind",
	[NEXT_UNKNOWN] = "unknown", [NEXT_MOVED] = "moved",
	[NEXT_AGAIN] = "again", [NEXT_FOREIGN] = "foreign",
	[NEXT_UNCLAIMED] = "unclaimed",
};

static const char *next(enum journal_kind kind, enum journal_point point,
	enum sight_at at)
{
	const struct decide_facts f = {
		.kind = kind, .point = point, .is_virtual = true, .at = at,
		.enabled = at == SIGHT_HIS ? ENABLED : 0, .known = ENABLED,
		.begun = BEGUN,
	};

	return next_names[decide_next(&f)];
}

struct row {
	enum journal_point point;
	/* unseen, absent, free, not his, unlisted, his, others */
	const char *next[SIGHT_PLACES];
};

static void check(enum journal_kind kind, const struct row *rows, size_t n)
{
	size_t i, at;

	for (i = 0; i < n; i++)
		for (at = 0; at < SIGHT_PLACES; at++)
			if (strcmp(rows[i].next[at], next(kind, rows[i].point,
					(enum sight_at)at)) != 0)
				fail_msg("%s, place %zu: %s, not %s",
					journal_point_name(rows[i].point), at,
					next(kind, rows[i].point,
						(enum sight_at)at),
					rows[i].next[at]);
}

/* With --exact-name, before AWS has been seen to say that it made it. */
static void what_may_be_anybodys_is_never_deleted(void **state)
{
	static const char *const wanted[] = { "unclaimed", "local",
		"unclaimed", "unclaimed", "unclaimed", "end", "end" };
	static const enum journal_point points[] = { JOURNAL_CREATE_SENT,
		JOURNAL_UNDO, JOURNAL_ORPHAN };
	struct journal j = { .facts = { .kind = JOURNAL_ENROLL,
		.serial = VIRTUAL, .did = JOURNAL_EXACT_NAME } };
	struct sight sight = { .at = SIGHT_FREE };
	struct decide_facts f;
	size_t i, at;

	(void)state;
	for (i = 0; i < ARRAY_LEN(points); i++)
		for (at = 0; at < SIGHT_PLACES; at++) {
			j.point = points[i];
			sight.at = (enum sight_at)at;
			f = decide_facts(&j, &sight);
			/* an orphan that is gone is no more */
			assert_string_equal(next_names[decide_next(&f)],
				points[i] == JOURNAL_ORPHAN &&
				at == SIGHT_ABSENT ? "end" : wanted[at]);
		}
	assert_true(decide_is_stuck(NEXT_UNCLAIMED));
	j.facts.did |= JOURNAL_DID_CREATE;
	sight.at = SIGHT_FREE;
	f = decide_facts(&j, &sight);
	assert_string_equal(next_names[decide_next(&f)], "delete");
}

static void an_enrollment_goes_forward_only_where_it_was_enabled(void **state)
{
	static const struct row rows[] = {
		{ JOURNAL_INTENT, { "end", "end", "end", "end", "end", "end",
			"end" } },
		{ JOURNAL_IDENTITY, { "end", "end", "end", "end", "end", "end",
			"end" } },
		{ JOURNAL_CREATE_SENT, { "delete", "local", "delete", "delete",
			"delete", "foreign", "moved" } },
		{ JOURNAL_CREATED, { "delete", "local", "delete", "delete",
			"delete", "foreign", "moved" } },
		{ JOURNAL_PUT_SENT, { "delete", "local", "delete", "delete",
			"delete", "foreign", "moved" } },
		{ JOURNAL_PROVED, { "delete", "local", "delete", "delete",
			"delete", "foreign", "moved" } },
		{ JOURNAL_ENABLE_SENT, { "unknown", "local", "delete", "delete",
			"delete", "bind", "moved" } },
		{ JOURNAL_ENABLED, { "bind", "bind", "bind", "bind", "bind",
			"bind", "bind" } },
		{ JOURNAL_UNDO, { "delete", "local", "delete", "delete",
			"delete", "foreign", "moved" } },
		{ JOURNAL_ORPHAN, { "delete", "end", "delete", "delete",
			"delete", "end", "end" } },
	};

	(void)state;
	check(JOURNAL_ENROLL, rows, ARRAY_LEN(rows));
}

static void a_revocation_goes_forward_until_the_lists_say_so(void **state)
{
	static const struct row rows[] = {
		{ JOURNAL_INTENT, { "unknown", "local", "delete", "delete",
			"deactivate", "deactivate", "moved" } },
		{ JOURNAL_DEACTIVATE_SENT, { "unknown", "local", "delete",
			"delete", "deactivate", "deactivate", "moved" } },
		{ JOURNAL_DEACTIVATED, { "unknown", "local", "delete", "delete",
			"deactivate", "deactivate", "moved" } },
		{ JOURNAL_DELETED, { "local", "local", "local", "local",
			"local", "local", "local" } },
		{ JOURNAL_ACCOUNT_GONE, { "local", "local", "local", "local",
			"local", "local", "local" } },
		{ JOURNAL_ORPHAN, { "delete", "end", "delete", "delete",
			"delete", "end", "end" } },
	};

	(void)state;
	check(JOURNAL_REVOKE, rows, ARRAY_LEN(rows));
}

static void what_was_enabled_again_is_not_taken_away_by_the_way(void **state)
{
	static const struct {
		time_t enabled, known;
		const char *next;
	} rows[] = {
		{ ENABLED, ENABLED, "deactivate" },
		{ ENABLED + 1, ENABLED, "again" },
		{ BEGUN + 5, ENABLED, "again" },
		{ ENABLED - 1, ENABLED, "again" },
		{ 0, ENABLED, "deactivate" }, /* AWS does not tell */
		{ 0, 0, "deactivate" },
		/* journals of before know only when they began */
		{ BEGUN - 1, 0, "deactivate" },
		{ BEGUN, 0, "deactivate" },
		{ BEGUN + 1, 0, "again" },
	};
	static const enum journal_point points[] = { JOURNAL_INTENT,
		JOURNAL_DEACTIVATE_SENT, JOURNAL_DEACTIVATED };
	struct decide_facts f = { .kind = JOURNAL_REVOKE, .is_virtual = true,
		.at = SIGHT_HIS, .begun = BEGUN };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (k = 0; k < ARRAY_LEN(points); k++) {
			f.enabled = rows[i].enabled;
			f.known = rows[i].known;
			f.point = points[k];
			assert_string_equal(next_names[decide_next(&f)],
				rows[i].next);
		}
}

static void only_virtual_devices_are_deleted(void **state)
{
	struct decide_facts f = { .kind = JOURNAL_REVOKE,
		.point = JOURNAL_DEACTIVATED, .at = SIGHT_NOT_HIS };

	(void)state;
	assert_int_equal(decide_next(&f), NEXT_LOCAL);
	f.is_virtual = true;
	assert_int_equal(decide_next(&f), NEXT_DELETE);
}

static void the_facts_are_the_journal_s_and_the_list_s(void **state)
{
	struct journal j = { .point = JOURNAL_DEACTIVATED, .begun = BEGUN,
		.facts = { .kind = JOURNAL_REVOKE, .serial = VIRTUAL,
			.enabled = "1970-01-11T10:00:00Z" } };
	struct sight s = { .at = SIGHT_HIS, .enabled = ENABLED };
	struct decide_facts f = decide_facts(&j, &s);

	(void)state;
	assert_int_equal(f.kind, JOURNAL_REVOKE);
	assert_int_equal(f.point, JOURNAL_DEACTIVATED);
	assert_true(f.is_virtual);
	assert_int_equal(f.at, SIGHT_HIS);
	assert_int_equal(f.enabled, ENABLED);
	assert_int_equal(f.known, ENABLED);
	assert_int_equal(f.begun, BEGUN);
	assert_int_equal(decide_next(&f), NEXT_DEACTIVATE);
	strcpy(j.facts.serial, FIDO);
	j.facts.enabled[0] = '\0';
	f = decide_facts(&j, &s);
	assert_false(f.is_virtual);
	assert_int_equal(f.known, 0);
}

static void what_can_only_wait_is_stuck(void **state)
{
	int n;

	(void)state;
	for (n = NEXT_END; n <= NEXT_FOREIGN; n++)
		assert_int_equal(decide_is_stuck((enum decide_next)n),
			n == NEXT_UNKNOWN || n == NEXT_MOVED ||
			n == NEXT_AGAIN || n == NEXT_FOREIGN);
}

/* ---- whom it keeps waiting ---- */

static struct journal journal_of(enum journal_kind kind,
	enum journal_point point)
{
	struct journal j = { .point = point, .facts = { .kind = kind,
		.account = "123456789012", .user = "alice",
		.user_id = "AIDAALICE", .token_serial = 7, .oath_id = "AbC",
		.oath_account = VIRTUAL, .serial = VIRTUAL } };

	return j;
}

static struct decide_claim claim_of(uint32_t serial, const char *oath,
	const char *user, const char *id)
{
	return (struct decide_claim){ serial, oath, "123456789012", "", user,
		id };
}

static bool concerns(struct journal j, struct decide_claim c)
{
	return decide_concerns(&j, &c);
}

static void a_journal_keeps_only_its_own_token_and_user_waiting(void **state)
{
	struct decide_claim bob = claim_of(8, "XyZ", "bob", "AIDABOB");
	struct decide_claim alice = claim_of(8, "XyZ", "alice", "AIDAALICE");
	struct journal stuck = journal_of(JOURNAL_REVOKE, JOURNAL_DEACTIVATED);

	(void)state;
	assert_false(concerns(stuck, bob));
	assert_true(concerns(stuck, alice));
	assert_true(concerns(stuck, claim_of(7, "XyZ", "bob", "AIDABOB")));
	assert_true(concerns(stuck, claim_of(0, "AbC", "bob", "AIDABOB")));
	assert_false(concerns(stuck, claim_of(0, "", "bob", "AIDABOB")));
	/* by id where both know it, else by name */
	assert_true(concerns(stuck, claim_of(8, "", "alice2", "AIDAALICE")));
	assert_false(concerns(stuck, claim_of(8, "", "alice", "AIDAOTHER")));
	assert_true(concerns(stuck, claim_of(8, "", "alice", "")));
	/* the user of another account or server is somebody else */
	alice.account = "999999999999";
	assert_false(concerns(stuck, alice));
	alice.account = "123456789012";
	alice.endpoint = "http://127.0.0.1:1";
	assert_false(concerns(stuck, alice));
}

static void a_token_waits_only_where_an_account_may_be_in_it(void **state)
{
	struct decide_claim token = claim_of(7, "AbC", "bob", "AIDABOB");
	struct journal j;

	(void)state;
	assert_false(concerns(journal_of(JOURNAL_ENROLL, JOURNAL_CREATED),
		token));
	assert_true(concerns(journal_of(JOURNAL_ENROLL, JOURNAL_PUT_SENT),
		token));
	assert_true(concerns(journal_of(JOURNAL_ENROLL, JOURNAL_UNDO), token));
	j = journal_of(JOURNAL_ENROLL, JOURNAL_UNDO);
	j.facts.oath_account[0] = '\0';
	assert_false(concerns(j, token));
}

static void an_orphan_keeps_nobody_waiting(void **state)
{
	struct decide_claim alice = claim_of(7, "AbC", "alice", "AIDAALICE");
	struct journal old = journal_of(JOURNAL_ENROLL, JOURNAL_UNDO);

	(void)state;
	assert_false(concerns(journal_of(JOURNAL_ENROLL, JOURNAL_ORPHAN),
		alice));
	assert_false(concerns(journal_of(JOURNAL_REVOKE, JOURNAL_ORPHAN),
		alice));
	/* as an older version wrote it */
	old.facts.oath_account[0] = '\0';
	assert_false(concerns(old, alice));
	/* an undoing that names its method is none */
	strcpy(old.facts.method, "virtual");
	assert_true(concerns(old, alice));
}

/* ---- refusals that pass ---- */

static struct error refusal(int code, const char *foreign)
{
	struct error e;

	error_set(&e, code, "x");
	snprintf(e.foreign, sizeof(e.foreign), "%s", foreign);
	return e;
}

static void only_what_aws_will_allow_in_a_moment_is_asked_again(void **state)
{
	static const struct {
		int code;
		const char *foreign;
		bool passes, passes_for_new;
	} rows[] = {
		{ ERROR_REMOTE, "EntityTemporarilyUnmodifiable", true, true },
		{ ERROR_REMOTE, "ConcurrentModification", true, true },
		{ ERROR_REMOTE, "NoSuchEntity", false, true },
		{ ERROR_REMOTE, "AccessDenied", false, false },
		{ ERROR_REMOTE, "InvalidAuthenticationCode", false, false },
		{ ERROR_REMOTE, "DeleteConflict", false, false },
		{ ERROR_REMOTE, "", false, false },
		/* what was not answered may have had its effect */
		{ ERROR_UNREACHABLE, "ConcurrentModification", false, false },
	};
	struct error e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		e = refusal(rows[i].code, rows[i].foreign);
		assert_int_equal(passing_refusal(&e, false), rows[i].passes);
		assert_int_equal(passing_refusal(&e, true),
			rows[i].passes_for_new);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_anybodys_is_never_deleted),
		cmocka_unit_test(an_enrollment_goes_forward_only_where_it_was_enabled),
		cmocka_unit_test(a_revocation_goes_forward_until_the_lists_say_so),
		cmocka_unit_test(what_was_enabled_again_is_not_taken_away_by_the_way),
		cmocka_unit_test(only_virtual_devices_are_deleted),
		cmocka_unit_test(the_facts_are_the_journal_s_and_the_list_s),
		cmocka_unit_test(what_can_only_wait_is_stuck),
		cmocka_unit_test(a_journal_keeps_only_its_own_token_and_user_waiting),
		cmocka_unit_test(a_token_waits_only_where_an_account_may_be_in_it),
		cmocka_unit_test(an_orphan_keeps_nobody_waiting),
		cmocka_unit_test(only_what_aws_will_allow_in_a_moment_is_asked_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
