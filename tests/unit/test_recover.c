/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What earlier runs left, gone through: what is finished, what is undone, and
 * what stays with its cause written down.
 */
#include "tests/unit/recover-parts.h"

/* ---- an enrollment ---- */

static void an_enrollment_goes_forward_where_it_is_enabled(void **state)
{
	(void)state;
	leave(JOURNAL_ENABLED);
	goes("rbe", FINISHED);
	owed(NULL, NULL);
	/* AWS has it as his, which nobody knew */
	leave(JOURNAL_ENABLE_SENT);
	undone = SEQUENCE_ASSIGNED;
	goes("rube", FINISHED);
	owed(NULL, NULL);
	leave(JOURNAL_ENABLED);
	fails_at('b', ERROR_REMOTE, "");
	goes("rb", FINISHED LEFT("AWS says no"));
	owed("AWS says no", "");
	leave(JOURNAL_ENABLED);
	fails_at('e', ERROR_REMOTE, "");
	goes("rbe", FINISHED LEFT("AWS says no"));
	owed("AWS says no", "");
}

static void an_enrollment_goes_back_where_it_is_not_enabled(void **state)
{
	(void)state;
	leave(JOURNAL_PUT_SENT);
	q.claim = &(struct decide_claim){ .account = ACCOUNT, .endpoint = "",
		.user = "alice", .user_id = "" };
	goes("ru", UNDID);
	/* what is an orphan had been told to be one */
	leave(JOURNAL_ORPHAN);
	goes("ru", "");
	undone = SEQUENCE_ORPHAN;
	goes("ru", "");
	leave(JOURNAL_PUT_SENT);
	q.claim = NULL;
	goes("ru", LEFT("it was broken off"));
	owed("", "");
	undone = SEQUENCE_OWED;
	goes("ru", LEFT("it was broken off"));
	/* a failure is written down */
	fails_at('u', ERROR_REMOTE, "");
	undone = SEQUENCE_ASSIGNED;
	goes("ru", LEFT("AWS says no"));
	owed("AWS says no", "");
}

static void a_cause_is_written_down_once(void **state)
{
	(void)state;
	forget_journals();
	leave_too(JOURNAL_PUT_SENT, "AWS says no", "call bob");
	fails_at('u', ERROR_REMOTE, "");
	goes("ru", "warning: an enrollment of 'alice' that began 2 h ago is "
		"not finished: AWS says no\nWhat ends it: `call bob`\n");
	owed("AWS says no", "call bob");
	/* what was written is told where nothing new is known */
	failing.question = '\0';
	undone = SEQUENCE_OWED;
	goes("ru", "warning: an enrollment of 'alice' that began 2 h ago is "
		"not finished: AWS says no\nWhat ends it: `call bob`\n");
	forget_journals();
	leave_too(JOURNAL_PUT_SENT, "another", "call bob");
	goes("ru", "warning: an enrollment of 'alice' that began 2 h ago is "
		"not finished: another\nWhat ends it: `call bob`\n");
	owed("another", "call bob");
	fails_at('u', ERROR_REMOTE, "");
	goes("ru", LEFT("AWS says no"));
	owed("AWS says no", "");
	/* of an orphan a failure is told too */
	leave(JOURNAL_ORPHAN);
	goes("ru", "warning: an enrollment of 'alice' that began 2 h ago is "
		"not finished: AWS says no\nWhat ends it: `aws iam "
		"delete-virtual-mfa-device --serial-number " DEVICE("a")
		"`\n");
}

static void who_breaks_it_off_ends_it_there(void **state)
{
	(void)state;
	leave(JOURNAL_PUT_SENT);
	leave_too(JOURNAL_PUT_SENT, NULL, NULL);
	fails_at('u', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", go());
	assert_string_equal(asked, "ru");
	assert_string_equal(said, "");
}

/* ---- a device that a person registers ---- */

static void leave_by_hand(enum journal_point point, const char *serial,
	const char *method)
{
	strcpy(facts.serial, serial);
	strcpy(facts.method, method);
	leave(point);
	memset(&appeared, 0, sizeof(appeared));
	strcpy(appeared.p[0].serial, PASSKEY("other"));
	strcpy(appeared.p[1].serial, PASSKEY("key"));
	failing.question = '\0';
}

static void what_appeared_by_its_name_is_bound(void **state)
{
	(void)state;
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
	appeared.n = 2;
	appeared.named = appeared.first = 1;
	goes("rabe", "Finished an earlier enrollment of 'alice': "
		PASSKEY("key") " is enabled.\n");
	assert_string_equal(bound.facts.serial, PASSKEY("key"));
	assert_string_equal(bound.facts.basis, REGISTRY_BASIS_NAME);
	assert_int_equal(bound.point, JOURNAL_ENABLED);
	owed(NULL, NULL);
	/* what the console is not asked for */
	leave_by_hand(JOURNAL_ENABLE_SENT, DEVICE("a"), "fido");
	goes("ru", UNDID);
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "totp");
	goes("ru", UNDID);
	leave_by_hand(JOURNAL_PUT_SENT, "", "fido");
	goes("ru", UNDID);
	facts.kind = JOURNAL_REVOKE;
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
	resumed = true;
	goes("rv", "");
}

#define SEVERAL(n) "warning: of 'alice' " n " appeared since an enrollment "   \
	"began that was broken off: what is whose is said by --method fido "   \
	"--device ARN\n"

static void of_several_only_a_person_can_tell(void **state)
{
	static const struct {
		size_t n, named;
		const char *words;
	} rows[] = {
		{ 0, 0, "" },
		{ 1, 0, SEVERAL("1 FIDO device") },
		{ 2, 2, SEVERAL("2 FIDO devices") },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		begun_ago = DAY - 1;
		leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
		appeared.n = rows[i].n;
		appeared.named = rows[i].named;
		/* somebody may be at it still */
		goes("ra", "");
		owed("", "");
		begun_ago = DAY;
		leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
		appeared.n = rows[i].n;
		appeared.named = rows[i].named;
		goes("rae", rows[i].words);
		owed(NULL, NULL);
	}
}

static void who_enrolls_anew_waits_for_no_console(void **state)
{
	struct decide_claim claim = { .account = ACCOUNT, .endpoint = "",
		.user = "bob", .user_id = "" };

	(void)state;
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
	q.claim = &claim;
	goes("ra", "");
	claim.user = "alice";
	goes("rae", "");
	owed(NULL, NULL);
	/* he has no user any more: then there is nothing to wait for */
	q.claim = NULL;
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
	appeared.n = appeared.named = 1;
	fails_at('a', ERROR_REMOTE, "NoSuchEntity");
	goes("rae", "");
	owed(NULL, NULL);
	leave_by_hand(JOURNAL_ENABLE_SENT, "", "fido");
	fails_at('a', ERROR_REMOTE, "AccessDenied");
	OK(go());
	assert_string_equal(asked, "ra");
	assert_non_null(strstr(said, "not finished: AWS says no\n"));
	owed("AWS says no", "");
}

/* ---- the others ---- */

static void a_revocation_is_resumed_and_no_other_kind_is(void **state)
{
	(void)state;
	facts.kind = JOURNAL_REVOKE;
	leave(JOURNAL_DEACTIVATE_SENT);
	resumed = true;
	goes("rv", "");
	resumed = false;
	goes("rv", LEFT_REVOKED("it was broken off"));
	fails_at('v', ERROR_REMOTE, "");
	resumed = true;
	goes("rv", LEFT_REVOKED("AWS says no"));
	facts.kind = JOURNAL_PIN;
	leave(JOURNAL_INTENT);
	facts.kind = JOURNAL_REMOVE_ROOT;
	leave_too(JOURNAL_INTENT, NULL, NULL);
	goes("", "");
	facts.kind = JOURNAL_REVOKE_USER;
	leave(JOURNAL_INTENT);
	goes("r", "warning: a revocation of everything of 'alice' that began "
		"2 h ago is not finished: it was broken off\nWhat ends it: "
		"`tokenbridge revoke --all --account " ACCOUNT " -- alice`\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_enrollment_goes_forward_where_it_is_enabled),
		TEST(an_enrollment_goes_back_where_it_is_not_enabled),
		TEST(a_cause_is_written_down_once),
		TEST(who_breaks_it_off_ends_it_there),
		TEST(what_appeared_by_its_name_is_bound),
		TEST(of_several_only_a_person_can_tell),
		TEST(who_enrolls_anew_waits_for_no_console),
		TEST(a_revocation_is_resumed_and_no_other_kind_is),
	};

	return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
