/* SPDX-License-Identifier: Apache-2.0 */
/* Files of accounts, and the roles that lead into them. */
#include "bridge/accounts/list.h"

#include "tests/unit/unit.h"

#define A "123456789012"
#define B "210987654321"

static struct accounts_list list;

/* In a block of its own, so that a byte read too far is seen. */
static int parse_n(const char *s, size_t n)
{
	unsigned char *p = copy_of(s, n);
	int r;

	accounts_list_done(&list);
	r = accounts_list_parse((const char *)p, n, &list, &err);
	free(p);
	return r;
}

static int tear_down(void **state)
{
	(void)state;
	accounts_list_done(&list);
	return 0;
}

static void is_role(size_t i, const char *role, const char *want)
{
	char arn[ROLE_ARN_MAX] = "untouched";

	assert_int_equal(accounts_role(&list.items[i], role, "aws-us-gov",
		arn), want != NULL);
	assert_string_equal(arn, want ? want : "untouched");
}

static void a_line_is_an_account_and_its_way_in(void **state)
{
	static const char text[] = "\xef\xbb\xbf# the platform team\r\n"
		"\r\n" A "\r\n  " B "\trole=audit/reader  external-id=Zk3 # x\n"
		"222222222222 role=arn:aws:iam::222222222222:role/r\n"
		"333333333333 profile=prod";

	(void)state;
	OK(parse_n(text, sizeof(text) - 1));
	assert_int_equal(list.n, 4);
	assert_string_equal(list.items[0].id, A);
	assert_int_equal(list.items[0].way, ACCOUNTS_NOT_SAID);
	assert_int_equal(list.items[0].line, 3);
	assert_int_equal(list.items[1].way, ACCOUNTS_BY_ROLE);
	assert_string_equal(list.items[1].by, "audit/reader");
	assert_string_equal(list.items[1].external_id, "Zk3");
	assert_int_equal(list.items[3].way, ACCOUNTS_BY_PROFILE);
	assert_string_equal(list.items[3].by, "prod");
	assert_int_equal(list.items[3].line, 6);
}

static void a_role_is_the_lines_own_or_the_one_for_all(void **state)
{
	static const char text[] = A "\n" B " role=audit/reader\n"
		"222222222222 role=arn:aws:iam::222222222222:role/r\n"
		"333333333333 profile=prod\n";

	(void)state;
	OK(parse_n(text, sizeof(text) - 1));
	is_role(0, "all", "arn:aws-us-gov:iam::" A ":role/all");
	is_role(0, NULL, NULL);
	is_role(1, "all", "arn:aws-us-gov:iam::" B ":role/audit/reader");
	is_role(2, "all", "arn:aws:iam::222222222222:role/r");
	is_role(3, "all", NULL);
}

static void what_cannot_be_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "it names no account" },
		{ "# nothing\n\n", "it names no account" },
		{ A "\n12345678901\n", "line 2: '12345678901' is no account" },
		{ "1234567890123", "line 1:" },
		{ "12345678901x", "line 1:" },
		{ A "\n" B "\n" A "\n", "line 3: account '" A
			"' is in line 1 already" },
		{ A " rolle=x", "'rolle=x' is none of" },
		{ A " role=", "'role=' is none of" },
		{ A " role=a role=b", "'b' is a second way in" },
		{ A " profile=a role=b", "'b' is a second way in" },
		{ A " role=a profile=b", "'b' is a second way in" },
		{ A " role=/a", "is neither" },
		{ A " role=a/", "is neither" },
		{ A " role=a//b", "is neither" },
		{ A " role=a:b", "is neither" },
		{ A " role=arn:aws:iam::" B ":role/r", "is neither" },
		{ A " role=arn:aws:iam::" A ":user/r", "is neither" },
		{ A " role=arn:aws:sts::" A ":role/r", "is neither" },
		{ A " role=arn:aws:iam::" A ":role/", "is neither" },
		{ A " role=r external-id=a", "is no external id" },
		{ A " role=r external-id=ab external-id=cd",
			"is no external id, or a second one" },
		{ A " profile=p external-id=ab", "this is a profile" },
		{ A " external-id=ab profile=p", "this is a profile" },
		{ A "\n" B " \x1b[1m", "line 2: it is not plain text" },
		{ A ",x", "is no account" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		FAILS(ERROR_MALFORMED, parse_n(rows[i].text,
			strlen(rows[i].text)));
		if (!strstr(err.text, rows[i].says))
			fail_msg("'%s' does not say '%s'", err.text,
				rows[i].says);
		assert_null(list.items);
	}
	SAYS(ERROR_MALFORMED, ": it is not plain text in UTF-8",
		parse_n(A "\0", 13));
}

static void names_of_roles_have_paths_and_an_end(void **state)
{
	char name[700];

	(void)state;
	assert_true(accounts_is_role_name("a/b/c+=,.@_-9", 13));
	assert_false(accounts_is_role_name("", 0));
	memset(name, 'a', sizeof(name));
	assert_true(accounts_is_role_name(name, 64));
	assert_false(accounts_is_role_name(name, 65));
	memset(name, '/', sizeof(name));
	assert_false(accounts_is_role_name(name, 3));
}

static void only_what_the_organization_calls_closed_is_closed(void **state)
{
	static const struct {
		const char *word;
		bool closed;
	} rows[] = { { "ACTIVE", false }, { "SUSPENDED", true },
		{ "PENDING_CLOSURE", true }, { "CLOSED", true },
		{ "PENDING_ACTIVATION", true }, { "", false },
		{ "SOMETHING_NEW", false } };
	struct accounts_item item = { .line = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(item.state, sizeof(item.state), "%s", rows[i].word);
		assert_int_equal(accounts_is_closed(&item), rows[i].closed);
	}
}

static void no_more_accounts_than_an_organization_has(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1 << 20);
	for (i = 0; i <= ACCOUNTS_MAX; i++)
		buf_printf(&b, "%012zu\n", i);
	OK(parse_n((const char *)b.p, b.n - 13));
	assert_int_equal(list.n, ACCOUNTS_MAX);
	SAYS(ERROR_MALFORMED, ": there are more than",
		parse_n((const char *)b.p, b.n));
	assert_non_null(strstr(err.text, "line 20001: there are more than"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_line_is_an_account_and_its_way_in,
			tear_down),
		cmocka_unit_test_teardown(
			a_role_is_the_lines_own_or_the_one_for_all, tear_down),
		cmocka_unit_test_teardown(
			what_cannot_be_is_refused_with_its_line, tear_down),
		cmocka_unit_test(names_of_roles_have_paths_and_an_end),
		cmocka_unit_test(
			only_what_the_organization_calls_closed_is_closed),
		cmocka_unit_test_teardown(
			no_more_accounts_than_an_organization_has, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
