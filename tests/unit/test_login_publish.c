/* SPDX-License-Identifier: Apache-2.0 */
/* From the registry to login.db: who may log in, and what stays in place. */
#include "bridge/command/arguments.h"
#include "bridge/event/ssh-key.h"
#include "bridge/local/publish.h"
#include "bridge/login/counter.h"
#include "bridge/login/db.h"
#include "bridge/open/login.h"

#include "tests/unit/test_registry.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define RP "tokenbridge:login"

static struct registry *reg;
static char token[ID_LEN], user[ID_LEN];
static char path[160], counters[192];

/* ---- a registry in which alice logs in by one token ---- */

static void add_credential_for(const char *rp, const char *of, const char *id,
	int counter)
{
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack(
		"{s:s, s:s, s:o, s:o, s:i, s:i, s:b}", "token", of, "rp", rp,
		"credential", event_bytes_new(id, strlen(id)), "public_key",
		event_bytes_new("key", 3), "alg", -7, "counter", counter,
		"resident", 0));
}

static void add_credential(const char *of, const char *id, int counter)
{
	add_credential_for(RP, of, id, counter);
}

static void bind_login_for(const char *rp, const char *of, const char *id,
	const char *name, bool verify, char ret[ID_LEN])
{
	new_id(ret);
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "binding", ret,
		"kind", "pam", "user", "1000", "token", of, "local_user", name,
		"rp", rp, "credential", event_bytes_new(id, strlen(id)),
		"verify_required", verify));
}

static void bind_login(const char *of, const char *id, const char *name,
	bool verify, char ret[ID_LEN])
{
	bind_login_for(RP, of, id, name, verify, ret);
}

static const unsigned char blob[] =
	"\0\0\0\x1a" "sk-ssh-ed25519@openssh.com"
	"\0\0\0\x20kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\0\0\0\4ssh:";

static void bind_key(char ret[ID_LEN])
{
	new_id(ret);
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "binding", ret, "kind",
		"ssh", "user", "1000", "local_user", user, "rp", "ssh:",
		"ssh_key", event_bytes_new(blob, sizeof(blob) - 1),
		"verify_required", 1));
}

static char binding[ID_LEN], key_binding[ID_LEN];

static int set_up(void **state)
{
	struct place *p;

	setup(state);
	p = *state;
	snprintf(path, sizeof(path), "%s/login.db", p->dir);
	snprintf(counters, sizeof(counters), "%s.counters", path);
	reg = open_rw(p->db);
	add_token(reg, "1001", token);
	OK(registry_name_put(reg, "local-user", "alice", user, &err));
	add_credential(token, "one", 5);
	bind_login(token, "one", user, true, binding);
	bind_key(key_binding);
	return 0;
}

static int tear_down(void **state)
{
	registry_free(&reg);
	return teardown(state);
}

/* ---- publishing ---- */

static int publish(const char *to, struct login_published *ret)
{
	char *argv[] = { (char *)"tokenbridge", (char *)"--login-db",
		(char *)to, (char *)"registry", (char *)"publish", NULL };
	struct options o = { { NULL } };
	const char *target;
	int r;

	OK(options_parse(&o, verbs, 5, argv, &err));
	r = open_login_db(&o, reg, &target, &err);
	if (r == 0)
		r = login_publish(reg, target, ret, &err);
	options_done(&o);
	return r;
}

static void publish_of(size_t users, size_t credentials, size_t keys)
{
	struct login_published p = { 0 };

	OK(publish(path, &p));
	assert_string_equal(p.path, path);
	assert_int_equal(p.credentials, credentials);
	assert_int_equal(p.ssh_keys, keys);
	assert_int_equal(p.users, users);
	login_published_done(&p);
	assert_null(p.path);
}

static void publish_these(size_t credentials, size_t keys)
{
	publish_of(credentials || keys, credentials, keys);
}

static struct login_db *open_db(void)
{
	struct login_db *db = NULL;

	OK(login_db_open(&db, path, &err));
	return db;
}

static struct login_credentials ask(const char *name)
{
	struct login_credentials list = { 0 };
	struct login_db *db = open_db();

	OK(login_db_credentials(db, USER_NAMED(name), &list, &err));
	login_db_free(&db);
	return list;
}

static size_t count(const char *name)
{
	struct login_credentials list = ask(name);
	size_t n = list.n;

	login_credentials_done(&list);
	return n;
}

static int see(const struct login_ssh_key *key, void *arg)
{
	assert_string_equal(key->token, "");
	assert_int_equal(strncmp(key->line, "verify-required "
		"sk-ssh-ed25519@openssh.com AAAA", 47), 0);
	++*(int *)arg;
	return 0;
}

static int count_keys(const char *name)
{
	struct login_db *db = open_db();
	int n = 0;

	OK(login_db_ssh_keys(db, USER_NAMED(name), NULL, see, &n, &err));
	login_db_free(&db);
	return n;
}

/* As sshd asks: by the key that is offered. */
static void the_key_goes_by_its_fingerprint(void)
{
	struct login_db *db = open_db();
	char fingerprint[SSH_FINGERPRINT_LEN];
	int n = 0;

	OK(ssh_key_fingerprint(blob, sizeof(blob) - 1, fingerprint, &err));
	OK(login_db_ssh_keys(db, USER_NAMED("alice"), fingerprint, see, &n,
		&err));
	assert_int_equal(n, 1);
	OK(ssh_key_fingerprint(blob, sizeof(blob) - 2, fingerprint, &err));
	OK(login_db_ssh_keys(db, USER_NAMED("alice"), fingerprint, see, &n,
		&err));
	assert_int_equal(n, 1);
	login_db_free(&db);
}

static void assert_nothing_left(const struct place *p)
{
	char command[256];

	snprintf(command, sizeof(command), "test -z \"$(ls %s | grep -v -x -e "
		"'registry.db.*' -e login.db -e login.db.counters)\"", p->dir);
	assert_int_equal(system(command), 0);
}

static void what_is_published_is_read(void **state)
{
	struct login_credentials list;
	struct counters c = COUNTERS_INIT;
	struct login_db *db;
	uint32_t n;

	publish_these(1, 1);
	list = ask("alice");
	assert_int_equal(list.n, 1);
	assert_int_equal(strncmp(list.p[0].token, token, 8), 0);
	assert_int_equal(list.p[0].id_n, 3);
	assert_memory_equal(list.p[0].id, "one", 3);
	assert_memory_equal(list.p[0].public_key, "key", 3);
	assert_int_equal(list.p[0].counter, 5);
	assert_true(list.p[0].verify_required);
	assert_int_equal(count("1000"), 0);
	assert_int_equal(count(user), 0);
	assert_int_equal(count_keys("alice"), 1);
	assert_int_equal(count_keys("1000"), 0);
	the_key_goes_by_its_fingerprint();
	db = open_db();
	OK(counters_open(&c, counters, login_db_info(db)->counters, &err));
	OK(counters_read(&c, list.p[0].slot, "one", 3, &n, &err));
	assert_int_equal(n, 5);
	counters_done(&c);
	login_db_free(&db);
	login_credentials_done(&list);
	assert_nothing_left(*state);
}

static int64_t version_of_file(void)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1,
		&stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

/* So that older programs read what needs no more than they know. */
static void other_relying_parties_make_it_the_second_version(void **state)
{
	struct login_credentials list;
	char other[ID_LEN];

	(void)state;
	publish_these(1, 1);
	assert_int_equal(version_of_file(), 1);
	add_credential_for("pam://host", token, "two", 0);
	bind_login_for("pam://host", token, "two", user, false, other);
	publish_these(2, 1);
	assert_int_equal(version_of_file(), 2);
	list = ask("alice");
	assert_int_equal(list.n, 2);
	assert_string_equal(list.p[0].rp, RP);
	assert_string_equal(list.p[1].rp, "pam://host");
	login_credentials_done(&list);
}

static void the_file_names_its_registry_and_the_last_event(void **state)
{
	struct registry_head head;
	time_t now = time(NULL);
	struct login_db *db;

	(void)state;
	publish_these(1, 1);
	OK(registry_head(reg, &head, &err));
	db = open_db();
	assert_true(login_db_info(db)->generation == head.seq);
	assert_string_equal(login_db_info(db)->station, registry_station(reg));
	assert_false(login_db_info(db)->rehearsal);
	assert_true(login_db_info(db)->made_at >= now);
	assert_true(login_db_info(db)->made_at <= now + 60);
	login_db_free(&db);
}

static void the_files_are_closed_to_others(void **state)
{
	struct stat st;

	(void)state;
	umask(0);
	publish_these(1, 1);
	umask(022);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07737, 0600);
	assert_int_equal(stat(counters, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void set_state(const char *state)
{
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s, s:s}", "token", token,
		"state", state));
}

static void a_token_that_is_lost_or_retired_logs_nobody_in(void **state)
{
	(void)state;
	set_state("lost");
	publish_these(0, 1);
	assert_int_equal(count("alice"), 0);
	set_state("retired");
	publish_these(0, 1);
	set_state("handed-over");
	publish_these(1, 1);
	assert_int_equal(count("alice"), 1);
}

static void what_was_removed_is_not_published(void **state)
{
	(void)state;
	publish_these(1, 1);
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding",
		key_binding));
	publish_these(1, 0);
	assert_int_equal(count_keys("alice"), 0);
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding",
		binding));
	publish_these(0, 0);
	assert_int_equal(count("alice"), 0);
}

static void a_removed_credential_is_not_published(void **state)
{
	(void)state;
	add(reg, EVENT_CREDENTIAL_REMOVED, json_pack("{s:s, s:s, s:o}",
		"token", token, "rp", RP, "credential",
		event_bytes_new("one", 3)));
	publish_these(0, 1);
	assert_int_equal(count("alice"), 0);
}

/* Wherever they stand among the others. */
static void what_is_left_out_leaves_the_others(void **state)
{
	char ids[8][ID_LEN], name[ID_LEN], one[16];
	unsigned i, n = ARRAY_LEN(ids);

	(void)state;
	for (i = 0; i < n; i++) {
		snprintf(one, sizeof(one), "of-%u", i);
		OK(registry_name_put(reg, "local-user", one, name, &err));
		add_credential(token, one, 1);
		bind_login(token, one, name, false, ids[i]);
	}
	publish_of(1 + n, 1 + n, 1);
	for (i = 0; i < 3; i++) {
		add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding",
			ids[i]));
		publish_of(n - i, n - i, 1);
	}
	for (; i < 6; i++) {
		snprintf(one, sizeof(one), "of-%u", i);
		add(reg, EVENT_CREDENTIAL_REMOVED, json_pack("{s:s, s:s, s:o}",
			"token", token, "rp", RP, "credential",
			event_bytes_new(one, strlen(one))));
		publish_of(n - i, n - i, 1);
	}
}

static void a_credential_of_another_token_or_rp_is_not_published(void **state)
{
	char other[ID_LEN], id[ID_LEN];

	(void)state;
	add_token(reg, "1002", other);
	bind_login(other, "one", user, false, id);
	bind_login(token, "two", user, false, id);
	publish_these(1, 1);
	assert_int_equal(count("alice"), 1);
}

static void a_counter_that_was_seen_stays_when_published_again(void **state)
{
	struct counters c = COUNTERS_INIT;
	struct login_credentials list;
	char other[ID_LEN];
	struct login_db *db;
	uint32_t slot, n;
	size_t i;

	(void)state;
	publish_these(1, 1);
	list = ask("alice");
	slot = list.p[0].slot;
	login_credentials_done(&list);
	db = open_db();
	OK(counters_open(&c, counters, login_db_info(db)->counters, &err));
	login_db_free(&db);
	OK(counters_write(&c, slot, "one", 3, 99, &err));
	add_credential(token, "two", 0);
	bind_login(token, "two", user, false, other);
	publish_these(2, 1);
	list = ask("alice");
	assert_int_equal(list.n, 2);
	assert_int_not_equal(list.p[0].slot, list.p[1].slot);
	for (i = 0; i < 2; i++)
		if (memcmp(list.p[i].id, "one", 3) == 0)
			assert_int_equal(list.p[i].slot, slot);
	login_credentials_done(&list);
	OK(counters_read(&c, slot, "one", 3, &n, &err));
	assert_int_equal(n, 99);
	counters_done(&c);
}

static void counters_that_are_gone_are_made_anew_with_their_own_id(void **state)
{
	struct counters c = COUNTERS_INIT;
	struct login_db *db;
	char old[33];

	(void)state;
	publish_these(1, 1);
	db = open_db();
	strcpy(old, login_db_info(db)->counters);
	login_db_free(&db);
	assert_int_equal(unlink(counters), 0);
	publish_these(1, 1);
	db = open_db();
	assert_string_not_equal(login_db_info(db)->counters, old);
	OK(counters_open(&c, counters, login_db_info(db)->counters, &err));
	counters_done(&c);
	login_db_free(&db);
}

static void on_failure_the_old_file_stays(void **state)
{
	struct login_published p = { 0 };
	struct buf before, after;
	struct rlimit rl;
	int status;
	pid_t pid;

	publish_these(1, 1);
	slurp(path, &before);
	for (rlim_t limit = 0; limit < before.n; limit += 1000) {
		pid = fork();
		if (pid == 0) {
			signal(SIGXFSZ, SIG_IGN);
			rl.rlim_cur = rl.rlim_max = limit;
			setrlimit(RLIMIT_FSIZE, &rl);
			_exit(publish(path, &p) < 0 && !p.path ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_nothing_left(*state);
		slurp(path, &after);
		assert_int_equal(after.n, before.n);
		assert_memory_equal(after.p, before.p, before.n);
		buf_done(&after);
	}
	buf_done(&before);
}

static void a_damaged_file_of_counters_publishes_nothing(void **state)
{
	struct login_published p = { 0 };
	char text[200];

	publish_these(1, 1);
	unlink(path);
	memset(text, 'x', sizeof(text));
	spill(counters, text, sizeof(text));
	FAILS(ERROR_CORRUPT, publish(path, &p));
	assert_null(p.path);
	assert_int_equal(access(path, F_OK), -1);
	assert_nothing_left(*state);
}

static void a_registry_that_is_not_the_systems_publishes_nowhere(void **state)
{
	struct options o = { .from = { [OPTION_REGISTRY] =
		FROM_COMMAND_LINE } };
	struct login_published p = { 0 };
	const char *target = "";

	(void)state;
	OK(open_login_db(&o, reg, &target, &err));
	assert_null(target);
	OK(login_publish(reg, target, &p, &err));
	assert_null(p.path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(counters, F_OK), -1);
}

static void publish_often(const char *db)
{
	struct login_published p = { 0 };
	int i;

	reg = NULL;
	if (registry_open(&reg, db, REGISTRY_WRITE, NULL, NULL) < 0)
		_exit(1);
	for (i = 0; i < 10; i++) {
		if (publish(path, &p) < 0)
			_exit(2);
		login_published_done(&p);
	}
	_exit(0);
}

static void publishers_at_once_leave_one_whole_file(void **state)
{
	struct place *p = *state;
	struct counters c = COUNTERS_INIT;
	struct login_db *db;
	int status, i;
	pid_t pid[3];

	publish_these(1, 1);
	registry_free(&reg);
	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			publish_often(p->db);
	}
	for (i = 0; i < 50; i++)
		assert_int_equal(count("alice"), 1);
	for (i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	db = open_db();
	OK(counters_open(&c, counters, login_db_info(db)->counters, &err));
	counters_done(&c);
	login_db_free(&db);
	assert_nothing_left(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_published_is_read),
		TEST(other_relying_parties_make_it_the_second_version),
		TEST(the_file_names_its_registry_and_the_last_event),
		TEST(the_files_are_closed_to_others),
		TEST(a_token_that_is_lost_or_retired_logs_nobody_in),
		TEST(what_was_removed_is_not_published),
		TEST(a_removed_credential_is_not_published),
		TEST(what_is_left_out_leaves_the_others),
		TEST(a_credential_of_another_token_or_rp_is_not_published),
		TEST(a_counter_that_was_seen_stays_when_published_again),
		TEST(counters_that_are_gone_are_made_anew_with_their_own_id),
		TEST(on_failure_the_old_file_stays),
		TEST(a_damaged_file_of_counters_publishes_nothing),
		TEST(a_registry_that_is_not_the_systems_publishes_nowhere),
		TEST(publishers_at_once_leave_one_whole_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
