/* SPDX-License-Identifier: Apache-2.0 */
/* What is published for other hosts, and what is told of a publication. */
#include "bridge/hash/chain.h"
#include "bridge/local/publish.h"
#include "bridge/login/db.h"
#include "bridge/login/host/hostfile.h"

#include "tests/unit/test_registry.h"
#include "tests/unit/heard.h"

#include <jansson.h>
#include <sys/stat.h>

static struct place place;
static struct registry *reg;

static int begin(void **state)
{
	(void)state;
	place_make(&place);
	assert_int_equal(chdir(place.dir), 0);
	OK(registry_init(place.db, true, &err));
	reg = open_rw(place.db);
	said[0] = '\0';
	return 0;
}

static int finish(void **state)
{
	(void)state;
	registry_free(&reg);
	assert_int_equal(chdir("/"), 0);
	place_remove(&place);
	return 0;
}

/* The base point of P-256, as a COSE_Key. */
#define COSE "a5010203262001215820" \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"225820" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

/* A login by a credential of that name. */
static void bind_login(const char *user, const char *id)
{
	char token[ID_LEN], binding[ID_LEN], name[ID_LEN];
	unsigned char key[77];

	assert_int_equal(hex_decode(COSE, strlen(COSE), key, sizeof(key)),
		sizeof(key));
	add_token(reg, id, token);
	new_id(binding);
	OK(registry_name_put(reg, "local-user", user, name, &err));
	add(reg, EVENT_CREDENTIAL_ADDED, json_pack(
		"{s:s,s:s,s:o,s:o,s:i,s:i,s:b}", "token", token, "rp",
		LOGIN_RP, "credential", event_bytes_new(id, strlen(id)),
		"public_key", event_bytes_new(key, sizeof(key)), "alg", -7, "counter",
		3, "resident", 0));
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:b}", "binding", binding,
		"kind", "pam", "user", "1000", "token", token, "local_user",
		name, "rp", LOGIN_RP, "credential",
		event_bytes_new(id, strlen(id)), "verify_required", 1));
}

static void the_file_says_which_state_it_is_of(void **state)
{
	struct login_published_file done = { .users = 9 };
	unsigned char sha[SHA256_LEN];
	char hex[HEX_LEN(SHA256_LEN)];
	struct registry_head head;
	struct hostfile file;
	struct stat st;
	struct buf b;

	(void)state;
	bind_login("alice", "11");
	bind_login("alice", "12");
	bind_login("bob", "13");
	OK(login_publish_file(reg, "out", &done, &err));
	OK(registry_head(reg, &head, &err));
	assert_int_equal(done.users, 2);
	assert_int_equal(done.credentials, 3);
	assert_int_equal(done.ssh_keys, 0);
	assert_int_equal(done.head.seq, head.seq);
	assert_memory_equal(done.head.hash, head.hash, SHA256_LEN);
	slurp("out", &b);
	OK(chain_digest(b.p, b.n, sha, &err));
	hex_encode(sha, sizeof(sha), hex);
	assert_string_equal(done.sha256, hex);
	OK(hostfile_parse(buf_str(&b), b.n, "out", &file, &err));
	assert_int_equal(file.credentials, 3);
	assert_int_equal(file.info.generation, head.seq);
	assert_string_equal(file.info.station, registry_station(reg));
	assert_memory_equal(file.info.head, head.hash, SHA256_LEN);
	assert_true(file.info.rehearsal);
	assert_in_range(time(NULL) - file.info.made_at, 0, 60);
	buf_done(&b);
	assert_int_equal(stat("out", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* no login.db and no counters beside it */
	assert_int_equal(access("out.counters", F_OK), -1);
	/* on failure the old one stays, and nothing is told */
	done.users = 9;
	FAILS(ERROR_FAILED, login_publish_file(reg, "nowhere/out", &done,
		&err));
	assert_int_equal(done.users, 9);
}

static void a_publication_is_told(void **state)
{
	struct login_published p = { .path = (char *)"/l.db", .users = 1,
		.credentials = 1, .ssh_keys = 1, .generation = 7 };

	(void)state;
	login_published_say(&run, &p);
	assert_string_equal(said, "Published to '/l.db': 1 user, 1 login "
		"credential, 1 ssh key, generation 7.\n");
	said[0] = '\0';
	p = (struct login_published){ .path = (char *)"/l.db", .users = 2,
		.credentials = 3, .ssh_keys = 0, .generation = 8,
		.group_missing = true };
	login_published_say(&run, &p);
	assert_int_equal(strncmp(said, "Published to '/l.db': 2 users, 3 login "
		"credentials, 0 ssh keys, generation 8.\nwarning: only root "
		"can read it: there is no group ", 118), 0);
	assert_non_null(strstr(said, ", so sshd's tokenbridge-keys cannot (see "
		"systemd-sysusers(8))\n"));
	said[0] = '\0';
	p = (struct login_published){ .path = NULL };
	login_published_say(&run, &p);
	assert_string_equal(said, "Not published: this registry has no login.db "
		"of its own (name one by --login-db PATH).\n");
}

static void a_change_is_published_or_warned_of(void **state)
{
	char path[160];

	(void)state;
	bind_login("alice", "11");
	snprintf(path, sizeof(path), "%s/login.db", place.dir);
	assert_int_equal(login_publish_change(&run, reg, path, &err), 1);
	assert_non_null(strstr(said, "1 user, 1 login credential, 0 ssh "
		"keys"));
	assert_int_equal(access("login.db.counters", F_OK), 0);
	said[0] = '\0';
	assert_int_equal(login_publish_change(&run, reg, NULL, &err), 0);
	assert_int_equal(strncmp(said, "Not published", 13), 0);
	said[0] = '\0';
	snprintf(path, sizeof(path), "%s/nowhere/login.db", place.dir);
	FAILS(ERROR_FAILED, login_publish_change(&run, reg, path, &err));
	assert_string_equal(said, "warning: the registry is changed, but "
		"login.db is as it was: run `tokenbridge registry publish`\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_says_which_state_it_is_of),
		TEST(a_publication_is_told),
		TEST(a_change_is_published_or_warned_of),
	};

	return cmocka_run_group_tests_name("publish file", tests, NULL, NULL);
}
