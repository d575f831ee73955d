/* SPDX-License-Identifier: Apache-2.0 */
/* Who of all the users has a device that no list of its own names. */
#include "tests/unit/asked.h"

#include "bridge/account/sight.h"

#define BARE "GAKT12345678"
#define LISTED 1767225700
#define PEOPLE 9

/* Lists are asked one after the other: 'd' each, 'U' for that of the users. */
static size_t people;
static char owner[8];     /* of BARE; "": nobody */
static char asked_of[200]; /* whose lists, with a blank behind each */
static char grown[64];    /* "1 2 4 " */
static bool no_memory;
static int rubbish;       /* in the error of what succeeded */
static struct account account;
static struct sight sight;

void *__real_reallocarray(void *p, size_t n, size_t size);

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	size_t at = strlen(grown);

	assert_int_equal(size, IAM_NAME_MAX + 1);
	snprintf(grown + at, sizeof(grown) - at, "%zu ", n);
	return no_memory ? NULL : __real_reallocarray(p, n, size);
}

WRAP(int, iam_list_users, struct aws_session *s, iam_user_fn fn, void *data,
	struct error *e)
{
	struct iam_user user;
	size_t i;
	int r = 0;

	(void)s;
	memset(&user, 0, sizeof(user));
	for (i = 0; r == 0 && i < people; i++) {
		snprintf(user.name, sizeof(user.name), "u%zu", i);
		r = fn(data, &user, e);
	}
	if (r < 0)
		return r;
	e->code = rubbish;
	return ask('U', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .enabled = LISTED };
	size_t n = strlen(asked_of);

	(void)s;
	snprintf(asked_of + n, sizeof(asked_of) - n, "%s ", user);
	strcpy(d.serial, BARE "9");
	assert_int_equal(fn(data, &d, e), 0);
	strcpy(d.serial, BARE);
	if (strcmp(user, owner) == 0)
		assert_int_equal(fn(data, &d, e), 0);
	e->code = rubbish;
	return ask('d', e);
}

static int begin(void **state)
{
	(void)state;
	people = PEOPLE;
	no_memory = false;
	rubbish = 0;
	owner[0] = '\0';
	memset(&failing, 0, sizeof(failing));
	return 0;
}

static int look(void)
{
	asked[0] = asked_of[0] = grown[0] = '\0';
	sight = (struct sight){ .at = SIGHT_UNLISTED, .enabled = 1 };
	sight.why.code = 0;
	return account_look_everywhere(&account, BARE, &sight, &err);
}

/* Nothing was found: what was known before stays. */
static void nobody_has_it(int why)
{
	assert_int_equal(sight.at, SIGHT_UNLISTED);
	assert_int_equal(sight.enabled, 1);
	assert_string_equal(sight.user, "");
	assert_int_equal(sight.why.code, why);
	if (why)
		assert_string_equal(sight.why.text, "AWS says no");
}

static void everybody_is_asked_until_somebody_has_it(void **state)
{
	(void)state;
	strcpy(owner, "u3");
	OK(look());
	assert_string_equal(asked, "Udddd");
	assert_string_equal(asked_of, "u0 u1 u2 u3 ");
	assert_int_equal(sight.at, SIGHT_OTHERS);
	assert_int_equal(sight.enabled, LISTED);
	assert_string_equal(sight.user, "u3");
	assert_int_equal(sight.why.code, 0);
	/* the names stand one behind the other, and there is room for them */
	assert_string_equal(grown, "1 2 4 8 16 ");
	strcpy(owner, "u8");
	OK(look());
	assert_string_equal(sight.user, "u8");
	owner[0] = '\0';
	OK(look());
	assert_string_equal(asked_of, "u0 u1 u2 u3 u4 u5 u6 u7 u8 ");
	nobody_has_it(0);
	people = 0;
	OK(look());
	assert_string_equal(asked, "U");
	assert_string_equal(grown, "");
	nobody_has_it(0);
}

static void who_may_not_be_asked_keeps_nobody_from_the_others(void **state)
{
	(void)state;
	fails_at('d', ERROR_REMOTE, "AccessDenied");
	failing.from = 2;
	failing.times = 1;
	OK(look());
	assert_string_equal(asked, "Uddddddddd");
	nobody_has_it(ERROR_REMOTE);
	strcpy(owner, "u3");
	OK(look());
	assert_string_equal(asked, "Udddd");
	assert_string_equal(sight.user, "u3");
	assert_int_equal(sight.at, SIGHT_OTHERS);
	assert_int_equal(sight.why.code, 0);
	/* a page that came before the refusal names nobody as an owner */
	strcpy(owner, "u1");
	OK(look());
	assert_string_equal(asked, "Udd");
	assert_int_equal(sight.at, SIGHT_UNLISTED);
}

static void without_the_list_of_users_nothing_is_known(void **state)
{
	(void)state;
	fails_at('U', ERROR_REMOTE, "AccessDenied");
	OK(look());
	assert_string_equal(asked, "U");
	nobody_has_it(ERROR_REMOTE);
	fails_at('U', ERROR_TIMEOUT, "");
	SAYS(ERROR_TIMEOUT, "AWS says no", look());
	assert_string_equal(asked, "U");
	assert_int_equal(sight.why.code, 0);
	no_memory = true;
	FAILS(ERROR_FAILED, look());
	assert_string_equal(grown, "1 ");
}

static void what_is_no_refusal_ends_it(void **state)
{
	static const int codes[] = { ERROR_INTERRUPTED, ERROR_UNREACHABLE,
		ERROR_TIMEOUT, ERROR_MALFORMED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		fails_at('d', codes[i], "");
		failing.from = 3;
		SAYS(codes[i], "AWS says no", look());
		assert_string_equal(asked, "Uddd");
		assert_int_equal(sight.at, SIGHT_UNLISTED);
	}
}

static void an_error_that_nobody_returned_is_none(void **state)
{
	static const int codes[] = { ERROR_REMOTE, ERROR_TIMEOUT };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		rubbish = codes[i];
		OK(look());
		assert_string_equal(asked, "Uddddddddd");
		nobody_has_it(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			everybody_is_asked_until_somebody_has_it, begin),
		cmocka_unit_test_setup(
			who_may_not_be_asked_keeps_nobody_from_the_others,
			begin),
		cmocka_unit_test_setup(
			without_the_list_of_users_nothing_is_known, begin),
		cmocka_unit_test_setup(what_is_no_refusal_ends_it, begin),
		cmocka_unit_test_setup(an_error_that_nobody_returned_is_none,
			begin),
	};

	return cmocka_run_group_tests_name("sight everywhere", tests, NULL,
		NULL);
}
