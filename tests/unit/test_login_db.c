/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login.db as PAM and sshd read it: damage is an error, and that a user has no
 * credential is known only from a good file.
 */
#include "bridge/login/store.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define COUNTERS "00112233445566778899aabbccddeeff"
#define AAGUID "ffeeddccbbaa99887766554433221100"
#define MADE_AT ((time_t)1700000000)

static char place[64];

/* ---- files ---- */

/* As publishing does; what has no such tables stays as it is. */
static bool second; /* the file is of version 2 */

static void seal(sqlite3 *handle)
{
	struct login_db db = { .db = handle, .path = place,
		.version = second ? 2 : 1 };
	unsigned char digest[SHA256_LEN];
	sqlite3_stmt *stmt = NULL;

	if (ldb_digest(&db, NULL, NULL, digest, NULL) == 0 &&
		sqlite3_prepare_v2(handle, "UPDATE made SET digest = ?1", -1,
			&stmt, NULL) == SQLITE_OK) {
		sqlite3_bind_blob(stmt, 1, digest, sizeof(digest),
			SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	}
	sqlite3_finalize(stmt);
}

static void change(const char *path, const char *sql)
{
	sqlite3 *db;
	char *text = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	sqlite3_exec(db, sql, NULL, NULL, &text);
	if (text)
		fail_msg("%s: %s", sql, text);
	seal(db);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The tables as bridge/login/write.c makes them. */
static const char strict[] =
	"CREATE TABLE made (made_at INTEGER NOT NULL,"
	" generation INTEGER NOT NULL, station TEXT NOT NULL,"
	" rehearsal INTEGER NOT NULL, counters TEXT NOT NULL, digest BLOB)"
	" STRICT;"
	"CREATE TABLE credentials (user TEXT NOT NULL, token TEXT NOT NULL,"
	" aaguid TEXT NOT NULL, id BLOB NOT NULL, public_key BLOB NOT NULL,"
	" counter INTEGER NOT NULL, slot INTEGER NOT NULL,"
	" verify_required INTEGER NOT NULL,"
	" PRIMARY KEY (user, id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE ssh_keys (user TEXT NOT NULL, fingerprint TEXT NOT NULL,"
	" token TEXT NOT NULL, line TEXT NOT NULL,"
	" PRIMARY KEY (user, fingerprint)) STRICT, WITHOUT ROWID;";

/* Tables that take anything, for rows that no publisher writes. */
static const char lax[] =
	"CREATE TABLE made (made_at, generation, station, rehearsal,"
	" counters, digest);"
	"CREATE TABLE credentials (user, token, aaguid, id, public_key,"
	" counter, slot, verify_required);"
	"CREATE TABLE ssh_keys (user, fingerprint, token, line);";

static const char rows[] =
	"INSERT INTO made VALUES (1700000000, 42, 'station-1', 0,"
	" '" COUNTERS "', NULL);"
	"INSERT INTO credentials VALUES"
	" ('alice', '00000001', '" AAGUID "', x'0001ff', x'a5', 7, 0, 0),"
	" ('alice', '00000002', '', x'02', x'a501', 4294967295, 1, 1),"
	" ('bob', 'abcdef09', '', x'03', x'a502', 0, 4294967295, 0);"
	"INSERT INTO ssh_keys VALUES"
	" ('alice', 'SHA256:one', '00000001', 'type one'),"
	" ('alice', 'SHA256:two', '', 'verify-required type two'),"
	" ('bob', 'SHA256:one', '', 'type bob');";

/* Small pages, so that one file has many. */
static void make(const char *path, const char *tables)
{
	char head[128];

	unlink(path);
	snprintf(head, sizeof(head), "PRAGMA page_size = 512;"
		"PRAGMA application_id = %d; PRAGMA user_version = %d;",
		LOGIN_DB_APPLICATION, 1);
	change(path, head);
	change(path, tables);
	change(path, rows);
	assert_int_equal(chmod(path, 0600), 0);
}

static int set_up(void **state)
{
	(void)state;
	enter_place(place);
	make("login.db", strict);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

/* ---- asking ---- */

static struct login_db *open_good(const char *path)
{
	struct login_db *db = NULL;

	OK(login_db_open(&db, path, &err));
	return db;
}

/* It is not opened, and nothing was written. */
static void refuse_open(int code, const char *path)
{
	struct login_db *db = (struct login_db *)place;

	FAILS(code, login_db_open(&db, path, &err));
	assert_ptr_equal(db, place);
}

static size_t ask(struct login_db *db, const char *user)
{
	struct login_credentials list = { 0 };
	size_t n;

	OK(login_db_credentials(db, USER_NAMED(user), &list, &err));
	n = list.n;
	login_credentials_done(&list);
	return n;
}

/* Damage: an error, and nothing was written. */
static void refuse_ask(struct login_db *db, const char *user)
{
	struct login_credentials list = { NULL, 77 };

	FAILS(ERROR_CORRUPT, login_db_credentials(db, USER_NAMED(user), &list,
		&err));
	assert_non_null(strstr(err.text, "registry publish"));
	assert_null(list.p);
	assert_int_equal(list.n, 77);
}

struct seen {
	char text[1024];
	int calls;
	int answer;
};

static int see(const struct login_ssh_key *key, void *arg)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "%s|%s\n", key->token,
		key->line);
	s->calls++;
	return s->answer;
}

/* ---- a good file ---- */

static void a_good_file_says_when_and_from_what_it_was_made(void **state)
{
	struct login_db *db = open_good("login.db");
	const struct login_db_info *i = login_db_info(db);

	(void)state;
	assert_true(i->made_at == MADE_AT);
	assert_int_equal(i->generation, 42);
	assert_string_equal(i->station, "station-1");
	assert_false(i->rehearsal);
	assert_string_equal(i->counters, COUNTERS);
	login_db_free(&db);
	assert_null(db);
	login_db_free(&db);
	change("login.db", "UPDATE made SET rehearsal = 1");
	db = open_good("login.db");
	assert_true(login_db_info(db)->rehearsal);
	login_db_free(&db);
}

static void a_users_credentials_come_whole(void **state)
{
	struct login_db *db = open_good("login.db");
	struct login_credentials list = { 0 };
	const struct login_credential *c;

	(void)state;
	OK(login_db_credentials(db, USER_NAMED("alice"), &list, &err));
	assert_int_equal(list.n, 2);
	c = &list.p[0];
	assert_string_equal(c->token, "00000001");
	assert_string_equal(c->aaguid, AAGUID);
	assert_int_equal(c->id_n, 3);
	assert_memory_equal(c->id, "\0\1\xff", 3);
	assert_int_equal(c->public_key_n, 1);
	assert_memory_equal(c->public_key, "\xa5", 1);
	assert_int_equal(c->counter, 7);
	assert_int_equal(c->slot, 0);
	assert_false(c->verify_required);
	c = &list.p[1];
	assert_string_equal(c->token, "00000002");
	assert_string_equal(c->aaguid, "");
	assert_true(c->counter == UINT32_MAX);
	assert_true(c->verify_required);
	login_credentials_done(&list);
	assert_null(list.p);
	login_credentials_done(&list);
	login_db_free(&db);
}

static void a_user_is_found_by_the_whole_name_alone(void **state)
{
	static const char *const others[] = { "carol", "", "Alice", "ALICE",
		"alic", "alicee", "alice ", "a%", "%", "alice' OR 1=1 --" };
	struct login_db *db = open_good("login.db");
	size_t i;

	(void)state;
	assert_int_equal(ask(db, "alice"), 2);
	assert_int_equal(ask(db, "bob"), 1);
	for (i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(ask(db, others[i]), 0);
	login_db_free(&db);
}

static void keys_for_sshd_come_by_user_and_fingerprint(void **state)
{
	struct login_db *db = open_good("login.db");
	struct seen s = { "", 0, 0 };

	(void)state;
	OK(login_db_ssh_keys(db, USER_NAMED("alice"), NULL, see, &s, &err));
	assert_string_equal(s.text,
		"00000001|type one\n|verify-required type two\n");
	s = (struct seen){ "", 0, 0 };
	OK(login_db_ssh_keys(db, USER_NAMED("alice"), "SHA256:two", see, &s,
		&err));
	assert_string_equal(s.text, "|verify-required type two\n");
	s = (struct seen){ "", 0, 0 };
	OK(login_db_ssh_keys(db, USER_NAMED("bob"), "SHA256:two", see, &s,
		&err));
	OK(login_db_ssh_keys(db, USER_NAMED("carol"), NULL, see, &s, &err));
	OK(login_db_ssh_keys(db, USER_NAMED("alice"), "", see, &s, &err));
	assert_int_equal(s.calls, 0);
	login_db_free(&db);
}

static int note_name(const char *name, void *arg)
{
	struct seen *s = arg;

	strcat(s->text, name);
	strcat(s->text, "\n");
	return ++s->calls == s->answer ? 7 : 0;
}

static void each_name_comes_once_and_in_order(void **state)
{
	struct login_db *db;
	struct seen s = { "", 0, 0 };

	(void)state;
	change("login.db", "INSERT INTO ssh_keys VALUES ('aaron', 'SHA256:x',"
		" '', 'type a'); INSERT INTO credentials VALUES ('zoe',"
		" '00000003', '', x'04', x'a5', 0, 2, 0);");
	db = open_good("login.db");
	assert_string_equal(login_db_path(db), "login.db");
	OK(login_db_names(db, note_name, &s, &err));
	assert_string_equal(s.text, "aaron\nalice\nbob\nzoe\n");
	/* the reader's word ends the list */
	s = (struct seen){ "", 0, 2 };
	assert_int_equal(login_db_names(db, note_name, &s, &err), 7);
	assert_string_equal(s.text, "aaron\nalice\n");
	login_db_free(&db);
	change("login.db", "UPDATE ssh_keys SET user = 'b' || char(10) WHERE"
		" user = 'aaron';");
	db = open_good("login.db");
	s = (struct seen){ "", 0, 0 };
	SAYS(ERROR_CORRUPT, "a name makes no sense", login_db_names(db,
		note_name, &s, &err));
	assert_string_equal(s.text, "alice\n");
	login_db_free(&db);
}

static void what_the_reader_of_keys_answers_ends_the_list(void **state)
{
	struct login_db *db = open_good("login.db");
	struct seen s = { "", 0, 5 };

	(void)state;
	assert_int_equal(login_db_ssh_keys(db, USER_NAMED("alice"), NULL, see,
		&s, &err),
		5);
	assert_int_equal(s.calls, 1);
	s.answer = -3;
	assert_int_equal(login_db_ssh_keys(db, USER_NAMED("alice"), NULL, see,
		&s, &err),
		-3);
	assert_int_equal(s.calls, 2);
	login_db_free(&db);
}

static void a_journal_beside_the_file_is_nobodys_business(void **state)
{
	struct login_db *db;

	(void)state;
	write_text("login.db-journal", "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
	write_text("login.db-wal", "7\x7f\x06\x82");
	db = open_good("login.db");
	assert_int_equal(ask(db, "alice"), 2);
	login_db_free(&db);
	assert_int_equal(access("login.db-journal", F_OK), 0);
	assert_int_equal(access("login.db-wal", F_OK), 0);
	assert_int_equal(access("login.db-shm", F_OK), -1);
}

static void a_path_is_a_path_and_no_uri(void **state)
{
	static const char *const names[] = { "a b", "a?mode=rwc", "a#b",
		"a%20b", "a%00b", "a%", "\xc3\xbc", "a&cache=shared", "file:a",
		"a?immutable=0" };
	char path[128];
	struct login_db *db;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(link("login.db", names[i]), 0);
		db = open_good(names[i]);
		assert_int_equal(ask(db, "alice"), 2);
		login_db_free(&db);
		snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		db = open_good(path);
		assert_int_equal(ask(db, "bob"), 1);
		login_db_free(&db);
		unlink(names[i]);
		refuse_open(ERROR_FAILED, path);
	}
}

/* ---- age ---- */

static void a_file_has_an_age_that_may_be_limited(void **state)
{
	static const struct {
		time_t now;
		uint64_t max;
		bool good;
	} ages[] = {
		{ MADE_AT, 0, true },
		{ MADE_AT, 1, true },
		{ MADE_AT + 1000000000, 0, true },
		{ MADE_AT + 86400, 86400, true },
		{ MADE_AT + 86401, 86400, false },
		{ MADE_AT + 2, 1, false },
		{ MADE_AT + 1000000000, UINT64_MAX, true },
		{ MADE_AT - LOGIN_FUTURE_MAX, 1, true },
		{ MADE_AT - LOGIN_FUTURE_MAX, 0, true },
		{ MADE_AT - LOGIN_FUTURE_MAX - 1, 0, false },
		{ MADE_AT - LOGIN_FUTURE_MAX - 1, UINT64_MAX, false },
		{ 0, 0, false },
	};
	struct login_db *db = open_good("login.db");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ages); i++)
		if (ages[i].good)
			OK(login_db_check_age(db, ages[i].now, ages[i].max,
				&err));
		else
			FAILS(ERROR_REFUSED, login_db_check_age(db,
				ages[i].now, ages[i].max, &err));
	assert_non_null(strstr(err.text, "future"));
	SAYS(ERROR_REFUSED, "2 days old", login_db_check_age(db,
		MADE_AT + 3 * 86400 - 1, 86400, &err));
	login_db_free(&db);
}

static void an_age_at_the_end_of_numbers_is_no_surprise(void **state)
{
	struct login_db *db;

	(void)state;
	change("login.db", "UPDATE made SET made_at = 9223372036854775807");
	db = open_good("login.db");
	FAILS(ERROR_REFUSED, login_db_check_age(db, MADE_AT, 0, &err));
	login_db_free(&db);
	change("login.db", "UPDATE made SET made_at = 0");
	db = open_good("login.db");
	FAILS(ERROR_REFUSED, login_db_check_age(db, INT64_MAX, 86400, &err));
	OK(login_db_check_age(db, INT64_MAX, 0, &err));
	login_db_free(&db);
}

/* ---- trust ---- */

static void a_file_that_others_may_write_is_not_trusted(void **state)
{
	static const mode_t bad[] = { 0620, 0602, 0666, 0660, 0722 };
	static const mode_t good[] = { 0600, 0640, 0644, 0440, 0400 };
	struct login_db *db;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod("login.db", bad[i]), 0);
		refuse_open(ERROR_PERMISSION, "login.db");
	}
	for (i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(chmod("login.db", good[i]), 0);
		db = open_good("login.db");
		login_db_free(&db);
	}
}

static void a_file_in_a_directory_of_others_is_not_trusted(void **state)
{
	static const mode_t bad[] = { 0770, 0702, 0777, 01777, 02775 };
	char path[128];
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s/login.db", place);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(place, bad[i]), 0);
		SAYS(ERROR_PERMISSION, "directory", login_db_open(
			&(struct login_db *){ NULL }, path, &err));
		refuse_open(ERROR_PERMISSION, "login.db");
	}
	assert_int_equal(chmod(place, 0755), 0);
	login_db_free(&(struct login_db *){ open_good(path) });
	if (geteuid() == 0) {
		assert_int_equal(chown(place, 4711, (gid_t)-1), 0);
		refuse_open(ERROR_PERMISSION, path);
	}
}

static void a_file_of_another_user_is_not_trusted(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown("login.db", 4711, (gid_t)-1), 0);
	refuse_open(ERROR_PERMISSION, "login.db");
}

/* As another one than root: root's and his own, and nobody else's. */
static void roots_files_and_ones_own_are_trusted(void **state)
{
	static const uid_t owners[] = { 0, 65534, 65533, 1 };
	size_t dir, file;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(place, 0755), 0);
	assert_int_equal(chmod("login.db", 0644), 0);
	for (dir = 0; dir < ARRAY_LEN(owners); dir++)
		for (file = 0; file < ARRAY_LEN(owners); file++) {
			struct login_db *db = NULL;
			int r;

			assert_int_equal(chown(place, owners[dir], 0), 0);
			assert_int_equal(chown("login.db", owners[file], 0),
				0);
			assert_int_equal(seteuid(65534), 0);
			r = login_db_open(&db, "login.db", &err);
			login_db_free(&db);
			assert_int_equal(seteuid(0), 0);
			assert_int_equal(r, dir < 2 && file < 2 ? 0 :
				-ERROR_PERMISSION);
		}
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
	(void)state;
	assert_int_equal(symlink("login.db", "link"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	refuse_open(ERROR_PERMISSION, "link");
	refuse_open(ERROR_FAILED, "folder");
	refuse_open(ERROR_FAILED, "fifo");
	refuse_open(ERROR_FAILED, "/dev/null");
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	refuse_open(ERROR_FAILED, "nowhere");
	refuse_open(ERROR_FAILED, "nowhere/login.db");
	refuse_open(ERROR_FAILED, "login.db/login.db");
	refuse_open(ERROR_FAILED, "");
	assert_int_equal(access("nowhere", F_OK), -1);
}

/* ---- damage ---- */

static void what_is_no_login_db_is_corrupt(void **state)
{
	char text[2048];

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file("login.db", "", 0, 0600);
	refuse_open(ERROR_CORRUPT, "login.db");
	write_file("login.db", text, 1, 0600);
	refuse_open(ERROR_CORRUPT, "login.db");
	write_file("login.db", text, sizeof(text), 0600);
	refuse_open(ERROR_CORRUPT, "login.db");
	memset(text, 0, sizeof(text));
	write_file("login.db", text, sizeof(text), 0600);
	refuse_open(ERROR_CORRUPT, "login.db");
	memcpy(text, "SQLite format 3", 16);
	write_file("login.db", text, sizeof(text), 0600);
	refuse_open(ERROR_CORRUPT, "login.db");
	unlink("login.db");
	change("login.db", "CREATE TABLE t (x)");
	assert_int_equal(chmod("login.db", 0600), 0);
	refuse_open(ERROR_CORRUPT, "login.db");
}

/* Each says whose it is, and that is sealed with the rest. */
static void make_second(const char *more)
{
	char sql[512];

	make("login.db", strict);
	snprintf(sql, sizeof(sql), "ALTER TABLE credentials ADD COLUMN rp TEXT"
		" NOT NULL DEFAULT 'pam://host'; PRAGMA user_version = 2; %s",
		more);
	second = true;
	change("login.db", sql);
	second = false;
}

static void a_credential_is_of_its_relying_party(void **state)
{
	struct login_credentials list = { 0 };
	struct login_db *db = open_good("login.db");

	(void)state;
	OK(login_db_credentials(db, USER_NAMED("alice"), &list, &err));
	assert_string_equal(list.p[0].rp, "tokenbridge:login");
	login_credentials_done(&list);
	login_db_free(&db);
	make_second("");
	db = open_good("login.db");
	OK(login_db_credentials(db, USER_NAMED("alice"), &list, &err));
	assert_string_equal(list.p[0].rp, "pam://host");
	login_credentials_done(&list);
	login_db_free(&db);
	make_second("UPDATE credentials SET rp = ''");
	db = open_good("login.db");
	refuse_ask(db, "alice");
	login_db_free(&db);
	/* as if it were of the other version, or of another party */
	make_second("");
	change("login.db", "SELECT 1"); /* sealed without rp */
	db = open_good("login.db");
	refuse_ask(db, "alice");
	login_db_free(&db);
}

static void another_application_or_version_is_told_apart(void **state)
{
	(void)state;
	change("login.db", "PRAGMA application_id = 0");
	refuse_open(ERROR_CORRUPT, "login.db");
	change("login.db", "PRAGMA application_id = 1952148584");
	refuse_open(ERROR_CORRUPT, "login.db");
	make("login.db", strict);
	change("login.db", "PRAGMA user_version = 0");
	refuse_open(ERROR_CORRUPT, "login.db");
	change("login.db", "PRAGMA user_version = -1");
	refuse_open(ERROR_CORRUPT, "login.db");
	change("login.db", "PRAGMA user_version = 3");
	refuse_open(ERROR_UNSUPPORTED, "login.db");
	change("login.db", "PRAGMA user_version = 2147483647");
	refuse_open(ERROR_UNSUPPORTED, "login.db");
}

static void a_file_that_does_not_say_how_it_was_made_is_corrupt(void **state)
{
	static const char *const damages[] = {
		"DELETE FROM made", "DROP TABLE made",
		"ALTER TABLE made RENAME COLUMN counters TO c",
		"DROP TABLE made; CREATE VIEW made AS SELECT 1 AS made_at,"
		" 1 AS generation, '' AS station, 0 AS rehearsal, '" COUNTERS
		"' AS counters",
		"UPDATE made SET made_at = NULL",
		"UPDATE made SET made_at = -1",
		"UPDATE made SET made_at = 1.5",
		"UPDATE made SET made_at = '1700000000'",
		"UPDATE made SET generation = -1",
		"UPDATE made SET generation = x'01'",
		"UPDATE made SET station = NULL",
		"UPDATE made SET station = char(27)",
		"UPDATE made SET station = 'a' || char(0) || 'b'",
		"UPDATE made SET station = CAST(x'ff' AS TEXT)",
		"UPDATE made SET station = printf('%033d', 0)",
		"UPDATE made SET rehearsal = 2",
		"UPDATE made SET rehearsal = NULL",
		"UPDATE made SET rehearsal = 'yes'",
		"UPDATE made SET counters = ''",
		"UPDATE made SET counters = NULL",
		"UPDATE made SET counters = upper(counters)",
		"UPDATE made SET counters = substr(counters, 2)",
		"UPDATE made SET counters = counters || '0'",
		"UPDATE made SET counters = replace(counters, '0', '/')",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damages); i++) {
		make("login.db", lax);
		login_db_free(&(struct login_db *){ open_good("login.db") });
		change("login.db", damages[i]);
		refuse_open(ERROR_CORRUPT, "login.db");
	}
}

static void a_credential_that_makes_no_sense_is_an_error(void **state)
{
	static const char *const damages[] = {
		"token = NULL", "token = ''", "token = '0000001'",
		"token = '000000001'", "token = '0000000g'",
		"token = 'ABCDEF01'", "token = '0000000' || char(10)",
		"token = '0000' || char(0) || '000'",
		"aaguid = NULL", "aaguid = char(27)",
		"aaguid = CAST(x'c3' AS TEXT)",
		"aaguid = printf('%033d', 0)",
		"id = NULL", "id = 'text'", "id = 7", "id = x''",
		"id = zeroblob(1025)", "id = zeroblob(2000)",
		"public_key = NULL", "public_key = 'text'",
		"public_key = x''", "public_key = zeroblob(1025)",
		"counter = NULL", "counter = -1", "counter = 4294967296",
		"counter = 1.5", "counter = '7'", "counter = x'07'",
		"slot = NULL", "slot = -1", "slot = 4294967296",
		"slot = 9223372036854775807", "slot = '0'",
		"verify_required = NULL", "verify_required = 2",
		"verify_required = -1", "verify_required = 'no'",
		"verify_required = 0.0",
	};
	struct login_db *db;
	char sql[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damages); i++) {
		make("login.db", lax);
		snprintf(sql, sizeof(sql), "UPDATE credentials SET %s WHERE"
			" token = '00000002'", damages[i]);
		change("login.db", sql);
		db = open_good("login.db");
		refuse_ask(db, "alice");
		assert_int_equal(ask(db, "bob"), 1);
		assert_int_equal(ask(db, "carol"), 0);
		login_db_free(&db);
	}
}

static void a_row_too_long_to_be_looked_at_is_an_error_for_all(void **state)
{
	struct login_db *db;

	(void)state;
	make("login.db", lax);
	change("login.db", "UPDATE credentials SET id = zeroblob(1000000)"
		" WHERE token = '00000002'");
	db = open_good("login.db");
	refuse_ask(db, "alice");
	refuse_ask(db, "carol");
	login_db_free(&db);
}

static void the_largest_credential_is_taken(void **state)
{
	struct login_db *db;
	struct login_credentials list = { 0 };

	(void)state;
	change("login.db", "UPDATE credentials SET id = randomblob(1024),"
		" public_key = randomblob(1024) WHERE user = 'bob'");
	db = open_good("login.db");
	OK(login_db_credentials(db, USER_NAMED("bob"), &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.p[0].id_n, LOGIN_BYTES_MAX);
	assert_int_equal(list.p[0].public_key_n, LOGIN_BYTES_MAX);
	login_credentials_done(&list);
	login_db_free(&db);
}

static void more_credentials_than_the_limit_are_an_error(void **state)
{
	static const char more[] =
		"WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1"
		" FROM c WHERE x < %d) INSERT INTO credentials SELECT 'carol',"
		" printf('%%08x', x), '', CAST(printf('%%04d', x) AS BLOB),"
		" x'a5', 0, x, 0 FROM c";
	struct login_db *db;
	char sql[512];

	(void)state;
	snprintf(sql, sizeof(sql), more, LOGIN_CREDENTIALS_MAX);
	change("login.db", sql);
	db = open_good("login.db");
	assert_int_equal(ask(db, "carol"), LOGIN_CREDENTIALS_MAX);
	login_db_free(&db);
	change("login.db", "INSERT INTO credentials VALUES ('carol',"
		" '0000ffff', '', x'ff', x'a5', 0, 99, 0)");
	db = open_good("login.db");
	refuse_ask(db, "carol");
	assert_int_equal(ask(db, "alice"), 2);
	login_db_free(&db);
}

static void a_table_that_is_not_there_is_an_error(void **state)
{
	static const char *const damages[] = {
		"DROP TABLE credentials; DROP TABLE ssh_keys;",
		"ALTER TABLE credentials RENAME TO c;"
		"ALTER TABLE ssh_keys RENAME TO s;",
		"ALTER TABLE credentials RENAME COLUMN user TO holder;"
		"ALTER TABLE ssh_keys RENAME COLUMN user TO holder;",
		"ALTER TABLE credentials RENAME TO c;"
		"ALTER TABLE ssh_keys RENAME TO s;"
		"CREATE VIEW credentials AS SELECT * FROM c;"
		"CREATE VIEW ssh_keys AS SELECT * FROM s;",
	};
	struct seen s = { "", 0, 0 };
	struct login_db *db;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damages); i++) {
		make("login.db", lax);
		change("login.db", damages[i]);
		db = open_good("login.db");
		refuse_ask(db, "alice");
		refuse_ask(db, "carol");
		FAILS(ERROR_CORRUPT, login_db_ssh_keys(db, USER_NAMED("alice"),
			NULL, see,
			&s, &err));
		assert_int_equal(s.calls, 0);
		login_db_free(&db);
	}
}

static void an_ssh_key_that_makes_no_sense_is_an_error(void **state)
{
	static const char *const damages[] = {
		"line = NULL", "line = ''", "line = 'type two' || char(10)",
		"line = char(10) || 'type two'", "line = 'a' || char(13)",
		"line = 'a' || char(0) || 'b'", "line = CAST(x'ff' AS TEXT)",
		"line = printf('%04097d', 0)", "token = NULL",
		"token = '000000001'", "token = char(9)",
	};
	struct login_db *db;
	struct seen s;
	char sql[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(damages); i++) {
		make("login.db", lax);
		snprintf(sql, sizeof(sql), "UPDATE ssh_keys SET %s WHERE"
			" fingerprint = 'SHA256:two'", damages[i]);
		change("login.db", sql);
		db = open_good("login.db");
		s = (struct seen){ "", 0, 0 };
		FAILS(ERROR_CORRUPT, login_db_ssh_keys(db, USER_NAMED("alice"),
			"SHA256:two", see, &s, &err));
		assert_int_equal(s.calls, 0);
		FAILS(ERROR_CORRUPT, login_db_ssh_keys(db, USER_NAMED("alice"),
			NULL, see,
			&s, &err));
		OK(login_db_ssh_keys(db, USER_NAMED("bob"), NULL, see, &s,
			&err));
		login_db_free(&db);
	}
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void a_file_that_was_cut_off_is_an_error_at_every_length(void **state)
{
	off_t n;

	(void)state;
	for (n = size_of("login.db") - 1; n >= 0; n -= n > 700 ? 13 : 1) {
		assert_int_equal(truncate("login.db", n), 0);
		refuse_open(ERROR_CORRUPT, "login.db");
	}
}

/* The first page of a table, from 1. */
static int page_of(const char *table)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db;
	int page;

	assert_int_equal(sqlite3_open("login.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT rootpage FROM"
		" sqlite_schema WHERE name = ?1", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	page = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return page;
}

static void spoil(int page, int byte)
{
	char bytes[512];
	int fd = open("login.db", O_RDWR | O_CLOEXEC);

	memset(bytes, byte, sizeof(bytes));
	assert_int_equal(pwrite(fd, bytes, sizeof(bytes), (page - 1) * 512),
		sizeof(bytes));
	close(fd);
}

static void a_table_whose_page_is_damaged_never_says_none(void **state)
{
	static const int bytes[] = { 0, 1, 0x7f, 0xff };
	struct seen s = { "", 0, 0 };
	struct login_db *db;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bytes); i++) {
		make("login.db", strict);
		spoil(page_of("credentials"), bytes[i]);
		spoil(page_of("ssh_keys"), bytes[i]);
		db = open_good("login.db");
		refuse_ask(db, "alice");
		refuse_ask(db, "bob");
		refuse_ask(db, "carol");
		FAILS(ERROR_CORRUPT, login_db_ssh_keys(db, USER_NAMED("alice"),
			NULL, see,
			&s, &err));
		assert_int_equal(s.calls, 0);
		login_db_free(&db);
	}
}

/* How many different credentials; -1: an error. */
static int count(const char *user)
{
	CLEANUP(login_db_free) struct login_db *db = NULL;
	CLEANUP(login_credentials_done) struct login_credentials list = { 0 };
	size_t i, k;
	int n;

	if (login_db_open(&db, "login.db", NULL) < 0 ||
		login_db_credentials(db, USER_NAMED(user), &list, NULL) < 0)
		return -1;
	n = (int)list.n;
	for (i = 0; i < list.n; i++)
		for (k = 0; k < i; k++)
			if (list.p[i].id_n == list.p[k].id_n &&
				memcmp(list.p[i].id, list.p[k].id,
					list.p[i].id_n) == 0) {
				n--;
				break;
			}
	return n;
}

static void flip(int fd, off_t at, unsigned char by)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= by;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

static void an_error_or(int n, const char *user)
{
	int found = count(user);

	assert_true(found == -1 || found == n);
}

static void a_flipped_byte_never_makes_a_credential(void **state)
{
	static const unsigned char by[] = { 0x01, 0x80, 0xff };
	off_t at, size = size_of("login.db");
	int fd = open("login.db", O_RDWR | O_CLOEXEC);
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	for (at = 0; at < size; at++)
		for (i = 0; i < sizeof(by); i++) {
			flip(fd, at, by[i]);
			an_error_or(2, "alice");
			an_error_or(1, "bob");
			an_error_or(0, "carol");
			flip(fd, at, by[i]);
		}
	close(fd);
	assert_int_equal(count("alice"), 2);
}

static void a_page_of_zeros_or_of_another_never_makes_a_credential(
	void **state)
{
	unsigned char all[32768], page[512];
	off_t size = size_of("login.db"), a, b;
	int fd = open("login.db", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(size <= (off_t)sizeof(all));
	assert_int_equal(pread(fd, all, (size_t)size, 0), size);
	for (a = 0; a < size; a += 512)
		for (b = -512; b < size; b += 512) {
			memset(page, 0, sizeof(page));
			if (b >= 0)
				memcpy(page, all + b, sizeof(page));
			assert_int_equal(pwrite(fd, page, 512, a), 512);
			assert_true(count("alice") <= 2);
			assert_true(count("bob") <= 1);
			assert_true(count("carol") <= 0);
			assert_int_equal(pwrite(fd, all + a, 512, a), 512);
		}
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_file_says_when_and_from_what_it_was_made),
		TEST(a_users_credentials_come_whole),
		TEST(a_user_is_found_by_the_whole_name_alone),
		TEST(keys_for_sshd_come_by_user_and_fingerprint),
		TEST(each_name_comes_once_and_in_order),
		TEST(what_the_reader_of_keys_answers_ends_the_list),
		TEST(a_journal_beside_the_file_is_nobodys_business),
		TEST(a_path_is_a_path_and_no_uri),
		TEST(a_file_has_an_age_that_may_be_limited),
		TEST(an_age_at_the_end_of_numbers_is_no_surprise),
		TEST(a_file_that_others_may_write_is_not_trusted),
		TEST(a_file_in_a_directory_of_others_is_not_trusted),
		TEST(a_file_of_another_user_is_not_trusted),
		TEST(roots_files_and_ones_own_are_trusted),
		TEST(what_is_no_regular_file_is_not_opened),
		TEST(a_file_that_is_not_there_is_an_error),
		TEST(what_is_no_login_db_is_corrupt),
		TEST(a_credential_is_of_its_relying_party),
		TEST(another_application_or_version_is_told_apart),
		TEST(a_file_that_does_not_say_how_it_was_made_is_corrupt),
		TEST(a_credential_that_makes_no_sense_is_an_error),
		TEST(a_row_too_long_to_be_looked_at_is_an_error_for_all),
		TEST(the_largest_credential_is_taken),
		TEST(more_credentials_than_the_limit_are_an_error),
		TEST(a_table_that_is_not_there_is_an_error),
		TEST(an_ssh_key_that_makes_no_sense_is_an_error),
		TEST(a_file_that_was_cut_off_is_an_error_at_every_length),
		TEST(a_table_whose_page_is_damaged_never_says_none),
		TEST(a_flipped_byte_never_makes_a_credential),
		TEST(a_page_of_zeros_or_of_another_never_makes_a_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
