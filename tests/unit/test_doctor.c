/* SPDX-License-Identifier: Apache-2.0 */
/* doctor's parsers and rules: PAM's files, sshd_config. */
#include "bridge/doctor/pam-rules.h"
#include "bridge/doctor/sshd-rules.h"

#include "tests/unit/unit.h"

/* ---- PAM's files from a table ---- */

#define FILES_MAX 8

static struct {
	const char *name;
	struct pam_file file;
} files[FILES_MAX];
static size_t files_n;
static struct findings found;

static void forget(void)
{
	while (files_n > 0)
		pam_file_done(&files[--files_n].file);
	findings_done(&found);
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	return 0;
}

static struct pam_file *file(const char *name, const char *text)
{
	unsigned char *p = copy_of(text, strlen(text));

	OK(pam_file_parse(p, strlen(text), false, &files[files_n].file, &err));
	free(p);
	files[files_n].name = name;
	return &files[files_n++].file;
}

static const struct pam_file *get(const char *name, void *arg,
	const char **ret_name)
{
	size_t i;

	(void)arg;
	*ret_name = name;
	for (i = 0; i < files_n; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i].file;
	return NULL;
}

static struct pam_stack build(const char *service)
{
	struct pam_stack s = { 0 };

	OK(pam_stack_build(&s, service, service, PAM_TYPE_AUTH, get, NULL,
		&err));
	return s;
}

static pam_returns run(const char *text, enum pam_return ours,
	enum pam_asked asked)
{
	struct pam_world w = { .ours = ours, .asked = asked };
	struct pam_stack s;
	pam_returns results;

	forget();
	file("x", text);
	s = build("x");
	results = pam_stack_run(&s, &w).results;
	pam_stack_done(&s);
	return results;
}

#define BOTH "auth required " OURS "\nauth required pam_unix.so\n"
#define EITHER "auth sufficient " OURS "\nauth required pam_unix.so\n"

static struct pam_program program; /* but the host */

static const struct pam_program *program_of(const char *name)
{
	program.host = pam_host_of(name);
	return &program;
}

/* Judges the lines as service `name`; other files may be there before. */
static void judge_as(const char *name, const char *text)
{
	struct pam_stack s;

	findings_done(&found);
	file(name, text);
	s = build(name);
	pam_judge(name, program_of(name), &s, &found);
	pam_stack_done(&s);
}

static void judge(const char *text)
{
	forget();
	judge_as("x", text);
}

static const struct finding *find(enum finding_status status,
	const char *words)
{
	size_t i;

	for (i = 0; i < found.n; i++)
		if (found.rows[i].status == status &&
			strstr(found.rows[i].text, words))
			return &found.rows[i];
	return NULL;
}

static void say_all(void)
{
	size_t i;

	for (i = 0; i < found.n; i++)
		print_error("%s %s: %s\n",
			finding_status_name(found.rows[i].status),
			found.rows[i].check, found.rows[i].text);
}

#define SAID(status, words)                                                    \
	do {                                                                   \
		if (!find(status, words)) {                                    \
			say_all();                                             \
			fail_msg("nobody says '%s'", words);                   \
		}                                                              \
	} while (0)

#define NOT_SAID(status, words)                                                \
	do {                                                                   \
		if (find(status, words)) {                                     \
			say_all();                                             \
			fail_msg("somebody says '%s'", words);                 \
		}                                                              \
	} while (0)

static void assert_all_good(void)
{
	if (findings_count(&found, FINDING_OK) != found.n || found.n == 0)
		say_all();
	assert_true(found.n > 0);
	assert_int_equal(findings_count(&found, FINDING_OK), found.n);
}

#define OURS "pam_tokenbridge.so"

/* Debian's, as it is included by nearly every service. */
static const char common[] =
	"auth	[success=1 default=ignore]	pam_unix.so nullok\n"
	"auth	requisite			pam_deny.so\n"
	"auth	required			pam_permit.so\n"
	"auth	optional			pam_cap.so\n";

/* ---- lines ---- */

static void a_line_has_type_control_module_and_arguments(void **state)
{
	const struct pam_file *f = file("x",
		"# words\n"
		"\n"
		"  -AUTH\tRequired /lib/security/" OURS " debug  wait=5 # more\n"
		"session include common-session\n"
		"@include common-auth\n"
		"auth substack system-auth");
	const struct pam_line *l = f->lines;

	(void)state;
	assert_int_equal(f->n, 4);
	assert_int_equal(l[0].number, 3);
	assert_int_equal(l[0].type, PAM_TYPE_AUTH);
	assert_string_equal(l[0].control, "Required");
	assert_string_equal(l[0].module, "/lib/security/" OURS);
	assert_int_equal(l[0].argument_count, 2);
	assert_string_equal(l[0].arguments[0], "debug");
	assert_string_equal(l[0].arguments[1], "wait=5");
	assert_null(l[0].wrong);
	assert_true(pam_line_is_ours(&l[0]));
	assert_int_equal(l[1].kind, PAM_LINE_INCLUDE);
	assert_int_equal(l[1].type, PAM_TYPE_SESSION);
	assert_string_equal(l[1].module, "common-session");
	assert_int_equal(l[2].kind, PAM_LINE_FILE);
	assert_string_equal(l[2].module, "common-auth");
	assert_int_equal(l[3].kind, PAM_LINE_SUBSTACK);
	assert_int_equal(l[3].number, 6);
}

static void a_backslash_goes_on_and_a_comment_ends(void **state)
{
	const struct pam_file *f = file("x",
		"auth required \\\n"
		"   " OURS " \\  \n"
		"# passed over\n"
		"\n"
		"   wait=5\n"
		"auth required pam_a.so one # two \\\n"
		"# \\\n"
		"auth required pam_b.so");

	(void)state;
	assert_int_equal(f->n, 3);
	assert_int_equal(f->lines[0].number, 1);
	assert_true(pam_line_is_ours(&f->lines[0]));
	assert_string_equal(f->lines[0].arguments[0], "wait=5");
	assert_int_equal(f->lines[1].number, 6);
	assert_int_equal(f->lines[1].argument_count, 1);
	assert_string_equal(f->lines[2].module, "pam_b.so");
	assert_null(f->fatal);
	f = file("y", "auth required pam_a.so\nauth required pam_b.so\\\n#\n");
	assert_int_equal(f->n, 1);
	assert_non_null(f->fatal);
	assert_int_equal(f->fatal_number, 2);
}

static void a_line_of_more_than_pam_reads_is_told(void **state)
{
	char text[1100];
	struct pam_file f;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "auth required", 13);
	text[1022] = '\n';
	OK(pam_file_parse((const unsigned char *)text, 1023, false, &f, &err));
	assert_int_equal(f.cut_number, 0);
	pam_file_done(&f);
	text[1022] = ' ';
	text[1023] = '\n';
	OK(pam_file_parse((const unsigned char *)text, 1024, false, &f, &err));
	assert_int_equal(f.cut_number, 1);
	pam_file_done(&f);
	memcpy(text + 500, "\\\n", 2); /* what goes on counts, too */
	text[1023] = ' ';
	text[1024] = '\n';
	OK(pam_file_parse((const unsigned char *)text, 1025, false, &f, &err));
	assert_int_equal(f.cut_number, 2);
	pam_file_done(&f);
	judge("auth required " OURS "\nauth required pam_unix.so\n");
	assert_all_good();
	memset(text, '#', 1030);
	strcpy(text + 1030, "\nauth required " OURS "\n");
	judge(text);
	SAID(FINDING_FAIL, "line 1 of x: it is longer than");
	NOT_SAID(FINDING_OK, "nobody gets in without");
}

/* What only looks like a blank or the end of a line. */
static void a_line_that_is_nearly_ours_fails(void **state)
{
	static const char *const texts[] = {
		"auth required " OURS "\r\n", "auth required " OURS "\v\n",
		"auth required\xc2\xa0" OURS "\n",
		"auth\xc2\xa0required " OURS "\n",
		"auth required \xc2\xa0" OURS "\n", "authrequired " OURS "\n",
		"auth required pam_tokenbridge\n", "auth " OURS "\n",
		"auth required pam_unix.so auth required " OURS "\n",
		"auth required PAM_TOKENBRIDGE.SO\n",
		"\xef\xbb\xbf" "auth required " OURS "\n",
		"auth required pam_tokenbridge.so.so\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		judge(texts[i]);
		SAID(FINDING_FAIL, "line 1 of x mentions tokenbridge");
		assert_int_equal(findings_count(&found, FINDING_OK), 0);
	}
	judge("auth required " OURS " nouserok\r\n");
	SAID(FINDING_FAIL, "PAM_SERVICE_ERR");
	judge("# auth required " OURS "\nauth required /lib/tokenbridge/x.so\n"
		"auth include tokenbridge\n");
	assert_int_equal(found.n, 0);
}

static void what_makes_pam_give_up_fails(void **state)
{
	static const char *const texts[] = {
		"auth required " OURS "\nauth optional pam_env.so \\\n",
		"auth required " OURS "\n@include\n",
		"auth required " OURS "\n@include nowhere\n",
		"-@INCLUDE nowhere\nauth required " OURS "\n",
		"session optional /\nauth required " OURS "\n",
		"auth required " OURS "\npassword substack .x\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		judge(texts[i]);
		SAID(FINDING_FAIL, "PAM refuses everybody");
		assert_int_equal(findings_count(&found, FINDING_OK), 0);
	}
	forget();
	file("broken", "auth required pam_unix.so\\\n");
	judge_as("x", "auth required " OURS "\nsession include broken\n");
	NOT_SAID(FINDING_FAIL, "PAM refuses everybody");
}

static void brackets_hold_an_argument_together(void **state)
{
	const struct pam_file *f = file("x",
		"auth required " OURS " [cue_prompt=touch [it\\] now] debug\n");

	(void)state;
	assert_int_equal(f->lines[0].argument_count, 2);
	assert_string_equal(f->lines[0].arguments[0],
		"cue_prompt=touch [it] now");
	assert_string_equal(f->lines[0].arguments[1], "debug");
}

static void a_control_in_brackets_says_what_each_return_does(void **state)
{
	const struct pam_file *f = file("x",
		"auth [success=2 ignore=ignore authinfo_unavail = die "
		"default=bad] " OURS "\n"
		"auth [success=ok] " OURS "\n"
		"auth [success=0] " OURS "\n"
		"auth [succes=ok] " OURS "\n"
		"auth [default=ignore success=done] " OURS "\n"
		"auth [success=okdefault=02] " OURS "\n"
		"auth [success=okay] " OURS "\n"
		"auth [success=4294967297] " OURS "\n");
	const int *a = f->lines[0].actions;

	(void)state;
	assert_int_equal(a[RETURN_SUCCESS], 2);
	assert_int_equal(a[RETURN_IGNORE], ACTION_IGNORE);
	assert_int_equal(a[RETURN_AUTHINFO_UNAVAIL], ACTION_DIE);
	assert_int_equal(a[RETURN_AUTH_ERR], ACTION_BAD);
	assert_null(f->lines[0].wrong);
	assert_int_equal(f->lines[1].actions[RETURN_SUCCESS], ACTION_OK);
	assert_int_equal(f->lines[1].actions[RETURN_IGNORE], ACTION_BAD);
	assert_non_null(f->lines[2].wrong);
	assert_int_equal(f->lines[2].actions[RETURN_SUCCESS], ACTION_BAD);
	assert_non_null(f->lines[3].wrong);
	/* default takes what nothing before it has */
	assert_int_equal(f->lines[4].actions[RETURN_SUCCESS], ACTION_DONE);
	assert_int_equal(f->lines[4].actions[RETURN_AUTH_ERR], ACTION_IGNORE);
	/* nothing need stand between them */
	assert_int_equal(f->lines[5].actions[RETURN_SUCCESS], ACTION_OK);
	assert_int_equal(f->lines[5].actions[RETURN_AUTH_ERR], 2);
	assert_non_null(f->lines[6].wrong);
	assert_non_null(f->lines[7].wrong);
}

static void a_line_that_pam_does_not_understand_fails(void **state)
{
	static const char *const texts[] = {
		"auth\n", "auth required\n", "nonsense required pam_permit.so\n",
		"auth nonsense pam_permit.so\n", "auth [] pam_permit.so\n",
		"@include\n", "@include nowhere\n", "auth include nowhere\n",
		"auth substack nowhere\n", "auth include\n",
		"auth [success=9 default=ignore] pam_permit.so\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(run(texts[i], RETURN_SUCCESS, ASKED_GOOD) &
			PAM_RETURNS(RETURN_SUCCESS), 0);
}

static void pam_conf_has_the_service_in_front(void **state)
{
	static const char text[] = "sudo auth required " OURS "\n"
		"su auth required pam_unix.so\n"
		"SUDO auth required pam_unix.so\n";
	struct pam_stack s;

	(void)state;
	OK(pam_file_parse((const unsigned char *)text, strlen(text), true,
		&files[0].file, &err));
	files[files_n++].name = "/etc/pam.conf";
	OK(pam_stack_build(&s, "/etc/pam.conf", "sudo", PAM_TYPE_AUTH, get,
		NULL, &err));
	assert_int_equal(s.n, 2);
	assert_non_null(pam_stack_ours(&s));
	pam_stack_done(&s);
	OK(pam_stack_build(&s, "/etc/pam.conf", "su", PAM_TYPE_AUTH, get,
		NULL, &err));
	assert_int_equal(s.n, 1);
	pam_stack_done(&s);
}

/* The same line 1100 times */
static void file_of(const char *name, const char *line)
{
	static char text[1100 * 32];
	size_t i, n = strlen(line);

	assert_true(n < 32);
	for (i = 0; i < 1100; i++)
		memcpy(text + i * n, line, n + 1);
	file(name, text);
}

static void includes_that_never_end_are_an_error(void **state)
{
	struct pam_stack s = { 0 };

	(void)state;
	file("empty", "");
	file_of("files", "auth include empty\n");
	file_of("lines", "auth optional pam_env.so\n");
	FAILS(ERROR_FAILED, pam_stack_build(&s, "files", "files",
		PAM_TYPE_AUTH, get, NULL, &err));
	FAILS(ERROR_FAILED, pam_stack_build(&s, "lines", "lines",
		PAM_TYPE_AUTH, get, NULL, &err));
	file("a", "auth include a\nauth include a\nauth include a\n");
	FAILS(ERROR_FAILED, pam_stack_build(&s, "a", "a", PAM_TYPE_AUTH, get,
		NULL, &err));
	assert_null(s.entries);
}

/* ---- how the lines end ---- */

static void lines_end_as_pam_has_it(void **state)
{
	static const struct {
		const char *text;
		int ours, asking, want;
	} rows[] = {
		/* nothing said anything */
		{ "", 0, 0, RETURN_PERM_DENIED },
		{ "auth optional " OURS "\n", 7, 0, RETURN_PERM_DENIED },
		{ "auth required " OURS "\n", RETURN_IGNORE, 0,
			RETURN_PERM_DENIED },
		{ "auth sufficient " OURS "\n", 7, 0, RETURN_PERM_DENIED },
		/* one decides */
		{ "auth required " OURS "\n", 0, 0, 0 },
		{ "auth required " OURS "\n", 9, 0, 9 },
		{ "auth sufficient " OURS "\nauth required pam_unix.so\n", 0, 7,
			0 },
		{ "auth sufficient " OURS "\nauth required pam_unix.so\n", 7, 0,
			0 },
		{ "auth required pam_unix.so\nauth sufficient " OURS "\n", 0, 7,
			7 },
		/* required goes on, requisite does not, both refuse */
		{ "auth required " OURS "\nauth sufficient pam_unix.so\n", 7, 0,
			7 },
		{ "auth requisite " OURS "\nauth sufficient pam_unix.so\n", 7,
			0, 7 },
		/* jumps */
		{ "auth [success=1 default=ignore] " OURS "\n"
			"auth requisite pam_deny.so\nauth required "
			"pam_permit.so\n", 0, 0, 0 },
		{ "auth [success=1 default=ignore] " OURS "\n"
			"auth requisite pam_deny.so\nauth required "
			"pam_permit.so\n", 7, 0, 7 },
		{ "auth [success=1 default=ignore] " OURS "\n", 0, 0,
			RETURN_PERM_DENIED },
		{ "auth required pam_permit.so\n"
			"auth [success=5 default=bad] " OURS "\n", 0, 0,
			RETURN_PERM_DENIED },
		/* the first refusal is the one that counts */
		{ "auth required " OURS "\nauth required pam_deny.so\n", 9, 0,
			9 },
		/* a good code that is no success */
		{ "auth [authinfo_unavail=ok default=bad] " OURS "\n"
			"auth required pam_unix.so\n", 9, 0, 9 },
		{ "auth [default=die] pam_permit.so\n", 0, 0,
			RETURN_PERM_DENIED },
		/* reset forgets what came before */
		{ "auth required pam_unix.so\nauth [default=reset] " OURS "\n"
			"auth required pam_permit.so\n", 7, 7, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		pam_returns may = run(rows[i].text,
			(enum pam_return)rows[i].ours,
			rows[i].asking == 0 ? ASKED_GOOD : ASKED_BAD);

		if (rows[i].asking != 0)
			may &= PAM_RETURNS(rows[i].want);
		if (may != PAM_RETURNS(rows[i].want))
			fail_msg("row %zu: %x, not %d", i, may, rows[i].want);
	}
}

/* Whether somebody who gives nothing may come to that answer of a module. */
static bool may_answer(const char *line, const char *answer)
{
	char text[256];

	snprintf(text, sizeof(text), "auth [%s=1 default=die] %s\n"
		"auth requisite pam_deny.so\nauth required pam_permit.so\n",
		answer, line);
	return run(text, 0, ASKED_BAD) & PAM_RETURNS(0);
}

static void an_argument_may_let_in_who_gives_nothing(void **state)
{
	static const struct {
		const char *line;
		bool success, ignore;
	} rows[] = {
		{ "pam_u2f.so", false, false },
		{ "pam_u2f.so debug origin=pam://x", false, false },
		{ "pam_u2f.so alwaysok", true, false },
		{ "pam_u2f.so debug nouserok", true, true },
		{ "pam_u2f.so xnouserok", false, false },
		{ "pam_google_authenticator.so nullok", true, true },
		{ "pam_google_authenticator.so grace_period=60", true, false },
		{ "pam_krb5.so minimum_uid=1000", false, true },
		{ "pam_krb5.so ignore_root", false, true },
		{ "pam_sss.so ignore_unknown_user", false, true },
		{ "pam_sss.so allow_missing_name", true, true },
		{ "pam_radius_auth.so localifdown", false, true },
		/* theirs is for people whose password is empty */
		{ "pam_unix.so nullok", false, false },
		{ "pam_unix_auth.so nullok", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (may_answer(rows[i].line, "success") != rows[i].success ||
			may_answer(rows[i].line, "ignore") != rows[i].ignore)
			fail_msg("%s", rows[i].line);
}

static void pam_debug_answers_what_it_is_told(void **state)
{
	static const struct {
		const char *line;
		pam_returns want;
	} rows[] = {
		{ "pam_debug.so", PAM_RETURNS(0) },
		{ "pam_debug.so auth=success", PAM_RETURNS(0) },
		{ "pam_debug.so auth=auth_err", PAM_RETURNS(RETURN_AUTH_ERR) },
		{ "pam_debug.so cred=success auth=perm_denied",
			PAM_RETURNS(RETURN_PERM_DENIED) },
		/* the first one counts; a word that is none changes nothing */
		{ "pam_debug.so auth=auth_err auth=success",
			PAM_RETURNS(RETURN_AUTH_ERR) },
		{ "pam_debug.so auth=coffee", PAM_RETURNS(0) },
		{ "pam_debug.so cred=auth_err", PAM_RETURNS(0) },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "auth required %s\n",
			rows[i].line);
		if (run(text, 0, ASKED_BAD) != rows[i].want)
			fail_msg("%s", rows[i].line);
	}
}

static void a_substack_ends_alone_and_is_one_line_for_a_jump(void **state)
{
	struct pam_world w = { .ours = RETURN_AUTH_ERR, .asked = ASKED_GOOD };
	struct pam_stack s;

	(void)state;
	file("inner", "auth sufficient pam_unix.so\nauth required pam_deny.so\n");
	file("sub", "auth substack inner\nauth required " OURS "\n");
	file("inc", "auth include inner\nauth required " OURS "\n");
	file("jump", "auth [default=2] pam_unix.so\nauth required pam_deny.so\n"
		"auth substack inner\nauth required " OURS "\n");
	s = build("sub");
	assert_int_equal(pam_stack_run(&s, &w).results,
		PAM_RETURNS(RETURN_AUTH_ERR));
	assert_true(pam_stack_run(&s, &w).reached);
	pam_stack_done(&s);
	s = build("inc");
	assert_int_equal(pam_stack_run(&s, &w).results,
		PAM_RETURNS(RETURN_SUCCESS));
	assert_false(pam_stack_run(&s, &w).reached);
	pam_stack_done(&s);
	s = build("jump");
	assert_true(pam_stack_run(&s, &w).reached);
	assert_int_equal(pam_stack_run(&s, &w).results,
		PAM_RETURNS(RETURN_AUTH_ERR));
	w.ours = RETURN_SUCCESS;
	assert_int_equal(pam_stack_run(&s, &w).results,
		PAM_RETURNS(RETURN_SUCCESS));
	pam_stack_done(&s);
}

/* ---- rules ---- */

static void token_and_password_is_good(void **state)
{
	(void)state;
	file("common-auth", common);
	judge_as("x", "auth required " OURS "\n@include common-auth\n");
	assert_all_good();
	SAID(FINDING_OK, "nobody gets in without the token");
	NOT_SAID(FINDING_OK, "alone is enough");
}

static void the_token_alone_is_good(void **state)
{
	(void)state;
	judge("auth required " OURS "\n");
	assert_all_good();
	SAID(FINDING_OK, "it alone is enough");
}

static void a_line_that_decides_nothing_fails(void **state)
{
	(void)state;
	judge("auth optional " OURS "\nauth required pam_unix.so\n");
	SAID(FINDING_FAIL, "decides nothing: its control 'optional'");
	judge("auth [default=ignore] " OURS "\nauth required pam_unix.so\n");
	SAID(FINDING_FAIL, "decides nothing");
	judge("auth [success=ok default=ignore] " OURS "\n"
		"auth required pam_unix.so\n");
	SAID(FINDING_FAIL, "decides nothing");
	judge("auth requisite " OURS "\nauth required pam_unix.so\n");
	assert_all_good();
}

static void either_of_two_is_a_warning(void **state)
{
	(void)state;
	judge("auth sufficient " OURS "\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "either alone is enough");
	NOT_SAID(FINDING_WARN, "nouserok");
	assert_int_equal(found.n, 1);
	judge("auth sufficient " OURS " nouserok\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "nouserok changes nothing");
}

static void a_line_behind_a_sufficient_password_fails(void **state)
{
	(void)state;
	judge("auth sufficient pam_unix.so\nauth required " OURS "\n");
	SAID(FINDING_FAIL, "a line before ours then decides");
	judge("auth required pam_unix.so\nauth required " OURS "\n");
	assert_all_good();
}

static void a_line_that_is_never_reached_fails(void **state)
{
	(void)state;
	judge("auth sufficient pam_permit.so\nauth required " OURS "\n");
	SAID(FINDING_FAIL, "never reached");
	judge("auth requisite pam_deny.so\nauth required " OURS "\n");
	SAID(FINDING_FAIL, "never reached");
	judge("auth optional pam_permit.so\nauth required " OURS "\n");
	NOT_SAID(FINDING_FAIL, "never reached");
}

static void getting_in_with_nothing_fails(void **state)
{
	(void)state;
	judge("auth optional " OURS "\nauth required pam_permit.so\n");
	SAID(FINDING_FAIL, "everybody gets in");
	judge("auth required " OURS " nouserok\nauth required pam_permit.so\n");
	SAID(FINDING_FAIL, "whoever has no token gets in with nothing");
	SAID(FINDING_FAIL, "(nouserok)");
	judge("auth required " OURS "\nauth required pam_permit.so\n");
	assert_all_good();
	judge("auth [user_unknown=ignore success=ok default=bad] " OURS "\n"
		"auth required pam_permit.so\n");
	SAID(FINDING_FAIL, "whoever has no token gets in with nothing");
	NOT_SAID(FINDING_FAIL, "nouserok");
	judge("auth [authinfo_unavail=ignore success=ok default=bad] " OURS
		"\nauth required pam_permit.so\n");
	SAID(FINDING_FAIL, "comes over the network, gets in with nothing");
	/* nouserok alone gives nothing to whom nothing else lets in */
	judge("auth required " OURS " nouserok\n");
	NOT_SAID(FINDING_FAIL, "with nothing");
}

static void nobody_gets_in_fails(void **state)
{
	(void)state;
	judge("auth required " OURS "\nauth required pam_deny.so\n");
	SAID(FINDING_FAIL, "nobody gets in");
	judge("auth [success=3 default=bad] " OURS "\n"
		"auth required pam_unix.so\n");
	SAID(FINDING_FAIL, "nobody gets in");
}

static void refusals_that_are_passed_over_are_named(void **state)
{
	(void)state;
	judge("auth [success=ok authinfo_unavail=ignore default=bad] " OURS
		"\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "passes over authinfo_unavail");
	NOT_SAID(FINDING_WARN, "user_unknown");
	judge("auth [success=ok user_unknown=ignore service_err=ignore "
		"module_unknown=ignore default=bad] " OURS
		"\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "passes over user_unknown");
	SAID(FINDING_WARN, "passes over service_err");
	SAID(FINDING_WARN, "passes over module_unknown");
	NOT_SAID(FINDING_WARN, "authinfo_unavail");
}

static void nouserok_is_told_with_what_follows(void **state)
{
	(void)state;
	judge("auth required " OURS " nouserok\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "passed over (nouserok)");
	assert_int_equal(found.n, 1);
	judge("auth required " OURS "\nauth required pam_unix.so\n");
	NOT_SAID(FINDING_WARN, "nouserok");
}

static void what_looks_at_who_asks_is_told_apart(void **state)
{
	(void)state;
	judge("auth sufficient pam_rootok.so\nauth required " OURS "\n"
		"auth required pam_unix.so\n");
	assert_all_good();
	SAID(FINDING_OK, "depends on pam_rootok.so");
	SAID(FINDING_OK, "but whom other lines let in");
	judge("auth [success=1 default=ignore] pam_succeed_if.so user = bob\n"
		"auth required " OURS "\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "depends on pam_succeed_if.so");
	/* a module between them that looks at nobody is not what it is */
	judge("auth [success=2 default=ignore] pam_succeed_if.so user = bob\n"
		"auth optional pam_env.so\nauth required " OURS "\n"
		"auth required pam_permit.so\n");
	SAID(FINDING_WARN, "depends on pam_succeed_if.so");
	judge("auth required pam_env.so\nauth required " OURS "\n");
	NOT_SAID(FINDING_OK, "depends on");
	SAID(FINDING_OK, "it alone is enough");
}

/* The gate, then ours as the only other: who passes the gate gets in. */
static void gates_are_judged_for_an_ordinary_person(void **state)
{
	static const struct {
		const char *gate;
		enum finding_status status;
		const char *says;
	} rows[] = {
		{ "pam_succeed_if.so user != root quiet_success", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_succeed_if.so uid >= 1000", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_succeed_if.so quiet uid ne 0 user notin root:gdm",
			FINDING_FAIL, "everybody gets in" },
		{ "pam_succeed_if.so service = x", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_succeed_if.so", FINDING_FAIL, "everybody gets in" },
		{ "pam_faillock.so preauth silent", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_usertype.so isregular", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_shells.so", FINDING_FAIL, "everybody gets in" },
		{ "pam_nologin.so successok", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_securetty.so", FINDING_FAIL, "everybody gets in" },
		{ "pam_debug.so auth=success", FINDING_FAIL,
			"everybody gets in" },
		{ "pam_succeed_if.so user ingroup nopasswdlogin",
			FINDING_UNKNOWN, "gets in with nothing at all depends" },
		{ "pam_succeed_if.so uid >= 5000", FINDING_UNKNOWN,
			"gets in with nothing at all depends" },
		/* a directory's people */
		{ "pam_succeed_if.so uid >= 200000", FINDING_UNKNOWN,
			"gets in with nothing at all depends" },
		{ "pam_succeed_if.so uid <= 60000", FINDING_UNKNOWN,
			"gets in with nothing at all depends" },
		{ "pam_nologin.so successok file=/x", FINDING_UNKNOWN,
			"here: pam_nologin.so" },
		{ "pam_succeed_if.so use_uid uid = 0", FINDING_UNKNOWN,
			"here: pam_succeed_if.so" },
		{ "pam_listfile.so item=user sense=allow file=/x",
			FINDING_UNKNOWN, "here: pam_listfile.so" },
		{ "pam_wheel.so trust", FINDING_UNKNOWN, "here: pam_wheel.so" },
		{ "pam_access.so", FINDING_UNKNOWN, "here: pam_access.so" },
		{ "pam_localuser.so", FINDING_UNKNOWN, "pam_localuser.so" },
		{ "pam_exec.so /bin/x", FINDING_UNKNOWN, "here: pam_exec.so" },
		{ "pam_mycorp.so", FINDING_UNKNOWN, "here: pam_mycorp.so" },
		{ "pam_gnome_keyring.so", FINDING_UNKNOWN,
			"here: pam_gnome_keyring.so" },
		{ "pam_u2f.so nouserok", FINDING_UNKNOWN, "pam_u2f.so" },
		{ "pam_succeed_if.so user = root", FINDING_FAIL,
			"nobody gets in" },
		{ "pam_succeed_if.so uid < 1000", FINDING_FAIL,
			"nobody gets in" },
		{ "pam_succeed_if.so uid", FINDING_FAIL, "nobody gets in" },
		{ "pam_usertype.so", FINDING_FAIL, "nobody gets in" },
		{ "pam_nologin.so", FINDING_OK, "it alone is enough" },
		{ "pam_faillock.so authfail", FINDING_OK, "it alone is enough" },
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "auth required %s\n"
			"auth sufficient " OURS "\n", rows[i].gate);
		judge(text);
		SAID(rows[i].status, rows[i].says);
		if (rows[i].status != FINDING_OK)
			NOT_SAID(FINDING_OK, "nobody gets in without");
	}
}

static void a_module_that_is_not_known_does_no_harm_behind_ours(void **state)
{
	(void)state;
	judge("auth requisite " OURS "\nauth required pam_unix.so\n"
		"auth optional pam_gnome_keyring.so\n");
	assert_all_good();
	judge("auth sufficient " OURS "\nauth optional pam_gnome_keyring.so\n");
	SAID(FINDING_UNKNOWN, "with nothing at all");
	judge("auth required " OURS "\nauth required pam_mycorp.so\n");
	SAID(FINDING_UNKNOWN, "whether anybody gets in");
}

#define REFUSED "the line refuses everybody (PAM_AUTHINFO_UNAVAIL, "

static void programs_that_are_not_served_are_told(void **state)
{
	static const struct {
		const char *service, *says, *word, *remedy;
	} rows[] = {
		{ "greetd", "neither a session nor a terminal yet",
			"not-local", "add seat=greeter to the line" },
		{ "sddm", "neither a session nor a terminal yet", "not-local",
			"add seat=greeter" },
		{ "lightdm", "neither a session nor a terminal yet",
			"not-local", "add seat=greeter" },
		{ "gdm-password", "neither a session nor a terminal yet",
			"not-local", "add seat=greeter" },
		{ "swaylock", "runs as the user", "not-listed",
			"locker_services" },
		{ "i3lock", "runs as the user", "not-listed",
			"locker_services" },
		{ "kde", "runs as the user", "not-listed",
			"locker_services" },
	};
	char words[128];
	size_t i;

	(void)state;
	program = (struct pam_program){ .listed = false };
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		forget();
		judge_as(rows[i].service, BOTH);
		SAID(FINDING_FAIL, rows[i].says);
		snprintf(words, sizeof(words), REFUSED "%s), and nothing else",
			rows[i].word);
		SAID(FINDING_FAIL, words);
		assert_non_null(strstr(found.rows[0].remedy, rows[i].remedy));
		assert_int_equal(found.n, 1);
		forget();
		judge_as(rows[i].service, EITHER);
		SAID(FINDING_WARN, rows[i].says);
		SAID(FINDING_WARN, "and a password alone is enough");
		assert_int_equal(found.n, 1);
	}
	forget();
	judge_as("sudo", BOTH);
	assert_all_good();
}

#define SEATED(word) "auth required " OURS " " word "\n" \
	"auth required pam_unix.so\n"

static void judge_alone(const char *name, const char *text)
{
	forget();
	judge_as(name, text);
}

static void a_display_manager_is_served_by_its_word_in_its_own_file(
	void **state)
{
	(void)state;
	program = (struct pam_program){ .listed = true };
	judge_alone("greetd", SEATED("seat=greeter"));
	assert_all_good();
	judge_alone("sddm", SEATED("wait=3 seat=unlock seat=greeter"));
	assert_all_good();
	judge_alone("greetd", SEATED("seat=unlock"));
	SAID(FINDING_FAIL, REFUSED "not-local)");

	forget();
	file("shared", SEATED("seat=greeter"));
	judge_as("greetd", "auth include shared\n");
	SAID(FINDING_FAIL, "seat=greeter counts only in its own file");
	assert_string_equal(found.rows[0].remedy,
		"write the line into the service's own file");

	program.listed = false;
	judge_alone("xdm", SEATED("seat=greeter"));
	SAID(FINDING_FAIL, "its unit is not among greeter_units");
	assert_string_equal(found.rows[0].remedy,
		"name its unit in greeter_units, tokenbridge.conf(5)");
}

static void a_display_manager_that_unlocks_needs_two_words(void **state)
{
	(void)state;
	program = (struct pam_program){ .listed = true };
	judge_alone("gdm-password", SEATED("seat=greeter"));
	SAID(FINDING_WARN, "a session that is locked is not unlocked by the "
		"line (PAM_AUTHINFO_UNAVAIL, not-local), and nothing else");
	judge_alone("gdm-password", SEATED("seat=greeter seat=unlock"));
	assert_all_good();
	judge_alone("lightdm", SEATED("seat=greeter"));
	assert_all_good();
}

static void a_screen_locker_needs_the_socket_before_it_locks(void **state)
{
	(void)state;
	program = (struct pam_program){ .listed = true };
	judge_alone("swaylock", BOTH);
	SAID(FINDING_FAIL, "swaylock runs as the user, and nobody listens for "
		"it (tokenbridge-auth.socket): " REFUSED "not-root), and "
		"nothing else lets in");
	assert_non_null(strstr(found.rows[0].remedy,
		"enable --now tokenbridge-auth.socket"));
	judge_alone("swaylock", EITHER);
	SAID(FINDING_WARN, "and a password alone is enough");

	program.called = true;
	judge_alone("swaylock", BOTH);
	assert_all_good();
	judge_alone("swaylock", SEATED("remote=allow"));
	SAID(FINDING_WARN, "login_db, remote and seat count nothing");
	judge_alone("swaylock", SEATED("login_db=/x seat=unlock"));
	SAID(FINDING_WARN, "count nothing");
	program.called = false;
}

static void arguments_are_judged_as_the_module_takes_them(void **state)
{
	(void)state;
	judge("auth required " OURS " alwaysok\nauth required pam_unix.so\n");
	SAID(FINDING_FAIL, "'alwaysok' is refused");
	SAID(FINDING_FAIL, "(PAM_SERVICE_ERR), and nothing else lets in");
	assert_int_equal(found.n, 1);
	judge("auth optional " OURS " interactive\nauth required pam_unix.so\n");
	SAID(FINDING_FAIL, "and a password alone is enough");
	judge("auth required " OURS " cue\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "'cue' changes nothing");
	SAID(FINDING_OK, "nobody gets in without");
	judge("auth required " OURS " wait=5 [cue_prompt=touch it]\n");
	assert_all_good();
}

static void remote_allow_and_sshd_are_told(void **state)
{
	static const char line[] = "auth required " OURS "\n"
		"auth required pam_unix.so\n";

	(void)state;
	judge_as("sshd", line);
	SAID(FINDING_WARN, "over ssh the line refuses");
	SAID(FINDING_WARN, "nobody who has one logs in with a password");
	forget();
	judge_as("sshd", "auth sufficient " OURS "\nauth required pam_unix.so\n");
	SAID(FINDING_WARN, "a password alone is enough");
	forget();
	judge_as("sshd", "auth required " OURS " remote=allow\n");
	SAID(FINDING_WARN, "remote=allow");
	NOT_SAID(FINDING_WARN, "over ssh the line refuses");
	forget();
	judge_as("sudo", "auth required " OURS " remote=allow\n");
	SAID(FINDING_WARN, "remote=allow");
	forget();
	judge_as("sudo", line);
	assert_all_good();
	forget();
	judge_as("sudo", "auth required " OURS " remote=deny\n");
	assert_all_good();
}

static void a_broken_line_is_named_where_ours_is(void **state)
{
	(void)state;
	judge("auth required " OURS "\nauth requird pam_unix.so\n");
	SAID(FINDING_FAIL, "line 2 of x: its control is not understood");
	judge("auth required " OURS "\n@include nowhere\n");
	SAID(FINDING_FAIL, "line 2 of x: the file that it includes");
	judge("auth requird pam_unix.so\n");
	assert_int_equal(found.n, 0);
}

static void only_auth_has_anything_to_do(void **state)
{
	struct pam_stack s;

	(void)state;
	file("x", "session required " OURS "\naccount optional " OURS "\n"
		"auth required " OURS "\n");
	OK(pam_stack_build(&s, "x", "x", PAM_TYPE_SESSION, get, NULL, &err));
	pam_judge_type("x", PAM_TYPE_SESSION, &s, &found);
	SAID(FINDING_FAIL, "of type session");
	pam_stack_done(&s);
	OK(pam_stack_build(&s, "x", "x", PAM_TYPE_ACCOUNT, get, NULL, &err));
	pam_judge_type("x", PAM_TYPE_ACCOUNT, &s, &found);
	SAID(FINDING_WARN, "of type account");
	pam_stack_done(&s);
	findings_done(&found);
	s = build("x");
	pam_judge_type("x", PAM_TYPE_AUTH, &s, &found);
	assert_int_equal(found.n, 0);
	pam_stack_done(&s);
}

/* ---- one person ---- */

static void foresee_as(const char *service, const char *text,
	struct pam_person who)
{
	struct pam_stack s;

	forget();
	file(service, text);
	s = build(service);
	who.name = "alice";
	who.tokens = who.credentials ? "1a2b3c4d" : "";
	pam_foresee(service, program_of(service), &s, &who, &found);
	pam_stack_done(&s);
	assert_int_equal(found.n, 1);
}

#define WHO(...) (struct pam_person){ .plugged = true, __VA_ARGS__ }

static void what_would_happen_is_one_sentence(void **state)
{
	static const char required[] = "auth required " OURS "\n"
		"auth required pam_unix.so\n";
	static const char nouserok[] = "auth required " OURS " nouserok\n"
		"auth required pam_unix.so\n";

	(void)state;
	foresee_as("sudo", required, WHO(.credentials = 1));
	SAID(FINDING_OK, "sudo would ask alice to touch token 1a2b3c4d, at "
		"this machine only");
	foresee_as("sudo", required, WHO(.credentials = 1, .verify = true));
	SAID(FINDING_OK, "ask alice for the PIN and to touch token");
	foresee_as("sudo", "auth required " OURS " userverification=1\n",
		WHO(.credentials = 1));
	SAID(FINDING_OK, "for the PIN and to touch");
	foresee_as("sudo", required, WHO(.credentials = 0));
	SAID(FINDING_WARN, "alice has no token: the line refuses alice "
		"(PAM_USER_UNKNOWN), and nothing else lets in");
	foresee_as("sudo", nouserok, WHO(.credentials = 0));
	SAID(FINDING_WARN, "passed over (nouserok, PAM_IGNORE), and a password "
		"alone is enough");
	foresee_as("sudo", "auth required " OURS " nouserok\n",
		WHO(.credentials = 0));
	SAID(FINDING_WARN, "passed over (nouserok, PAM_IGNORE), and nothing");
	foresee_as("sudo", nouserok, WHO(.no_record = "why"));
	SAID(FINDING_WARN, "(PAM_AUTHINFO_UNAVAIL)");
	NOT_SAID(FINDING_WARN, "passed over");
	foresee_as("sudo", required, (struct pam_person){ .credentials = 1 });
	SAID(FINDING_WARN, "no token plugged in now");
	foresee_as("sudo", "auth required " OURS " wait=9\n",
		(struct pam_person){ .credentials = 1 });
	SAID(FINDING_OK, "wait 9 s for a token, then ask alice");
	foresee_as("sudo", "auth required " OURS " require=x\n",
		WHO(.credentials = 1));
	SAID(FINDING_WARN, "(PAM_SERVICE_ERR)");
	foresee_as("sudo", "auth required pam_unix.so\n",
		WHO(.credentials = 1));
	SAID(FINDING_OK, "does not ask alice for a token");
	foresee_as("sudo", required, WHO(.credentials = 1));
	NOT_SAID(FINDING_OK, "not tried");
	foresee_as("doas", required, WHO(.credentials = 1));
	SAID(FINDING_OK, "; this service was not tried");
	foresee_as("sddm", required, WHO(.credentials = 1));
	SAID(FINDING_WARN, "alice comes by a program that has neither a "
		"session nor a terminal yet when it asks (not-local): the line "
		"refuses alice (PAM_AUTHINFO_UNAVAIL), and nothing else");
	foresee_as("sudo", "auth required " OURS "\r\n",
		WHO(.credentials = 1));
	SAID(FINDING_UNKNOWN, "not foreseen");
	foresee_as("sudo", "auth required " OURS "\nauth required "
		"pam_deny.so\n", WHO(.credentials = 1));
	SAID(FINDING_WARN, "lets nobody in all the same");
	foresee_as("sudo", "auth required " OURS "\nauth required "
		"pam_mycorp.so\n", WHO(.credentials = 1));
	SAID(FINDING_UNKNOWN, "other lines decide");
}

static void where_the_person_has_to_be_is_said_of_each_program(void **state)
{
	(void)state;
	program = (struct pam_program){ .listed = true, .called = true };
	foresee_as("sddm", SEATED("seat=greeter"), WHO(.credentials = 1));
	SAID(FINDING_OK, "while its greeter is in front at the first seat; "
		"this service was not tried");
	foresee_as("lightdm", SEATED("seat=greeter"), WHO(.credentials = 1));
	SAID(FINDING_OK, "while its greeter is in front at the first seat");
	NOT_SAID(FINDING_OK, "not tried");
	foresee_as("swaylock", BOTH, WHO(.credentials = 1));
	SAID(FINDING_OK, "while a session of that user is in front; this "
		"service was not tried");
	foresee_as("i3lock", BOTH, WHO(.credentials = 1));
	SAID(FINDING_OK, "while a session of that user is in front");
	NOT_SAID(FINDING_OK, "not tried");
	foresee_as("swaylock", SEATED("remote=allow"), WHO(.credentials = 1));
	SAID(FINDING_OK, "while a session of that user is in front");
	NOT_SAID(FINDING_OK, "wherever the person is");
	program.called = false;
	foresee_as("swaylock", BOTH, WHO(.credentials = 1));
	SAID(FINDING_WARN, "alice comes by a program that runs as the user, and "
		"nobody listens for it (tokenbridge-auth.socket) (not-root): "
		"the line refuses alice");
	program.listed = false;
	foresee_as("xdm", SEATED("seat=greeter"), WHO(.credentials = 1));
	SAID(FINDING_WARN, "is not among greeter_units (not-local)");
}

static void who_starts_jobs_asks_nobody(void **state)
{
	static const char *const lines[] = { "auth required " OURS "\n",
		"auth optional " OURS "\nauth required pam_permit.so\n" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		forget();
		judge_as(i ? "systemd-user" : "cron", lines[i]);
		SAID(FINDING_OK, "asks nobody for anything");
		assert_all_good();
		foresee_as("cron", lines[i], WHO(.credentials = 1));
		SAID(FINDING_OK, "cron does not ask alice for a token");
	}
	/* its credentials fail by such a line all the same */
	forget();
	judge_as("cron", "auth required " OURS "\r\nauth required "
		"pam_permit.so\n");
	SAID(FINDING_FAIL, "PAM does not take it for a line of");
	forget();
	judge_as("crontab", lines[1]);
	SAID(FINDING_FAIL, "gets in");
}

static void over_ssh_a_token_is_asked_only_where_it_is_allowed(void **state)
{
	static const char allowed[] = "auth required " OURS " remote=allow\n";

	(void)state;
	foresee_as("sshd", "auth required " OURS "\n", WHO(.credentials = 1));
	SAID(FINDING_WARN, "comes over the network");
	foresee_as("sshd", allowed, WHO(.credentials = 1));
	SAID(FINDING_OK, "wherever the person is");
	foresee_as("sshd", allowed, WHO(.credentials = 1, .verify = true));
	SAID(FINDING_WARN, "never asked for from afar");
	foresee_as("sudo", allowed, WHO(.credentials = 1, .verify = true));
	SAID(FINDING_OK, "at this machine only");
}

/* ---- sshd ---- */

static int feed(struct sshd_config *c, const char *text);

static int include(const char *pattern, struct sshd_config *c, void *arg,
	struct error *e)
{
	(void)arg;
	(void)e;
	if (strcmp(pattern, "self") == 0)
		return feed(c, "Include self\n");
	if (strcmp(pattern, "all") == 0)
		return feed(c, "Match all\nUsePAM no\n");
	if (strcmp(pattern, "other") == 0)
		return feed(c, "AuthorizedKeysCommand /a/other %u\n");
	if (strcmp(pattern, "some") != 0)
		return 0;
	return feed(c, "FingerprintHash md5\nMatch user bob\n"
		"PubkeyAuthentication no\n");
}

static int feed(struct sshd_config *c, const char *text)
{
	unsigned char *p = copy_of(text, strlen(text));
	int r = sshd_config_parse(p, strlen(text), "f", c, include, NULL, &err);

	free(p);
	return r;
}

static struct sshd_config sshd_of(const char *text, const char *name)
{
	static const char *const groups[] = { "staff", "users" };
	const struct sshd_person who = { name, name ? groups : NULL, 2 };
	struct sshd_config c = { 0 };

	sshd_config_begin(&c, SSHD_OUR_COMMAND);
	OK(feed(&c, text));
	sshd_config_match(&c, &who);
	OK(feed(&c, text));
	OK(sshd_config_end(&c, &err));
	return c;
}

static struct sshd_config sshd(const char *text)
{
	return sshd_of(text, NULL);
}

static void the_first_value_wins_and_names_have_no_case(void **state)
{
	struct sshd_config c = sshd("# UsePAM no\n"
		"  usepam = yes  \r\n"
		"USEPAM no\n"
		"FingerprintHash sha256\nFingerprintHash md5\n"
		"AuthorizedKeysCommandUser=\tbob # words\n"
		"AuthorizedKeysCommand /a/b %u %f # kept\n");

	(void)state;
	assert_null(c.wrong.text);
	assert_string_equal(c.value[SSHD_USE_PAM].text, "yes");
	assert_string_equal(c.value[SSHD_FINGERPRINT_HASH].text, "md5");
	assert_string_equal(c.value[SSHD_KEYS_COMMAND_USER].text, "bob");
	assert_string_equal(c.value[SSHD_KEYS_COMMAND].text,
		"/a/b %u %f # kept");
	assert_null(c.value[SSHD_PUBKEY].text);
	sshd_config_done(&c);
}

static void match_blocks_count_for_whom_they_match(void **state)
{
	static const char text[] = "PubkeyAuthentication yes\n"
		"Match user bob,!alice\nPubkeyAuthentication no\n"
		"Match group users user *\nAuthenticationMethods any\n"
		"Match group wheel\nAuthenticationMethods password\n"
		"Match host x\nPubkeyAuthOptions none\n";
	struct sshd_config c = sshd_of(text, "bob");

	(void)state;
	assert_string_equal(c.value[SSHD_PUBKEY].text, "no");
	assert_string_equal(c.global[SSHD_PUBKEY].text, "yes");
	assert_string_equal(c.value[SSHD_METHODS].text, "any");
	assert_true(c.unsure[SSHD_PUBKEY_OPTIONS]);
	assert_false(c.unsure[SSHD_PUBKEY]);
	sshd_config_done(&c);
	c = sshd_of(text, "alice");
	assert_string_equal(c.value[SSHD_PUBKEY].text, "yes");
	sshd_config_done(&c);
	c = sshd(text);
	assert_string_equal(c.value[SSHD_PUBKEY].text, "yes");
	assert_true(c.unsure[SSHD_PUBKEY]);
	sshd_config_done(&c);
	/* what stands behind `Match all` goes before what counts else */
	c = sshd("PubkeyAuthentication yes\nMatch all\n"
		"PubkeyAuthentication no\n");
	assert_string_equal(c.value[SSHD_PUBKEY].text, "no");
	sshd_config_done(&c);
	/* a block ends with its file */
	c = sshd_of("Include none some\nPubkeyAuthOptions none\n", "bob");
	assert_string_equal(c.value[SSHD_FINGERPRINT_HASH].text, "md5");
	assert_string_equal(c.value[SSHD_PUBKEY].text, "no");
	assert_string_equal(c.value[SSHD_PUBKEY_OPTIONS].text, "none");
	sshd_config_done(&c);
	c = sshd_of("Match user alice\nInclude all\n", "bob");
	assert_non_null(c.wrong.text); /* UsePAM, within a block */
	sshd_config_done(&c);
	c = sshd("Include self\n");
	assert_non_null(c.wrong.text);
	sshd_config_done(&c);
}

static void words_may_be_quoted(void **state)
{
	static const char text[] = " \"a b\"c  'd' e\\ f \"\\'\" # g";
	struct sshd_words w = { 0 };
	bool whole;

	(void)state;
	OK(sshd_split(text, true, &w, &whole, &err));
	assert_true(whole);
	assert_int_equal(w.n, 4);
	assert_string_equal(w.word[0], "a bc");
	assert_string_equal(w.word[1], "d");
	assert_string_equal(w.word[2], "e f");
	assert_string_equal(w.word[3], "'");
	sshd_words_done(&w);
	OK(sshd_split(text, false, &w, &whole, &err));
	assert_int_equal(w.n, 6);
	assert_string_equal(w.word[4], "#");
	sshd_words_done(&w);
	OK(sshd_split("a 'b", true, &w, &whole, &err));
	assert_false(whole);
	assert_null(w.word);
}

static void what_sshd_refuses_is_told(void **state)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf" "UsePAM yes\n", "UsePAM\n", "UsePAM maybe\n",
		"UsePAM yes no\n", "UsePAM 'yes\n", "\f\n",
		"AuthorizedKeysCommand \"/a/b\" %u %f\n",
		"AuthorizedKeysCommand a/b %u %f\n",
		"AuthorizedKeysCommandUser x y\n",
		"Match user\n", "Match nobody x\n", "Match all user x\n",
		"Match user x\nUsePAM no\n", "Match address 192.0.2.1/24\n",
		"Match localport x\n", "FingerprintHash md4\n",
		"PubkeyAuthOptions touch\n", "Include\n", "Include ''\n",
		"PubkeyAcceptedAlgorithms nosuch\n",
		"PubkeyAcceptedAlgorithms a b\n",
		"AuthenticationMethods nosuch\n",
		"Match user x\nPubkeyAuthentication maybe\n",
		"PermitRootLogin maybe\n", "LogLevel LOUD\n",
		"MaxAuthTries many\n", "ClientAliveInterval 1m30x\n",
		"ClientAliveInterval m\n", "Compression some\n",
		"AllowUsers ''\n", "DenyUsers a@192.0.2.1/24\n",
		"Port 0\n", "Port 65536\n", "ListenAddress 0.0.0.0:x\n",
		"MaxStartups 10:30\n", "MaxStartups 30:30:10\n",
		"RekeyLimit 1\n", "RekeyLimit 1G 1h 2\n", "IPQoS much\n",
		"SetEnv A=b C\n", "AcceptEnv A=b\n", "Subsystem sftp\n",
		"PermitOpen host:22 any\n", "PermitListen x:y\n",
		"ClientAliveInterval 99999999999\n",
		"UnusedConnectionTimeout x\n", "GSSAPIAuthentication maybe\n",
	};
	/* which another sshd may take */
	static const char *const perhaps[] = { "Ciphers aes512\n",
		"MACs hmac-sha3\n", "KexAlgorithms ^newest\n", "RDomain x\n",
		"Subsystem sftp /a\nsubsystem sftp /b\n",
	};
	struct sshd_config c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		c = sshd(texts[i]);
		if (!c.wrong.text)
			fail_msg("row %zu is taken: %s", i, texts[i]);
		sshd_config_done(&c);
	}
	c = sshd("\"UsePAM no\nUse\"PAM\" yes\nPort 22\nUseDNS NO # x\n"
		"Match address 192.0.2.0/24,!::1\nMatch user=x # y\n");
	assert_null(c.wrong.text);
	assert_string_equal(c.value[SSHD_USE_PAM].text, "yes");
	sshd_config_done(&c);
	c = sshd("PermitRootLogin Without-Password\nLogLevel verbose\n"
		"MaxAuthTries 3\nClientAliveInterval 1M30\nLoginGraceTime 2w\n"
		"AllowUsers # nobody\nDenyUsers a@192.0.2.0/24\n"
		"Port 022\nListenAddress [::1]:22\nMaxStartups 10:30:100\n"
		"RekeyLimit default 1h30m\nIPQoS AF21 cs1\nMaxAuthTries +3\n"
		"SetEnv 'A=b c' D=\nAcceptEnv LC_* LANG\nPermitOpen [::1]:*\n"
		"Subsystem sftp internal-sftp -f AUTH\nSubsystem b /b\n"
		"Ciphers +aes256-ctr\nKexAlgorithms -any\n");
	assert_null(c.wrong.text);
	assert_null(c.unknown.text);
	assert_null(c.value[SSHD_ALLOW_USERS].text);
	sshd_config_done(&c);
	for (i = 0; i < ARRAY_LEN(perhaps); i++) {
		c = sshd(perhaps[i]);
		assert_null(c.wrong.text);
		assert_non_null(c.unknown.text);
		sshd_config_done(&c);
	}
	c = sshd_of("Match invalid-user\nPubkeyAuthentication no\n"
		"Match all\n", "alice");
	assert_null(c.wrong.text);
	assert_string_equal(c.unknown.text, "Match invalid-user");
	assert_true(c.unsure[SSHD_PUBKEY]);
	assert_null(c.value[SSHD_PUBKEY].text);
	sshd_config_done(&c);
	c = sshd("NoSuchOption yes\n");
	assert_string_equal(c.unknown.text, "NoSuchOption");
	sshd_config_done(&c);
}

static const struct path_step good_steps[] = {
	{ "/usr/k/tokenbridge-keys", 0, 0100755 },
	{ "/usr/k", 0, 040755 },
	{ "/usr", 0, 040755 },
	{ "/", 0, 040755 },
};

static const struct sshd_facts good_facts = {
	.expected = "/usr/k/tokenbridge-keys",
	.group = "readers",
	.steps = good_steps,
	.steps_n = ARRAY_LEN(good_steps),
	.executable = true,
	.user_known = true,
	.user_uid = 101,
	.in_group = true,
};

#define COMMAND "AuthorizedKeysCommand /usr/k/tokenbridge-keys %u %f\n"
#define AS "AuthorizedKeysCommandUser tokenbridge-keys\n"

static bool judge_sshd(const char *text, const struct sshd_facts *facts)
{
	struct sshd_config c = sshd(text);
	bool ours;

	findings_done(&found);
	ours = sshd_judge(&c, facts, &found);
	sshd_config_done(&c);
	return ours;
}

#define NO_FILES "AuthorizedKeysFile none\n"

static void a_good_sshd_is_good(void **state)
{
	(void)state;
	assert_true(judge_sshd(COMMAND AS NO_FILES, &good_facts));
	assert_all_good();
	judge_sshd(COMMAND AS NO_FILES "PubkeyAuthentication yes\n"
		"FingerprintHash SHA256\nPubkeyAuthOptions touch-required\n"
		"PubkeyAcceptedAlgorithms -ssh-rsa*\n"
		"AuthenticationMethods publickey,password password\n",
		&good_facts);
	assert_all_good();
	judge_sshd("AuthorizedKeysCommand = /usr/k/tokenbridge-keys '%u' \"%f\""
		" \nAuthorizedKeysCommandUser x # y\n" NO_FILES, &good_facts);
	assert_all_good();
}

/* Keys of other places count before the command is asked. */
static void other_keys_that_count_are_told(void **state)
{
	(void)state;
	judge_sshd(COMMAND AS, &good_facts);
	SAID(FINDING_WARN, "keys in each person's .ssh/authorized_keys count");
	judge_sshd(COMMAND AS "AuthorizedKeysFile /x/%u none\n", &good_facts);
	SAID(FINDING_WARN, "keys in /x/%u none count");
	judge_sshd(COMMAND AS NO_FILES "TrustedUserCAKeys /x\n", &good_facts);
	SAID(FINDING_WARN, "certificates by '/x'");
	judge_sshd(COMMAND AS NO_FILES "TrustedUserCAKeys none\n",
		&good_facts);
	assert_all_good();
}

static void a_command_that_is_passed_over_fails(void **state)
{
	(void)state;
	assert_false(judge_sshd("Include other\n" COMMAND AS, &good_facts));
	SAID(FINDING_FAIL, "line 2 has tokenbridge-keys and does not count");
	assert_int_equal(findings_count(&found, FINDING_OK), 0);
	assert_true(judge_sshd(COMMAND AS "Include other\n" NO_FILES,
		&good_facts));
	assert_all_good();
}

static void an_sshd_without_the_command_is_no_failure(void **state)
{
	(void)state;
	assert_false(judge_sshd("", &good_facts));
	assert_all_good();
	assert_false(judge_sshd("AuthorizedKeysCommand none\n"
		"PubkeyAuthentication no\n", &good_facts));
	assert_all_good();
	SAID(FINDING_OK, "it is not set");
	assert_false(judge_sshd("AuthorizedKeysCommand /usr/bin/other %u\n",
		&good_facts));
	SAID(FINDING_OK, "another program");
}

static void each_setting_of_sshd_is_judged(void **state)
{
	static const struct {
		const char *text;
		enum finding_status status;
		const char *says;
	} rows[] = {
		{ COMMAND, FINDING_FAIL, "sshd does not start" },
		{ "AuthorizedKeysCommand \"/usr/k/tokenbridge-keys\" %u %f\n"
			AS, FINDING_FAIL, "line 1: a command begins with a "
			"slash, and takes no quotes; sshd does not start" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys %u %f # x\n"
			AS, FINDING_FAIL, "arguments are not %u %f" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys %u %f # '\n"
			AS, FINDING_FAIL, "does not run it" },
		{ "NoSuchOption x\n" COMMAND AS, FINDING_UNKNOWN,
			"'NoSuchOption' is not known here" },
		{ COMMAND "AuthorizedKeysCommandUser %u\n", FINDING_UNKNOWN,
			"another user for each person" },
		{ COMMAND AS "AuthenticationMethods password "
			"keyboard-interactive\n", FINDING_FAIL,
			"no key lets anybody in" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms *@openssh.com,"
			"!sk-ecdsa*\n", FINDING_FAIL, "no type of key" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms -sk-ecdsa*\n",
			FINDING_WARN, "of type sk-ecdsa-sha2-nistp256@" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms sk-ecdsa*,ssh-rsa\n",
			FINDING_WARN, "of type sk-ssh-ed25519@" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms *-cert-v01@openssh.com\n",
			FINDING_FAIL, "leaves out the sk keys" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms -*\n", FINDING_WARN,
			"takes all types away" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms RSA\n", FINDING_FAIL,
			"no type of key" },
		{ COMMAND AS "HostbasedAcceptedKeyTypes ED25519\n",
			FINDING_FAIL, "no type of key" },
		{ COMMAND AS "HostKeyAlgorithms ssh-ed25519,!ssh-rsa\n",
			FINDING_FAIL, "no type of key" },
		{ COMMAND AS "CASignatureAlgorithms *-cert-v01*\n",
			FINDING_FAIL, "no type of key" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys %u\n" AS,
			FINDING_WARN, "all keys of the user" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys\n" AS,
			FINDING_WARN, "all keys of the user" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys %f %u\n" AS,
			FINDING_FAIL, "arguments are not %u %f" },
		{ "AuthorizedKeysCommand /usr/k/tokenbridge-keys %u %k\n" AS,
			FINDING_FAIL, "arguments are not %u %f" },
		{ COMMAND AS "PubkeyAuthentication No\n", FINDING_FAIL,
			"no key lets anybody in" },
		{ COMMAND AS "FingerprintHash md5\n", FINDING_FAIL,
			"it is `md5`" },
		{ COMMAND AS "PubkeyAcceptedKeyTypes ssh-ed25519\n",
			FINDING_FAIL, "leaves out the sk keys" },
		{ COMMAND AS "PubkeyAcceptedAlgorithms -sk-*\n", FINDING_FAIL,
			"leaves out the sk keys" },
		{ COMMAND AS "PubkeyAuthOptions verify-required\n", FINDING_OK,
			"needs the token's PIN" },
		{ COMMAND AS "Match user bob\nPubkeyAuthentication no\n",
			FINDING_WARN, "is set by a Match block" },
		{ "UsePAM no\n", FINDING_OK, "runs no PAM line" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		judge_sshd(rows[i].text, &good_facts);
		SAID(rows[i].status, rows[i].says);
		judge_sshd(COMMAND AS, &good_facts);
		NOT_SAID(rows[i].status, rows[i].says);
	}
}

/* What it is of counts, and only what it starts with. */
static void a_list_of_key_types_may_be_odd(void **state)
{
	static const char *const rows[] = {
		"CASignatureAlgorithms +*-cert-v01*\n",
		"HostKeyAlgorithms *-cert-v01*\n",
		"CASignatureAlgorithms -*\n",
		"CASignatureAlgorithms ssh-dss\n",
		"Match user bob\nHostbasedAcceptedAlgorithms ED25519\n",
	};
	CLEANUP(buf_done) struct buf text;
	size_t i;

	(void)state;
	buf_init(&text, 4096);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&text);
		buf_printf(&text, "%s%s", COMMAND AS, rows[i]);
		judge_sshd(buf_str(&text), &good_facts);
		NOT_SAID(FINDING_FAIL, "sshd does not start");
		SAID(FINDING_OK, "sshd may run it");
	}
}

/* One who is in groups users and staff. */
static void whom_sshd_turns_away_is_told(void **state)
{
	static const char *const groups[] = { "users", "staff" };
	static const struct sshd_person alice = { "alice", groups, 2 };
	static const struct {
		const char *text;
		enum finding_status status;
		const char *says;
		uid_t uid;
		const char *shell;
		bool locked, revoked;
	} rows[] = {
		{ "AllowUsers bob\n", FINDING_FAIL, "by line 4 of f alice may "
			"not log in by ssh at all", 1000 },
		{ "AllowUsers bob 'alice carol'\nAllowUsers !alice\n",
			FINDING_FAIL, "may not log in", 1000 },
		{ "AllowUsers alice@10.0.0.*\n", FINDING_UNKNOWN,
			"may or may not log in", 1000 },
		{ "DenyUsers al*\nAllowUsers alice\n", FINDING_FAIL,
			"may not log in", 1000 },
		{ "AllowGroups wheel\n", FINDING_FAIL, "may not log in", 1000 },
		{ "DenyGroups st*\n", FINDING_FAIL, "may not log in", 1000 },
		{ "PermitRootLogin no\n", FINDING_FAIL,
			"no key of login.db lets alice in", 0 },
		{ "", FINDING_FAIL, "the shell is not there", 1000,
			"is not there" },
		{ "UsePAM no\n", FINDING_FAIL, "the account is locked", 1000,
			NULL, true },
		{ "RevokedKeys /x\n", FINDING_FAIL, "refuses every key", 1000,
			NULL, false, true },
		{ "AuthenticationMethods publickey,keyboard-interactive\n",
			FINDING_FAIL, "goes by UsePAM", 1000 },
		{ "AuthenticationMethods publickey,password\n"
			"PasswordAuthentication no\n", FINDING_FAIL,
			"sshd does not start", 1000 },
		/* and what is well */
		{ "AllowUsers bob\nAllowUsers alice@h al?ce\nDenyUsers bob !*\n"
			"AllowGroups staff\nDenyGroups wheel alice\n"
			"PermitRootLogin no\nUsePAM yes\n"
			"AuthenticationMethods publickey,keyboard-interactive\n"
			"ChrootDirectory /x\n", FINDING_OK, "sshd may run it",
			1000, "is not there", true },
		{ "PermitRootLogin prohibit-password\n", FINDING_OK,
			"sshd may run it", 0 },
	};
	struct sshd_facts facts = good_facts;
	size_t i;

	(void)state;
	facts.person = "alice";
	facts.who = &alice;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(free_p) char *text = text_format("%s%s",
			COMMAND AS NO_FILES, rows[i].text);
		struct sshd_config c = sshd_of(text, "alice");

		facts.person_uid = rows[i].uid;
		facts.shell_wrong = rows[i].shell;
		facts.locked = rows[i].locked;
		facts.revoked_gone = rows[i].revoked;
		findings_done(&found);
		sshd_judge(&c, &facts, &found);
		SAID(rows[i].status, rows[i].says);
		assert_int_equal(findings_count(&found, FINDING_FAIL) +
			findings_count(&found, FINDING_UNKNOWN) == 0,
			rows[i].status == FINDING_OK);
		sshd_config_done(&c);
	}
}

static void what_the_machine_says_of_the_command_is_judged(void **state)
{
	struct path_step steps[ARRAY_LEN(good_steps)];
	struct sshd_facts f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good_steps); i++) {
		f = good_facts;
		f.steps = steps;
		memcpy(steps, good_steps, sizeof(steps));
		assert_int_equal(path_steps_bad(steps, f.steps_n), -1);
		steps[i].mode |= 0020;
		judge_sshd(COMMAND AS, &f);
		SAID(FINDING_FAIL, "sshd does not run it");
		SAID(FINDING_FAIL, steps[i].path);
		steps[i].mode = good_steps[i].mode | 0002;
		assert_int_equal(path_steps_bad(steps, f.steps_n), i);
		steps[i].mode = good_steps[i].mode;
		steps[i].uid = 7;
		assert_int_equal(path_steps_bad(steps, f.steps_n), i);
	}
	f = good_facts;
	f.steps_n = 0;
	judge_sshd(COMMAND AS, &f);
	SAID(FINDING_FAIL, "no such program");
	f = good_facts;
	f.executable = false;
	judge_sshd(COMMAND AS, &f);
	SAID(FINDING_FAIL, "may not be executed");
}

static void the_command_s_user_is_judged(void **state)
{
	struct sshd_facts f = good_facts;

	(void)state;
	f.user_known = false;
	judge_sshd(COMMAND AS, &f);
	SAID(FINDING_FAIL, "no such user");
	f = good_facts;
	f.user_uid = 0;
	judge_sshd(COMMAND AS, &f);
	SAID(FINDING_WARN, "runs as root");
	f = good_facts;
	f.in_group = false;
	judge_sshd(COMMAND AS, &f);
	SAID(FINDING_FAIL, "not in group 'readers'");
}

/* ---- the list ---- */

static void a_finding_is_clean_text(void **state)
{
	(void)state;
	findings_add(&found, FINDING_WARN, "check", "a\nb", NULL, "c\033%s",
		"d");
	assert_string_equal(found.rows[0].subject, "a?b");
	assert_string_equal(found.rows[0].text, "c?d");
	assert_string_equal(found.rows[0].remedy, "");
	assert_int_equal(findings_count(&found, FINDING_WARN), 1);
	assert_int_equal(findings_count(&found, FINDING_OK), 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_type_control_module_and_arguments),
		TEST(a_backslash_goes_on_and_a_comment_ends),
		TEST(a_line_of_more_than_pam_reads_is_told),
		TEST(a_line_that_is_nearly_ours_fails),
		TEST(what_makes_pam_give_up_fails),
		TEST(gates_are_judged_for_an_ordinary_person),
		TEST(a_module_that_is_not_known_does_no_harm_behind_ours),
		TEST(programs_that_are_not_served_are_told),
		TEST(a_display_manager_is_served_by_its_word_in_its_own_file),
		TEST(a_display_manager_that_unlocks_needs_two_words),
		TEST(a_screen_locker_needs_the_socket_before_it_locks),
		TEST(where_the_person_has_to_be_is_said_of_each_program),
		TEST(brackets_hold_an_argument_together),
		TEST(a_control_in_brackets_says_what_each_return_does),
		TEST(a_line_that_pam_does_not_understand_fails),
		TEST(pam_conf_has_the_service_in_front),
		TEST(includes_that_never_end_are_an_error),
		TEST(lines_end_as_pam_has_it),
		TEST(an_argument_may_let_in_who_gives_nothing),
		TEST(pam_debug_answers_what_it_is_told),
		TEST(a_substack_ends_alone_and_is_one_line_for_a_jump),
		TEST(token_and_password_is_good),
		TEST(the_token_alone_is_good),
		TEST(a_line_that_decides_nothing_fails),
		TEST(either_of_two_is_a_warning),
		TEST(a_line_behind_a_sufficient_password_fails),
		TEST(a_line_that_is_never_reached_fails),
		TEST(getting_in_with_nothing_fails),
		TEST(nobody_gets_in_fails),
		TEST(refusals_that_are_passed_over_are_named),
		TEST(nouserok_is_told_with_what_follows),
		TEST(what_looks_at_who_asks_is_told_apart),
		TEST(arguments_are_judged_as_the_module_takes_them),
		TEST(remote_allow_and_sshd_are_told),
		TEST(a_broken_line_is_named_where_ours_is),
		TEST(only_auth_has_anything_to_do),
		TEST(what_would_happen_is_one_sentence),
		TEST(who_starts_jobs_asks_nobody),
		TEST(over_ssh_a_token_is_asked_only_where_it_is_allowed),
		TEST(the_first_value_wins_and_names_have_no_case),
		TEST(match_blocks_count_for_whom_they_match),
		TEST(what_sshd_refuses_is_told),
		TEST(other_keys_that_count_are_told),
		TEST(a_command_that_is_passed_over_fails),
		TEST(words_may_be_quoted),
		TEST(a_good_sshd_is_good),
		TEST(an_sshd_without_the_command_is_no_failure),
		TEST(each_setting_of_sshd_is_judged),
		TEST(a_list_of_key_types_may_be_odd),
		TEST(whom_sshd_turns_away_is_told),
		TEST(what_the_machine_says_of_the_command_is_judged),
		TEST(the_command_s_user_is_judged),
		TEST(a_finding_is_clean_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
