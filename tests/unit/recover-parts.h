/* SPDX-License-Identifier: Apache-2.0 */
/* Journals that earlier runs left, and what going through them asks. */
#ifndef TESTS_RECOVER_PARTS_H
#define TESTS_RECOVER_PARTS_H

#include "tests/unit/revoke-parts.h"

#include "bridge/mfa/appeared.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/revoke.h"

#define DAY (24 * 3600)

static struct recovery q;
static struct journal wanted;
static struct journal_facts facts; /* of the journal that is left next */
static time_t begun_ago;
static enum sequence_undo undone;
static bool resumed; /* revoke_resume settles it */
static struct appeared appeared;
static struct journal bound; /* as it was when it was bound */
static char first_path[256]; /* of the journal that was gone through first */

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return AWS_NOW;
}

static void is_ours(const struct sequence *s)
{
	assert_ptr_equal(s->run, &run);
	assert_ptr_equal(s->aws, &aws);
	assert_ptr_equal(s->reg, reg);
	assert_ptr_equal(s->worker, q.worker);
	assert_string_equal(s->actor.host, q.actor.host);
}

WRAP(int, sequence_release, struct sequence *s, struct error *e)
{
	is_ours(s);
	assert_null(e);
	if (!first_path[0])
		strcpy(first_path, s->journal->path);
	return ask('r', &(struct error){ .code = 0 });
}

WRAP(int, sequence_undo, struct sequence *s, bool patient,
	enum sequence_undo *ret, struct error *e)
{
	is_ours(s);
	assert_true(patient);
	*ret = undone;
	return ask('u', e);
}

WRAP(int, sequence_bind, struct sequence *s, struct registry_head *ret_head,
	struct error *e)
{
	is_ours(s);
	assert_null(ret_head);
	bound = *s->journal;
	return ask('b', e);
}

WRAP(int, sequence_end, struct sequence *s, struct error *e)
{
	int r = ask('e', e);

	is_ours(s);
	return r < 0 ? r : journal_end(s->journal, e);
}

WRAP(int, revoke_resume, struct sequence *s, bool *ret_settled,
	struct error *e)
{
	is_ours(s);
	*ret_settled = resumed;
	return ask('v', e);
}

WRAP(int, appeared_look, struct account *c, const struct journal *j,
	struct appeared *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(j->facts.user, "alice");
	*ret = appeared;
	return ask('a', e);
}

static UNUSED int begin_recovery(void **state)
{
	begin(state);
	q = (struct recovery){ .aws = &aws, .reg = reg,
		.worker = (struct worker *)&q, .actor = w.actor };
	memset(&iam, 0, sizeof(iam));
	wanted = (struct journal){ .fd = -1 };
	facts = (struct journal_facts){ .kind = JOURNAL_ENROLL };
	strcpy(facts.account, ACCOUNT);
	strcpy(facts.user, "alice");
	strcpy(facts.user_id, "IDalice");
	strcpy(facts.serial, DEVICE("a"));
	begun_ago = 7200;
	undone = SEQUENCE_UNDONE;
	resumed = false;
	memset(&appeared, 0, sizeof(appeared));
	return 0;
}

/* Forgets those that were left before. */
static UNUSED void forget_journals(void)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };
	size_t i;

	OK(journal_open_all(&list, place.db, &err));
	for (i = 0; i < list.n; i++)
		OK(journal_end(&list.p[i], &err));
}

static UNUSED void leave_too(enum journal_point point, const char *cause,
	const char *remedy)
{
	struct journal j = { .fd = -1, .begun = AWS_NOW - begun_ago };
	struct error why;

	OK(id_new(j.id, &err));
	OK(journal_begin(&j, place.db, &facts, &err));
	OK(journal_point(&j, point, &err));
	error_set(&why, ERROR_FAILED, "%s", cause ? cause : "");
	if (cause)
		OK(journal_stuck(&j, &why, remedy, &err));
	journal_done(&j);
}

static UNUSED void leave(enum journal_point point)
{
	forget_journals();
	leave_too(point, NULL, NULL);
}

static int go(void)
{
	said[0] = asked[0] = first_path[0] = '\0';
	return recover_all(&run, &q, &wanted, &err);
}

/* It goes well, with these questions and these words. */
static UNUSED void goes(const char *questions, const char *words)
{
	OK(go());
	assert_string_equal(asked, questions);
	assert_string_equal(said, words);
}

/* What the one journal that is owed still says; NULL: none is. */
static UNUSED void owed(const char *cause, const char *remedy)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };

	OK(journal_open_all(&list, place.db, &err));
	assert_int_equal(list.n, cause ? 1 : 0);
	if (!cause)
		return;
	assert_string_equal(list.p[0].cause, cause);
	assert_string_equal(list.p[0].remedy, remedy);
}

#define FINISHED "Finished an earlier enrollment of 'alice': " DEVICE("a")     \
	" is enabled.\n"
#define UNDID "Undid an unfinished enrollment of 'alice'.\n"
#define LEFT(why) "warning: an enrollment of 'alice' that began 2 h ago is "   \
	"not finished: " why "\nWhat ends it: `tokenbridge enroll alice "      \
	"--method totp --account " ACCOUNT "`\n"
#define LEFT_REVOKED(why) "warning: a revocation of 'alice' that began 2 h "   \
	"ago is not finished: " why "\nWhat ends it: `tokenbridge revoke "     \
	"alice " DEVICE("a") " --account " ACCOUNT "`\n"

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, begin_recovery, finish)

#endif
