/* SPDX-License-Identifier: Apache-2.0 */
/* Which services of PAM's doctor looks at, and what it takes of each. */
#include "tests/unit/pam-dir-parts.h"

/* ---- names ---- */

static void services_are_looked_at_in_order_of_their_names(void **state)
{
	static const char *const names[] = { "f", "c", "a", "h", "b", "g", "e",
		"d", "b2" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		asks("mine", names[i]);
	looks("a b b2 c d e f g h +a +b +b2 +c +d +e +f +g +h ");
	assert_int_equal(services.n, 9);
	assert_string_equal(services.list[2].name, "b2");
	assert_string_equal(services.list[2].stack.service, "b2");
	assert_string_equal(services.folder->path, "/mine");
	assert_int_equal(found.n, 0);
}

static void names_that_are_no_services_are_passed_over(void **state)
{
	static const char *const names[] = { "common-auth", "common-", "Login",
		"system-auth", "system-auth-ac", "system-login", "aZ", "aA",
		"system-local-login", "system-remote-login", "system-services",
		"password-auth", "postlogin", "fingerprint-auth",
		"smartcard-auth", "x~", "~", "x.bak", "x.old", "x.orig",
		"x.pacnew", "x.pacorig", "x.pacsave", "x.swp", ".hidden",
		"x.dpkg-new", "x.rpmsave", "x.ucf-dist" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		asks("mine", names[i]);
	looks("");
	one(FINDING_OK, "pam-service", "/mine", "no service asks for a token",
		NULL);
}

static void names_that_only_look_like_those_are_services(void **state)
{
	static const char *const names[] = { "a@", "a[", "bak", "common",
		"system", "uncommon-auth", "x-bak", "x.bak2", "x.d", "xdpkg-",
		"xrpm", "x~y" };
	char want[512] = "";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		asks("mine", names[i]);
		strcat(strcat(want, names[i]), " ");
	}
	for (i = 0; i < ARRAY_LEN(names); i++)
		strcat(strcat(strcat(want, "+"), names[i]), " ");
	looks(want);
}

/* ---- programs ---- */

static void programs_are_told_by_names_and_lists(void **state)
{
	static const struct {
		const char *service, *greeters, *lockers, *want;
	} rows[] = {
		{ "sshd", "", "", "sshd:3 +sshd " },
		{ "sshd", "sshd", "sshd", "sshd:3 +sshd " },
		{ "mylock", "mylock", "yourlock", "mylock +mylock " },
		{ "mylock", "", "i3lock mylock", "mylock:7l +mylock " },
		{ "swaylock", "swaylock", "", "swaylock:7 +swaylock " },
		{ "swaylock", "", "swaylock", "swaylock:7l +swaylock " },
		{ "greetd", "gdm.service", "greetd", "greetd:4 +greetd " },
		{ "greetd", "greetd.service", "", "greetd:4l +greetd " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(system("rm -f mine/*"), 0);
		asks("mine", rows[i].service);
		q.greeter_units = rows[i].greeters;
		q.locker_services = rows[i].lockers;
		called = i % 2;
		looks(rows[i].want);
		assert_int_equal(services.list[0].program.called, called);
	}
}

#define WITH(words) "auth required pam_tokenbridge.so " words "\n"

static void a_lines_own_login_db_counts_for_who_is_root(void **state)
{
	static const struct {
		const char *service, *text, *db;
	} rows[] = {
		{ "login", WITH("login_db=/x/l.db"), "/x/l.db" },
		{ "login", WITH("login_db=/x/l.db debug"), "/x/l.db" },
		{ "login", WITH("debug"), "" },
		{ "login", WITH("login_db=/x/l.db nonsense"), "" },
		{ "i3lock", WITH("login_db=/x/l.db"), "" },
		{ "unlisted", WITH("login_db=/x/l.db"), "/x/l.db" },
		/* without a line of ours */
		{ "login", "auth required pam_unix.so login_db=/x/l.db\n", "" },
	};
	char path[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(path, sizeof(path), "mine/%s", rows[i].service);
		write_text(path, rows[i].text);
		q.service = rows[i].service;
		OK(look());
		assert_int_equal(services.n, 1);
		assert_string_equal(services.list[0].login_db, rows[i].db);
		assert_int_equal(services.list[0].stack.n, 1);
	}
}

/* ---- files that modules name ---- */

static void a_plain_file_is_one_that_not_everybody_may_write(void **state)
{
	static const struct {
		mode_t mode;
		bool plain;
	} rows[] = { { 0600, true }, { 0664, true }, { 0646, false },
		{ 0602, false }, { 0000, true } };
	size_t i;

	(void)state;
	asks("mine", "login");
	OK(look());
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		write_file("list", "x", 1, rows[i].mode);
		assert_int_equal(has_file("list"), rows[i].plain);
		assert_int_equal(unlink("list"), 0);
	}
	assert_false(has_file("list"));
	assert_false(has_file("mine"));
	assert_false(has_file("/dev/null"));
}

static void blanks_and_comments_are_no_words(void **state)
{
	static const struct {
		const char *text;
		bool words;
	} rows[] = { { "", false }, { " \t\n\v\f\r", false }, { "#a", false },
		{ "#a\n\n#b\n \n", false }, { "a", true }, { "\na", true },
		{ "#a\nb", true }, { " #a", true }, { "\n#a\n#b\nc", true },
		{ "  a", true } };
	char blanks[PAM_FILE_MAX + 1];
	size_t i;

	(void)state;
	asks("mine", "login");
	OK(look());
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		write_text("list", rows[i].text);
		assert_int_equal(has_words("list"), rows[i].words);
	}
	/* what cannot be read may have some */
	assert_true(has_words("nowhere"));
	memset(blanks, ' ', sizeof(blanks));
	write_file("list", blanks, PAM_FILE_MAX, 0600);
	assert_false(has_words("list"));
	write_file("list", blanks, PAM_FILE_MAX + 1, 0600);
	assert_true(has_words("list"));
	odd.path = "list";
	odd.read = ERROR_PERMISSION;
	write_text("list", "");
	assert_true(has_words("list"));
}

/* ---- lines ---- */

static void each_type_is_marked_and_judged(void **state)
{
	(void)state;
	write_text("mine/marked", OURS OTHERS
		"account required pam_tokenbridge.so\n"
		"password required pam_tokenbridge.so\n"
		"password required pam_unix.so\n"
		"session required pam_tokenbridge.so\n");
	looks("auth/2 account/1 marked.account/1 password/2 "
		"marked.password/2 session/1 marked.session/1 marked/2 "
		"+marked ");
}

static void who_has_no_lines_gets_those_of_other(void **state)
{
	(void)state;
	write_text("mine/other", OURS OTHERS);
	write_text("mine/empty", "# nothing\n");
	write_text("mine/login", OTHERS);
	looks("empty/2 other/2 +empty +other ");
	/* also one that is nowhere */
	q.service = "nowhere";
	looks("nowhere/2 +nowhere ");
	q.service = "login";
	looks("login:1 +login ");
}

#define LOST "the file that it includes cannot be read"

static void where_other_cannot_be_read_nothing_goes(void **state)
{
	(void)state;
	write_text("mine/other", OTHERS "@include lost\n");
	write_text("mine/login", OURS);
	write_text("mine/empty", "");
	q.service = "login";
	looks("login:1(/mine/other:2 " LOST ") +login ");
	q.service = "empty";
	looks("empty(/mine/other:2 " LOST ") +empty ");
	/* its own trouble is the one that counts */
	write_text("mine/login", "\n\n@include lost\n");
	q.service = "login";
	looks("login:1/0(/mine/login:3 " LOST ") +login ");
}

static void a_service_without_lines_anywhere_is_none(void **state)
{
	(void)state;
	q.service = "nowhere";
	SAYS(ERROR_FAILED, "PAM has no service 'nowhere' in '/mine'", look());
	assert_string_equal(steps, "");
	/* in a whole folder nobody minds */
	q.service = NULL;
	write_text("mine/empty", "");
	looks("");
	one(FINDING_OK, "pam-service", "/mine", "no service asks for a token",
		NULL);
}

static void a_service_without_ours_is_judged_where_it_is_named(void **state)
{
	(void)state;
	write_text("mine/login", OTHERS);
	looks("");
	q.service = "login";
	looks("login:1 +login ");
	assert_int_equal(found.n, 0);
}

static void a_name_is_looked_for_in_small_letters(void **state)
{
	(void)state;
	asks("mine", "sa@[z-z9");
	q.service = "SA@[Z-z9";
	looks("sa@[z-z9 +sa@[z-z9 ");
	q.service = "sA@[z-z9";
	looks("sa@[z-z9 +sa@[z-z9 ");
}

static void write_lines(const char *path, const char *line, size_t n)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	while (n-- > 0)
		assert_true(fputs(line, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#define MANY(service) "PAM's service '" service "' has senselessly many " \
	"lines and includes"

static void too_many_lines_are_a_finding_and_no_end(void **state)
{
	(void)state;
	write_lines("mine/a", OTHERS, 1025);
	write_lines("mine/b", "account required pam_unix.so\n"
		"password required pam_unix.so\n", 1025);
	write_lines("mine/c", "session required pam_unix.so\n", 1025);
	asks("mine", "d");
	looks("d +d ");
	assert_int_equal(found.n, 3);
	told(0, FINDING_UNKNOWN, "pam-file", "a", MANY("a"), NULL);
	told(1, FINDING_UNKNOWN, "pam-file", "b", MANY("b"), NULL);
	told(2, FINDING_UNKNOWN, "pam-file", "c", MANY("c"), NULL);
	write_lines("mine/other", OTHERS, 1025);
	assert_int_equal(system("rm mine/a mine/b mine/c"), 0);
	looks("");
	assert_int_equal(found.n, 3);
	told(0, FINDING_UNKNOWN, "pam-file", "d", MANY("other"), NULL);
	told(1, FINDING_UNKNOWN, "pam-file", "other", MANY("other"), NULL);
	told(2, FINDING_OK, "pam-service", "/mine",
		"no service asks for a token", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(services_are_looked_at_in_order_of_their_names),
		TEST(names_that_are_no_services_are_passed_over),
		TEST(names_that_only_look_like_those_are_services),
		TEST(programs_are_told_by_names_and_lists),
		TEST(a_lines_own_login_db_counts_for_who_is_root),
		TEST(a_plain_file_is_one_that_not_everybody_may_write),
		TEST(blanks_and_comments_are_no_words),
		TEST(each_type_is_marked_and_judged),
		TEST(who_has_no_lines_gets_those_of_other),
		TEST(where_other_cannot_be_read_nothing_goes),
		TEST(a_service_without_lines_anywhere_is_none),
		TEST(a_service_without_ours_is_judged_where_it_is_named),
		TEST(a_name_is_looked_for_in_small_letters),
		TEST(too_many_lines_are_a_finding_and_no_end),
	};

	return cmocka_run_group_tests_name("doctor PAM dir", tests, NULL, NULL);
}
