/* SPDX-License-Identifier: Apache-2.0 */
/* login.db out of the file for other hosts, which never goes back. */
#include "tests/unit/host-parts.h"

#include <errno.h>
#include <sys/stat.h>

/* A file of that name. */
static void publish_to(const char *path, const struct said *s)
{
	struct buf b;

	publish(s, &b);
	write_file(path, b.p, b.n, 0644);
	buf_done(&b);
}

static const struct install_request request = { .file = "in",
	.login_db = "login.db" };

static struct installed install(const struct said *s)
{
	struct installed done;

	publish_to("in", s);
	OK(login_install(&request, &done, &err));
	return done;
}

static struct login_credentials ask(const char *name, uint32_t *ret_counter)
{
	struct login_credentials list = { 0 };
	struct counters c = COUNTERS_INIT;
	struct login_db *db = NULL;

	OK(login_db_open(&db, "login.db", &err));
	OK(login_db_credentials(db, USER_NAMED(name), &list, &err));
	OK(counters_open(&c, "login.db.counters",
		login_db_info(db)->counters, &err));
	if (list.n > 0)
		OK(counters_read(&c, list.p[0].slot, list.p[0].id,
			list.p[0].id_n, ret_counter, &err));
	counters_done(&c);
	login_db_free(&db);
	return list;
}

static void assert_counter(const char *name, size_t n, uint32_t counter)
{
	uint32_t is = 0;
	struct login_credentials list = ask(name, &is);

	assert_int_equal(list.n, n);
	assert_int_equal(is, counter);
	login_credentials_done(&list);
}

/* A login by it. */
static void count_up(const char *name, uint32_t counter)
{
	struct login_credentials list;
	struct counters c = COUNTERS_INIT;
	struct login_db *db = NULL;
	uint32_t is;

	list = ask(name, &is);
	OK(login_db_open(&db, "login.db", &err));
	OK(counters_open(&c, "login.db.counters",
		login_db_info(db)->counters, &err));
	OK(counters_write(&c, list.p[0].slot, list.p[0].id, list.p[0].id_n,
		counter, &err));
	counters_done(&c);
	login_db_free(&db);
	login_credentials_done(&list);
}

static void test_a_host_without_any_gets_a_login_db(void **state)
{
	struct said s = plain();
	struct installed done = install(&s);
	struct stat st;

	(void)state;
	assert_true(done.changed);
	assert_false(done.had);
	assert_int_equal(done.credentials, 2);
	assert_int_equal(done.ssh_keys, 1);
	assert_counter("alice", 1, 5);
	assert_counter("bob", 1, 5);
	assert_counter("carol", 0, 0);
	assert_int_equal(stat("login.db", &st), 0);
	assert_true(login_write_is_given(&st));
	assert_int_equal(access("login.db.part", F_OK), -1);
}

static void test_a_credential_stays_its_relying_party_s(void **state)
{
	struct said s = plain();
	struct login_credentials list;
	uint32_t counter;

	(void)state;
	s.rp = "pam://host";
	assert_true(install(&s).changed);
	list = ask("alice", &counter);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].rp, "pam://host");
	login_credentials_done(&list);
	assert_false(install(&s).changed);
	s.rp = NULL;
	s.generation++;
	assert_true(install(&s).changed);
	list = ask("alice", &counter);
	assert_string_equal(list.p[0].rp, LOGIN_RP);
	login_credentials_done(&list);
}

static void test_the_same_again_changes_nothing(void **state)
{
	struct said s = plain();
	struct stat before, after;
	struct installed done;

	(void)state;
	s.users[2] = "carol"; /* whose slot is neither 0 nor 1 */
	install(&s);
	assert_int_equal(stat("login.db", &before), 0);
	done = install(&s);
	assert_false(done.changed);
	assert_true(done.had);
	assert_int_equal(stat("login.db", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	/* another moment of another generation is another file */
	s.made_at++;
	assert_true(install(&s).changed);
	s.generation++;
	assert_true(install(&s).changed);
	s.counter++;
	s.generation++;
	assert_true(install(&s).changed);
	assert_false(install(&s).changed);
}

static void test_what_became_worse_is_mended_by_the_same_file(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	assert_int_equal(chmod("login.db", 0644), 0);
	assert_true(install(&s).changed);
	assert_false(install(&s).changed);
	assert_int_equal(unlink("login.db.counters"), 0);
	assert_true(install(&s).changed);
	assert_counter("alice", 1, 5);
	assert_int_equal(truncate("login.db.counters", 128), 0);
	assert_true(install(&s).changed);
	assert_counter("bob", 1, 5);
	assert_false(install(&s).changed);
}

/* Header and slots of the counters' file: 128 bytes each. */
static void damage_slot(unsigned slot)
{
	static const char zeros[128];
	FILE *f = fopen("login.db.counters", "r+e");

	assert_non_null(f);
	assert_int_equal(fseek(f, 128 + 128 * (long)slot, SEEK_SET), 0);
	assert_int_equal(fwrite(zeros, 1, 128, f), 128);
	assert_int_equal(fclose(f), 0);
}

/* Wherever it stands. */
static void test_one_counter_that_is_damaged_is_made_anew(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };
	struct said s = plain();
	unsigned i;

	(void)state;
	s.users[2] = "carol";
	install(&s);
	assert_false(install(&s).changed);
	for (i = 0; i < ARRAY_LEN(names); i++) {
		damage_slot(i);
		assert_true(install(&s).changed);
		assert_counter(names[i], 1, 5);
		assert_false(install(&s).changed);
	}
}

static void test_counters_stay_and_are_made_for_what_is_new(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	count_up("alice", 900);
	s.generation++;
	s.users[2] = "carol";
	s.counter = 7;
	assert_true(install(&s).changed);
	assert_counter("alice", 1, 900);
	assert_counter("bob", 1, 5);
	assert_counter("carol", 1, 7);
}

/* Away and here again, it is still known what was seen. */
static void test_a_counter_outlives_its_row(void **state)
{
	struct said s = plain();

	(void)state;
	install(&s);
	count_up("bob", 900);
	s.users[1] = NULL;
	s.generation++;
	assert_true(install(&s).changed);
	assert_counter("bob", 0, 0);
	s.users[1] = "bob";
	s.generation++;
	assert_true(install(&s).changed);
	assert_counter("bob", 1, 900);
}

static void refuse(const struct said *s, int code, const char *words)
{
	struct installed done = { .credentials = 77 };
	struct stat before = { 0 }, after = { 0 };

	(void)stat("login.db", &before);
	publish_to("in", s);
	errno = ENOENT; /* what some call left does not count */
	SAYS(code, words, login_install(&request, &done, &err));
	assert_int_equal(done.credentials, 77);
	(void)stat("login.db", &after);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_the_generation_never_goes_back(void **state)
{
	struct said s = plain(), old = plain();

	(void)state;
	install(&s);
	old.generation = 8;
	old.made_at += 1000; /* says nothing */
	refuse(&old, ERROR_REFUSED, "generation 8");
	refuse(&old, ERROR_REFUSED, "generation 9");
	old = plain();
	old.made_at--;
	refuse(&old, ERROR_REFUSED, "older than what is installed");
	s.made_at++; /* published again, for its age */
	assert_true(install(&s).changed);
	s.generation++;
	s.made_at -= 5000; /* the station's clock was put right */
	assert_true(install(&s).changed);
}

static void test_another_registry_has_to_be_named(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	install(&s);
	s.station = OTHER;
	s.generation = 1;
	refuse(&s, ERROR_REFUSED, "'login.db' is from the registry " STATION
		", and 'in' from another one, " OTHER ": where that one is to "
		"say who logs in here from now on, add --station " OTHER);
	q.station = STATION;
	SAYS(ERROR_REFUSED, "--station says", login_install(&q, &done, &err));
	q.station = OTHER;
	OK(login_install(&q, &done, &err));
	assert_true(done.changed);
	OK(login_install(&q, &done, &err));
	assert_false(done.changed);
	/* naming it does not let an older one of the same in */
	s.generation = 0;
	publish_to("in", &s);
	SAYS(ERROR_REFUSED, "older", login_install(&q, &done, &err));
}

static void test_the_hash_has_to_be_the_one_that_is_named(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;
	char hash[HEX_LEN(SHA256_LEN)];

	(void)state;
	publish_to("in", &s);
	q.sha256 = STATION STATION;
	SAYS(ERROR_MALFORMED, "'in' is not the file that was published: its "
		"SHA-256 is ", login_install(&q, &done, &err));
	assert_non_null(strstr(err.text, ", and --sha256 says '" STATION STATION
		"'; copy it again"));
	assert_int_equal(access("login.db", F_OK), -1);
	q.sha256 = NULL;
	OK(login_install(&q, &done, &err));
	snprintf(hash, sizeof(hash), "%s", done.sha256);
	q.sha256 = hash;
	OK(login_install(&q, &done, &err));
}

static void test_a_dry_run_leaves_nothing(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	q.dry_run = true;
	publish_to("in", &s);
	OK(login_install(&q, &done, &err));
	assert_true(done.changed);
	assert_int_equal(access("login.db", F_OK), -1);
	assert_int_equal(access("login.db.counters", F_OK), -1);
}

static void test_what_login_would_refuse_is_not_installed(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	s.made_at = time(NULL) + 1000;
	refuse(&s, ERROR_REFUSED, "in the future");
	s.made_at = time(NULL) - 2 * 86400;
	publish_to("in", &s);
	q.max_age = 86400;
	SAYS(ERROR_REFUSED, "login_max_age", login_install(&q, &done, &err));
	q.max_age = 3 * 86400;
	OK(login_install(&q, &done, &err));
}

static void test_a_rehearsal_does_not_let_people_in(void **state)
{
	struct install_request q = request;
	struct said s = plain();
	struct installed done;

	(void)state;
	s.rehearsal = true;
	publish_to("in", &s);
	q.login_db = LOGIN_DB_PATH;
	SAYS(ERROR_REFUSED, "rehearsals", login_install(&q, &done, &err));
	assert_true(install(&s).info.rehearsal);
}

/* Nobody knows what generation a damaged one was. */
static void test_a_login_db_that_cannot_be_read_is_not_replaced(void **state)
{
	struct said s = plain();

	(void)state;
	write_text("login.db", "no database, but long enough to be looked at");
	refuse(&s, ERROR_CORRUPT, "whether 'in' is older");
	assert_int_equal(unlink("login.db"), 0);
	install(&s);
	assert_int_equal(chmod("login.db", 0666), 0);
	refuse(&s, ERROR_PERMISSION, "whether 'in' is older");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_host_without_any_gets_a_login_db),
		CASE(test_a_credential_stays_its_relying_party_s),
		CASE(test_the_same_again_changes_nothing),
		CASE(test_what_became_worse_is_mended_by_the_same_file),
		CASE(test_one_counter_that_is_damaged_is_made_anew),
		CASE(test_counters_stay_and_are_made_for_what_is_new),
		CASE(test_a_counter_outlives_its_row),
		CASE(test_the_generation_never_goes_back),
		CASE(test_another_registry_has_to_be_named),
		CASE(test_the_hash_has_to_be_the_one_that_is_named),
		CASE(test_a_dry_run_leaves_nothing),
		CASE(test_what_login_would_refuse_is_not_installed),
		CASE(test_a_rehearsal_does_not_let_people_in),
		CASE(test_a_login_db_that_cannot_be_read_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
