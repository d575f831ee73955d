/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-keys: what sshd is answered, and login.db as the system's
 * settings say. Settings, NSS and login.db are a table's.
 */
#include "base/process.h"
#include "bridge/login/open.h"
#include "bridge/settings/option.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <syslog.h>

/* The program's own, and the tests', which the C library calls. */
int __real_main(int argc, char **argv);
int __wrap_main(void);

static struct world {
	bool nobody;         /* of that name */
	int look, load, age, open, made, keys; /* errors */
	const char *setting; /* what the system's file says */
	bool token;          /* the first key's is known */
	/* what came of it */
	const char *fingerprint, *path;
	uint64_t max_age;
	unsigned hardened, freed;
	char logged[256];
} w;

#define DB ((struct login_db *)&w)

static int fails(int code, const char *text, struct error *e)
{
	return code ? error_set(e, code, "%s", text) : 0;
}

WRAP(void, process_harden, void)
{
	w.hardened++;
}

WRAP(int, local_user_look, const char *name, struct local_user *ret,
	bool *ret_found, struct error *e)
{
	assert_string_equal(name, "Alice");
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->asked, name);
	strcpy(ret->entry, "alice");
	strcpy(ret->name, "alice");
	*ret_found = !w.nobody;
	return fails(w.look, "NSS fails", e);
}

WRAP(int, options_load_system, struct options *o, struct error *e)
{
	o->value[OPTION_LOGIN_DB] = (char *)"/var/l.db";
	o->value[OPTION_GREETER_UNITS] = (char *)w.setting;
	o->value[OPTION_LOCKER_SERVICES] = (char *)"i3lock, swaylock";
	return fails(w.load, "no settings", e);
}

WRAP(void, options_done, struct options *o)
{
	assert_non_null(o);
}

WRAP(int, option_number, const struct options *o, enum option_id id,
	uint64_t max, uint64_t *ret, struct error *e)
{
	assert_non_null(o);
	assert_int_equal(id, OPTION_LOGIN_MAX_AGE);
	assert_int_equal(max, 36500);
	*ret = 7;
	return fails(w.age, "no number", e);
}

WRAP(int, login_db_open, struct login_db **ret, const char *path,
	struct error *e)
{
	w.path = path;
	*ret = w.open ? NULL : DB;
	return fails(w.open, "no login.db", e);
}

WRAP(int, login_db_check_age, const struct login_db *db, time_t now,
	uint64_t max_age, struct error *e)
{
	assert_ptr_equal(db, DB);
	assert_in_range(time(NULL) - now, 0, 100);
	w.max_age = max_age;
	return fails(w.made, "too old", e);
}

WRAP(void, login_db_free, struct login_db **db)
{
	w.freed += *db != NULL;
	*db = NULL;
}

WRAP(int, login_db_ssh_keys, struct login_db *db,
	const struct user_names *user, const char *fingerprint,
	login_ssh_key_fn *each, void *arg, struct error *e)
{
	struct login_ssh_key a = { "", "sk-ssh-ed25519@openssh.com AAAA" },
		b = { "", "verify-required sk-x BBBB" };

	assert_ptr_equal(db, DB);
	assert_true(user_names_have(user, "alice"));
	assert_true(user_names_have(user, "Alice"));
	w.fingerprint = fingerprint;
	if (w.token)
		strcpy(a.token, "0123abcd");
	assert_int_equal(each(&a, arg), 0);
	assert_int_equal(each(&b, arg), 0);
	return fails(w.keys, "a row makes no sense", e);
}

WRAP(void, openlog, const char *who, int options, int facility)
{
	assert_string_equal(who, "tokenbridge-keys");
	assert_int_equal(options, LOG_PID);
	assert_int_equal(facility, LOG_AUTHPRIV);
}

WRAP(void, syslog, int priority, const char *format, ...)
{
	va_list ap;

	assert_int_equal(priority, LOG_ERR);
	va_start(ap, format);
	vsnprintf(w.logged, sizeof(w.logged), format, ap);
	va_end(ap);
}

/* ---- one run ---- */

static char out[512], said[512];

static int swap(int fd, int with)
{
	int kept = dup(fd);

	assert_true(kept >= 0);
	assert_int_equal(dup2(with, fd), fd);
	return kept;
}

static void take(int fd, char ret[512])
{
	ssize_t n = pread(fd, ret, 511, 0);

	ret[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* With standard output where it is said, or to be looked at. */
static int run_to(const char *where, const char *a, const char *b,
	const char *c)
{
	char *argv[] = { (char *)"keys", (char *)a, (char *)b, (char *)c,
		NULL };
	int to = where ? open(where, O_RDWR | O_CLOEXEC) :
		memfd_create("out", MFD_CLOEXEC);
	int log = memfd_create("err", MFD_CLOEXEC), kept[2], r;

	assert_true(to >= 0 && log >= 0);
	fflush(stdout);
	kept[0] = swap(1, to);
	kept[1] = swap(2, log);
	r = __real_main(!a ? 1 : !b ? 2 : !c ? 3 : 4, argv);
	clearerr(stdout);
	fflush(stdout);
	dup2(kept[0], 1);
	dup2(kept[1], 2);
	close(kept[0]);
	close(kept[1]);
	clearerr(stdout);
	take(to, out);
	take(log, said);
	assert_int_equal(w.hardened, 1);
	return r;
}

static int run(const char *a, const char *b, const char *c)
{
	return run_to(NULL, a, b, c);
}

static void world(void)
{
	w = (struct world){ .setting = "" };
}

static void the_keys_of_a_user_are_printed(void **state)
{
	(void)state;
	world();
	assert_int_equal(run("Alice", NULL, NULL), 0);
	assert_string_equal(out, "sk-ssh-ed25519@openssh.com AAAA\n"
		"verify-required sk-x BBBB\n");
	assert_string_equal(said, "");
	assert_null(w.fingerprint);
	assert_int_equal(w.freed, 1);
	assert_string_equal(w.path, "/var/l.db");
	assert_int_equal(w.max_age, 7 * 86400);
	world();
	w.token = true;
	assert_int_equal(run("Alice", "SHA256:x", NULL), 0);
	assert_string_equal(out, "sk-ssh-ed25519@openssh.com AAAA "
		"token-0123abcd\nverify-required sk-x BBBB\n");
	assert_string_equal(w.fingerprint, "SHA256:x");
}

static void who_is_nobody_has_no_key_and_that_is_no_failure(void **state)
{
	(void)state;
	world();
	w.nobody = true;
	assert_int_equal(run("Alice", NULL, NULL), 0);
	assert_string_equal(out, "");
	assert_string_equal(said, "");
	assert_int_equal(w.freed, 1);
	/* but a record that cannot be read is one */
	w.hardened = 0;
	w.open = ERROR_PERMISSION;
	assert_int_equal(run("Alice", NULL, NULL), 1);
}

static void what_fails_is_said_and_logged(void **state)
{
	static const struct {
		size_t at;
		const char *text;
	} rows[] = {
		{ offsetof(struct world, look), "NSS fails" },
		{ offsetof(struct world, load), "no settings" },
		{ offsetof(struct world, age), "no number" },
		{ offsetof(struct world, open), "no login.db" },
		{ offsetof(struct world, made), "too old" },
		{ offsetof(struct world, keys), "a row makes no sense" },
	};
	char want[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		world();
		*(int *)((char *)&w + rows[i].at) = ERROR_FAILED;
		assert_int_equal(run("Alice", NULL, NULL), 1);
		snprintf(want, sizeof(want), "tokenbridge-keys: %s\n",
			rows[i].text);
		assert_string_equal(said, want);
		assert_string_equal(w.logged, rows[i].text);
		assert_string_equal(out, rows[i].at ==
			offsetof(struct world, keys) ?
			"sk-ssh-ed25519@openssh.com AAAA\nverify-required sk-x "
			"BBBB\n" : "");
	}
}

static void what_cannot_be_answered_is_a_failure(void **state)
{
	(void)state;
	world();
	assert_int_equal(run_to("/dev/full", "Alice", NULL, NULL), 1);
	assert_string_equal(said, "tokenbridge-keys: cannot answer: No space "
		"left on device\n");
}

static void it_is_asked_by_sshd_and_in_its_form(void **state)
{
	(void)state;
	world();
	assert_int_equal(run(NULL, NULL, NULL), 2);
	assert_int_equal(strncmp(said, "usage: tokenbridge-keys USER "
		"[FINGERPRINT]\nsshd_config: AuthorizedKeysCommand /", 70), 0);
	assert_non_null(strstr(said, "/tokenbridge-keys %u %f\n"));
	world();
	assert_int_equal(run("Alice", "SHA256:x", "y"), 2);
	world();
	assert_int_equal(run("-h", NULL, NULL), 2);
	assert_string_equal(out, "");
	world();
	assert_int_equal(run("Alice", "MD5:x", NULL), 1);
	assert_string_equal(said, "tokenbridge-keys: the fingerprint is none of "
		"SHA-256: sshd_config needs `FingerprintHash sha256` (its "
		"default)\n");
	assert_null(w.path);
}

/* ---- lists of the settings ---- */

static void a_word_stands_in_a_list_as_a_whole(void **state)
{
	static const struct {
		const char *list, *word;
		bool has;
	} rows[] = {
		{ "a, b  c", "a", true }, { "a, b  c", "b", true },
		{ "a, b  c", "c", true }, { "ab", "a", false },
		{ "a", "ab", false }, { "", "a", false }, { "a", "", false },
		{ " ,", "", false }, { ",a", "a", true }, { "a,", "a", true },
		{ "a.service", "a", false },
	};
	bool has;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(login_list_has(rows[i].list, rows[i].word),
			rows[i].has);
		world();
		w.setting = rows[i].list;
		has = !rows[i].has;
		OK(login_lists_unit(rows[i].word, &has, &err));
		assert_int_equal(has, rows[i].has);
	}
	OK(login_lists_locker("swaylock", &has, &err));
	assert_true(has);
	OK(login_lists_locker("sway", &has, &err));
	assert_false(has);
	w.load = ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "no settings", login_lists_locker("swaylock", &has,
		&err));
	assert_false(has);
}

static void a_path_comes_before_the_setting(void **state)
{
	struct login_db *db = NULL;

	(void)state;
	world();
	OK(login_open(&db, "/tmp/l.db", &err));
	assert_ptr_equal(db, DB);
	assert_string_equal(w.path, "/tmp/l.db");
	w.made = ERROR_REFUSED;
	SAYS(ERROR_REFUSED, "too old", login_open(&db, "", &err));
	assert_string_equal(w.path, "/var/l.db");
}

int __wrap_main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_of_a_user_are_printed),
		cmocka_unit_test(
			who_is_nobody_has_no_key_and_that_is_no_failure),
		cmocka_unit_test(what_fails_is_said_and_logged),
		cmocka_unit_test(what_cannot_be_answered_is_a_failure),
		cmocka_unit_test(it_is_asked_by_sshd_and_in_its_form),
		cmocka_unit_test(a_word_stands_in_a_list_as_a_whole),
		cmocka_unit_test(a_path_comes_before_the_setting),
	};

	return cmocka_run_group_tests_name("keys main", tests, NULL, NULL);
}
