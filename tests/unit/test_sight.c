/* SPDX-License-Identifier: Apache-2.0 */
/* Who has an MFA device: what AWS's lists tell, each by itself and together. */
#include "tests/unit/asked.h"
#include "tests/unit/test_registry.h"

#include "bridge/account/sight.h"

#define ARN "arn:aws:iam::123456789012:"
#define PHONE ARN "mfa/phone"
#define KEY ARN "u2f/user/alice/key"
#define BARE "GAKT12345678"
#define ENABLED 1767225600
#define LISTED 1767225700

/* A user of the account, and devices that the lists have. */
struct world {
	const char *name, *id;        /* of the user; NULL: there is none */
	const char *listed;           /* the serial in his list */
	struct iam_virtual_device virt[2];
	size_t virt_n;
	bool has_key;                 /* GetMFADevice answers */
	int key_code;                 /* ... else how it fails */
};

static const struct world *world;
static struct account account;

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	*ret_found = world->name && strcmp(world->name, name) == 0;
	if (*ret_found) {
		snprintf(ret->name, sizeof(ret->name), "%s", world->name);
		snprintf(ret->id, sizeof(ret->id), "%s", world->id);
	}
	return ask('u', e);
}

WRAP(int, iam_list_users, struct aws_session *s, iam_user_fn fn, void *data,
	struct error *e)
{
	static const char *const others[] = { "AIDA8", "AIDA9" };
	struct iam_user user = { .name = "other" };
	size_t i;

	(void)s;
	for (i = 0; i < 2; i++) {
		strcpy(user.id, others[i]);
		assert_int_equal(fn(data, &user, e), 0);
		if (i > 0 || !world->name)
			continue;
		strcpy(user.name, world->name);
		strcpy(user.id, world->id);
		assert_int_equal(fn(data, &user, e), 0);
		strcpy(user.name, "other");
	}
	return ask('U', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	static const char *const around[] = { "other-1", NULL, "other-2" };
	size_t i;

	(void)s;
	assert_string_equal(user, world->name);
	for (i = 0; i < 3; i++) {
		struct iam_device d = { .enabled = LISTED };

		if (i == 1 && !world->listed)
			continue;
		strcpy(d.serial, i == 1 ? world->listed : around[i]);
		d.enabled += i == 1 ? 0 : 1;
		assert_int_equal(fn(data, &d, e), 0);
	}
	return ask('d', e);
}

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	size_t i;

	(void)s;
	assert_int_equal(which, IAM_ANY);
	for (i = 0; i < world->virt_n; i++)
		assert_int_equal(fn(data, &world->virt[i], e), 0);
	return ask('v', e);
}

WRAP(int, iam_get_mfa_device, struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *e)
{
	(void)s;
	(void)ask('k', e);
	assert_string_equal(user, world->name);
	assert_string_equal(serial, KEY);
	ret->enabled = ENABLED;
	return world->has_key ? 0 : error_set(e,
		world->key_code, "AWS says no key");
}

#define ALICE .name = "alice", .id = "AIDA1"
#define VIRTUAL(...) .virt_n = 2, .virt = { { .serial = PHONE "2",             \
	.assigned = true, .user = "alice", .user_id = "AIDA1" },               \
	{ .serial = PHONE, .enabled = ENABLED, __VA_ARGS__ } }

static const struct row {
	struct world w;
	const char *serial, *user_id;
	/* as fails_at: AWS's refusal, where there is one */
	char question;
	int code;
	const char *foreign;
	/* what is seen */
	enum sight_at at;
	const char *user;
	time_t enabled;
	const char *asked;
	int fails;
} rows[] = {
	/* a virtual device, of which there are two sources */
	{ { ALICE, VIRTUAL(.assigned = true, .user = "alice",
		.user_id = "AIDA1") }, PHONE, "AIDA1",
		.at = SIGHT_HIS, .user = "alice", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .user = "renamed",
		.user_id = "AIDA1") }, PHONE, "AIDA1",
		.at = SIGHT_HIS, .user = "renamed", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .user = "alice",
		.user_id = "AIDA2") }, PHONE, "AIDA1",
		.at = SIGHT_OTHERS, .user = "alice", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .user = "alice",
		.user_id = "AIDA2") }, PHONE, "",
		.at = SIGHT_HIS, .user = "alice", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .user = "alice") }, PHONE,
		"AIDA1", .at = SIGHT_HIS, .user = "alice", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .user = "bob") }, PHONE, "AIDA1",
		.at = SIGHT_OTHERS, .user = "bob", .enabled = ENABLED,
		.asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = true, .of_root = true) }, PHONE,
		"AIDA1", .at = SIGHT_OTHERS, .user = "root",
		.enabled = ENABLED, .asked = "v" },
	{ { ALICE, VIRTUAL(.assigned = false) }, PHONE, "AIDA1",
		.at = SIGHT_FREE, .asked = "vud" },
	{ { ALICE, .listed = PHONE, VIRTUAL(.assigned = false) }, PHONE,
		"AIDA1", .at = SIGHT_HIS, .user = "alice", .enabled = LISTED,
		.asked = "vud" },
	{ { ALICE }, PHONE, "AIDA1", .at = SIGHT_ABSENT, .asked = "vud" },
	{ { .name = NULL }, PHONE, "", .at = SIGHT_ABSENT, .asked = "vu" },
	{ { ALICE }, PHONE, "AIDA1", 'd', ERROR_REMOTE, "AccessDenied",
		.at = SIGHT_ABSENT, .asked = "vud" },
	{ { ALICE, VIRTUAL(.assigned = false) }, PHONE, "AIDA1", 'd',
		ERROR_REMOTE, "AccessDenied", .at = SIGHT_FREE,
		.asked = "vud" },
	/* the one source may not be asked */
	{ { ALICE }, PHONE, "AIDA1", 'v', ERROR_REMOTE, "AccessDenied",
		.at = SIGHT_NOT_HIS, .asked = "vud" },
	{ { ALICE, .listed = PHONE }, PHONE, "AIDA1", 'v', ERROR_REMOTE,
		"AccessDenied", .at = SIGHT_HIS, .user = "alice",
		.enabled = LISTED, .asked = "vud" },
	{ { .name = NULL }, PHONE, "", 'v', ERROR_REMOTE, "AccessDenied",
		.at = SIGHT_NOT_HIS, .asked = "vu" },
	/* a FIDO device: his list, and the device itself */
	{ { ALICE, .listed = KEY }, KEY, "AIDA1", .at = SIGHT_HIS,
		.user = "alice", .enabled = LISTED, .asked = "ud" },
	{ { ALICE, .has_key = true }, KEY, "AIDA1", .at = SIGHT_HIS,
		.user = "alice", .enabled = ENABLED, .asked = "udk" },
	{ { ALICE, .key_code = ERROR_REMOTE }, KEY, "AIDA1",
		.at = SIGHT_NOT_HIS, .asked = "udk" },
	{ { ALICE, .key_code = ERROR_MALFORMED }, KEY, "AIDA1",
		.at = SIGHT_UNSEEN, .asked = "udk" },
	{ { ALICE, .key_code = ERROR_UNREACHABLE }, KEY, "AIDA1",
		.asked = "udk", .fails = ERROR_UNREACHABLE },
	{ { .name = NULL }, KEY, "", .at = SIGHT_NOT_HIS, .asked = "u" },
	{ { ALICE }, KEY, "AIDA1", 'd', ERROR_REMOTE, "AccessDenied",
		.at = SIGHT_UNSEEN, .asked = "ud" },
	{ { ALICE }, KEY, "AIDA1", 'd', ERROR_REMOTE, "NoSuchEntity",
		.at = SIGHT_NOT_HIS, .asked = "ud" },
	/* a vendor's number stands in one list only */
	{ { ALICE, .listed = BARE }, BARE, "AIDA1", .at = SIGHT_HIS,
		.user = "alice", .enabled = LISTED, .asked = "ud" },
	{ { ALICE }, BARE, "AIDA1", .at = SIGHT_UNLISTED, .user = "alice",
		.asked = "ud" },
	/* he has another name by now, or his name is another's */
	{ { .name = "renamed", .id = "AIDA1", .listed = KEY }, KEY, "AIDA1",
		.at = SIGHT_HIS, .user = "renamed", .enabled = LISTED,
		.asked = "uUd" },
	{ { .name = "alice", .id = "AIDA2", .listed = KEY }, KEY, "AIDA1",
		.at = SIGHT_NOT_HIS, .asked = "uU" },
	{ { .name = "alice", .id = "AIDA2", .listed = KEY }, KEY, "",
		.at = SIGHT_HIS, .user = "alice", .enabled = LISTED,
		.asked = "ud" },
	/* AWS cannot be asked at all, or nobody waits for it */
	{ { ALICE }, PHONE, "AIDA1", 'v', ERROR_INTERRUPTED, "", .asked = "v",
		.fails = ERROR_INTERRUPTED },
	{ { ALICE }, PHONE, "AIDA1", 'v', ERROR_TIMEOUT, "", .asked = "v",
		.fails = ERROR_TIMEOUT },
	{ { ALICE }, KEY, "AIDA1", 'u', ERROR_UNREACHABLE, "", .asked = "u",
		.fails = ERROR_UNREACHABLE },
	{ { ALICE }, KEY, "AIDA1", 'd', ERROR_TIMEOUT, "", .asked = "ud",
		.fails = ERROR_TIMEOUT },
};

static void who_has_it_is_what_the_lists_say_together(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *x = &rows[i];
		const struct sight_of of = { "alice", x->user_id, x->serial };
		struct sight s = { .at = SIGHT_PLACES };
		int r;

		world = &x->w;
		asked[0] = '\0';
		memset(&failing, 0, sizeof(failing));
		if (x->question)
			fails_at(x->question, x->code, x->foreign);
		r = account_look(&account, &of, &s, &err);
		if (strcmp(asked, x->asked) != 0)
			fail_msg("row %zu asked '%s'", i, asked);
		if (r != -x->fails || (x->fails && (s.at != SIGHT_PLACES ||
				(int)err.code != x->fails)))
			fail_msg("row %zu: %d", i, r);
		if (x->fails)
			continue;
		if (s.at != x->at || s.enabled != x->enabled ||
			strcmp(s.user, x->user ? x->user : "") != 0)
			fail_msg("row %zu: %d '%s' %ld", i, (int)s.at, s.user,
				(long)s.enabled);
		assert_int_equal(s.of_root, x->user &&
			strcmp(x->user, "root") == 0);
		if (x->at == SIGHT_UNSEEN)
			assert_non_null(strstr(s.why.text, "AWS says no"));
	}
}

static void a_user_is_found_by_the_name_or_else_by_the_id(void **state)
{
	static const struct world alice = { ALICE };
	static const struct {
		const char *name, *id;
		bool found;
		const char *asked;
	} cases[] = {
		{ "alice", "AIDA1", true, "u" },
		{ "alice", "", true, "u" },
		{ "alice", "AIDA2", false, "uU" },
		{ "old", "AIDA1", true, "uU" },
		{ "old", "", false, "u" },
		{ "", "AIDA1", true, "U" },
		{ NULL, "AIDA1", true, "U" },
		{ NULL, "AIDA2", false, "U" },
	};
	size_t i;

	(void)state;
	world = &alice;
	memset(&failing, 0, sizeof(failing));
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct iam_user user = { .name = "" };
		bool found = !cases[i].found;

		asked[0] = '\0';
		OK(account_find_user(&account, cases[i].name, cases[i].id,
			&user, &found, &err));
		assert_int_equal(found, cases[i].found);
		assert_string_equal(asked, cases[i].asked);
		if (found)
			assert_string_equal(user.name, "alice");
	}
	fails_at('U', ERROR_REMOTE, "AccessDenied");
	FAILS(ERROR_REMOTE, account_find_user(&account, "old", "AIDA1",
		&(struct iam_user){ .name = "" }, &(bool){ false }, &err));
}

/* What was taken away here a moment ago is known by account, number and the
 * time of its enabling: the next enabling is another. */
static void what_is_gone_is_remembered_by_its_account(void **state)
{
	static const struct {
		const char *account, *serial;
		time_t enabled;
		bool gone;
	} asked_for[] = {
		{ "123456789012", PHONE, ENABLED, true },
		{ "123456789012", PHONE, ENABLED + 1, false },
		{ "123456789012", PHONE, 0, true }, /* nobody's, not yet gone */
		{ "123456789012", PHONE "2", ENABLED, false },
		{ "123456789012", BARE, ENABLED, false }, /* no date is no word */
		{ "123456789012", BARE, 0, true },
		{ "210987654321", BARE, 0, false },
	};
	static const char here[] = "123456789012";
	struct place *p = *state;
	struct registry *reg = open_rw(p->db);
	char id[ID_LEN];
	bool gone = true;
	size_t i;

	new_id(id);
	OK(account_is_gone(reg, here, PHONE, ENABLED, &gone, &err));
	assert_false(gone);
	account_remember_gone(reg, here, PHONE, ENABLED, id);
	account_remember_gone(reg, here, BARE, 0, id);
	for (i = 0; i < ARRAY_LEN(asked_for); i++) {
		OK(account_is_gone(reg, asked_for[i].account,
			asked_for[i].serial, asked_for[i].enabled, &gone,
			&err));
		assert_int_equal(gone, asked_for[i].gone);
	}
	registry_free(&reg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_it_is_what_the_lists_say_together),
		cmocka_unit_test(a_user_is_found_by_the_name_or_else_by_the_id),
		cmocka_unit_test_setup_teardown(
			what_is_gone_is_remembered_by_its_account, setup,
			teardown),
	};

	return cmocka_run_group_tests_name("sight", tests, NULL, NULL);
}
