/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local logins that are taken away; and files of authorized_keys and of
 * pam_yubico, from which they come.
 */
#include "tests/unit/local-place.h"

#include "bridge/local/import-mapping.h"
#include "bridge/local/import-ssh.h"

/* ---- lines of authorized_keys ---- */

static void put_string(struct buf *b, const char *s, size_t n)
{
	buf_put_be(b, n, 4);
	buf_put(b, s, n);
}

/* A line of a key by its number, of Ed25519. */
static const char *ssh_line(int key, bool verify)
{
	static char lines[8][256];
	static int turn;
	char *line = lines[turn++ % 8], point[32];
	struct buf blob, text;

	memset(point, 0, sizeof(point));
	memcpy(point, &key, sizeof(key));
	buf_init(&blob, 256);
	buf_init(&text, 256);
	put_string(&blob, "sk-ssh-ed25519@openssh.com", 26);
	put_string(&blob, point, sizeof(point));
	put_string(&blob, "ssh:", 4);
	base64_encode(&text, BASE64_STD, blob.p, blob.n);
	snprintf(line, sizeof(lines[0]), "%s%s %s me",
		verify ? "verify-required " : "",
		"sk-ssh-ed25519@openssh.com", buf_str(&text));
	buf_done(&blob);
	buf_done(&text);
	return line;
}

static struct imported done;

static int import_keys(const char *text, const char *user, bool only_look)
{
	write_new("keys", text);
	memset(&done, 0, sizeof(done));
	said[0] = '\0';
	return import_ssh(&run, &(struct import_request){ reg, "keys", user,
		"/l.db", only_look }, &done, &err);
}

static const char *lines_of(const char *a, const char *b, const char *c)
{
	static char text[1024];

	snprintf(text, sizeof(text), "# mine\n%s\n\n%s\n%s", a, b, c);
	return text;
}

static void keys_of_a_file_let_in(void **state)
{
	struct registry_bindings b;
	uint64_t before;
	size_t i;

	(void)state;
	OK(import_keys(lines_of(ssh_line(1, false), ssh_line(2, true),
		ssh_line(1, false)), "Alice", true));
	assert_int_equal(done.added, 2);
	assert_int_equal(done.present, 1);
	assert_false(done.published);
	assert_string_equal(said, "2 keys of 'keys' would be imported for "
		"alice; 1 was there already. They are not attested.\n");
	assert_int_equal(count_bindings("alice"), 0);
	assert_int_equal(publications, 0);
	OK(import_keys(lines_of(ssh_line(1, false), ssh_line(2, true),
		ssh_line(1, false)), "Alice", false));
	assert_string_equal(said, "2 keys of 'keys' imported for alice; 1 was "
		"there already. They are not attested.\n");
	assert_int_equal(done.added, 2);
	assert_true(done.published);
	assert_string_equal(done.user.name, "alice");
	assert_int_equal(publications, 1);
	b = bindings_of("alice");
	assert_int_equal(b.n, 2);
	for (i = 0; i < 2; i++) {
		assert_int_equal(b.p[i].kind, REGISTRY_SSH);
		assert_string_equal(b.p[i].user, "1001");
		assert_string_equal(b.p[i].token, "");
		assert_string_equal(b.p[i].basis, "imported");
		assert_string_equal(b.p[i].rp, "ssh:");
		assert_true(b.p[i].ssh_key_n > 60);
		assert_int_equal(b.p[i].verify_required,
			b.p[i].ssh_key[4 + 26 + 4] == 2);
	}
	registry_bindings_done(&b);
	/* what is there is passed over, and published all the same */
	before = events();
	publishes = 0;
	OK(import_keys(lines_of(ssh_line(1, false), ssh_line(2, true), ""),
		"alice", false));
	assert_string_equal(said, "0 keys of 'keys' imported for alice; 2 "
		"were there already. They are not attested.\n");
	assert_int_equal(events(), before);
	assert_int_equal(publications, 2);
	assert_false(done.published);
	/* one that is held to another thing is another key */
	OK(import_keys(lines_of(ssh_line(1, true), ssh_line(1, true), ""),
		"alice", false));
	assert_int_equal(done.added, 1);
	assert_int_equal(done.present, 1);
	assert_string_equal(said, "1 key of 'keys' imported for alice; 1 was "
		"there already. They are not attested.\n");
	/* ... and so is one that was taken away */
	revoke_all("alice");
	OK(import_keys(ssh_line(1, true), "alice", false));
	assert_int_equal(done.added, 1);
	publishes = -ERROR_FAILED;
	SAYS(ERROR_FAILED, "no room", import_keys(ssh_line(1, true), "alice",
		false));
	assert_int_equal(done.present, 1);
}

static void a_file_that_cannot_be_kept_is_kept_in_no_part(void **state)
{
	struct buf b;
	int i;

	(void)state;
	SAYS(ERROR_UNSUPPORTED, "'keys', line 4: ", import_keys(lines_of(
		ssh_line(1, false), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ""), "alice",
		false));
	SAYS(ERROR_MALFORMED, "'keys', line 2: ", import_keys(lines_of(
		"sk-ssh-ed25519@openssh.com AAAA", ssh_line(1, false), ""),
		"alice", false));
	SAYS(ERROR_FAILED, "no local user 'ghost'", import_keys(ssh_line(1,
		false), "ghost", false));
	assert_int_equal(events(), 0);
	assert_int_equal(done.added + done.present, 0);
	buf_init(&b, 1 << 20);
	for (i = 0; i < 4097; i++) {
		buf_put_str(&b, ssh_line(i, false));
		buf_put_byte(&b, '\n');
	}
	SAYS(ERROR_MALFORMED, "'keys', line 4097: too many keys",
		import_keys(buf_str(&b), "alice", false));
	b.p[b.n - strlen(ssh_line(0, false)) - 1] = '\0';
	OK(import_keys(buf_str(&b), "alice", true));
	assert_int_equal(done.added, 4096);
	buf_done(&b);
}

/* ---- one-time passwords ---- */

static struct mapped_list list;

static int import_ids(const char *text, bool only_look)
{
	write_new("ids", text);
	mapped_list_done(&list);
	return import_otp(&run, &(struct mapping_request){ .reg = reg,
		.path = "ids", .only_look = only_look }, &list, &err);
}

static void counts(size_t claimed, size_t present)
{
	assert_int_equal(list.count[MAPPED_BOUND], 0);
	assert_int_equal(list.count[MAPPED_CLAIMED], claimed);
	assert_int_equal(list.count[MAPPED_PRESENT], present);
}

static void an_otp_id_is_a_claim(void **state)
{
	struct registry_tokens t = { NULL, 0 };
	struct registry_head head;

	(void)state;
	OK(import_ids("alice:ccccccccccbb\nbob:ccccccccccbd\n", true));
	counts(2, 0);
	assert_int_equal(events(), 0);
	OK(import_ids("alice:ccccccccccbb:ccccccccccbb\nbob:ccccccccccbd\n",
		false));
	counts(2, 1);
	assert_int_equal(list.p[2].line, 2);
	assert_string_equal(list.p[2].user, "bob");
	OK(registry_head(reg, &head, &err));
	assert_int_equal(list.head.seq, head.seq);
	OK(registry_tokens_by_identifier(reg, REGISTRY_ID_OTP, "ccccccccccbd",
		&t, &err));
	assert_int_equal(t.n, 1);
	assert_string_equal(t.p[0].id, list.p[2].token);
	assert_int_equal(t.p[0].state, REGISTRY_ASSIGNED);
	assert_string_equal(t.p[0].holder_name, "bob");
	assert_int_equal(t.p[0].identifiers[0].basis, REGISTRY_SELF_REPORTED);
	registry_tokens_done(&t);
	assert_int_equal(count_tokens(), 2);
	assert_int_equal(count_bindings("alice"), 0);
	OK(import_ids("alice:ccccccccccbb\n", false));
	counts(0, 1);
	assert_int_equal(events(), head.seq);
}

static void an_otp_id_is_of_one_user(void **state)
{
	uint64_t before;
	char token[ID_LEN];

	(void)state;
	SAYS(ERROR_CONFLICT, "'ids', line 2: the YubiKey 'ccccccccccbb' is "
		"bob's here and alice's already: nothing was imported",
		import_ids("alice:ccccccccccbb\nbob:ccccccccccbb\n", false));
	SAYS(ERROR_FAILED, "'ids', line 1: this machine has no local user "
		"'ghost'", import_ids("ghost:ccccccccccbb\n", false));
	assert_int_equal(events(), 0);
	OK(import_ids("alice:ccccccccccbb\n", false));
	strcpy(token, list.p[0].token);
	before = events();
	SAYS(ERROR_CONFLICT, "is bob's here and alice's already",
		import_ids("bob:ccccccccccbb\n", false));
	assert_int_equal(events(), before);
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", token,
		"state", "stock"));
	SAYS(ERROR_CONFLICT, "is alice's here and nobody's in the registry: "
		"nothing was imported", import_ids("alice:ccccccccccbb\n",
		false));
	/* one that is retired is nobody's, and may be somebody's again */
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", token,
		"state", "retired"));
	OK(import_ids("bob:ccccccccccbb\n", false));
	counts(1, 0);
}

/* ---- taking away ---- */

static int take_away(const char *user, const char *what, size_t want)
{
	struct local_revoked gone = { NULL };
	struct registry_head head;
	int r;

	said[0] = '\0';
	r = local_revoke(&run, &(struct local_revocation){ reg, user, what,
		"left" }, &gone, &err);
	if (r < 0) {
		assert_null(gone.removed);
		return r;
	}
	assert_int_equal(json_array_size(gone.removed), want);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(gone.head.seq, head.seq);
	json_decref(gone.removed);
	return 0;
}

static size_t count_in_force(const char *user)
{
	struct registry_bindings b = bindings_of(user);
	size_t i, n = 0;

	for (i = 0; i < b.n; i++)
		n += b.p[i].removed == 0;
	registry_bindings_done(&b);
	return n;
}

static void what_is_named_is_taken_away_and_no_more(void **state)
{
	struct registry_bindings b;
	char id[ID_LEN], words[256];

	(void)state;
	OK(import_keys(lines_of(ssh_line(1, false), ssh_line(2, false),
		ssh_line(3, false)), "alice", false));
	OK(import_keys(ssh_line(1, false), "bob", false));
	b = bindings_of("alice");
	strcpy(id, b.p[1].id);
	snprintf(words, sizeof(words), "'alice' has no login by 'zzzz'; there "
		"are: %.8s (ssh, token ), %.8s (ssh, token ), %.8s (ssh, token "
		")", b.p[0].id, b.p[1].id, b.p[2].id);
	SAYS(ERROR_FAILED, words, take_away("alice", "zzzz", 0));
	/* three digits may be those of several */
	id[3] = '\0';
	SAYS(ERROR_FAILED, "has no login by", take_away("alice", id, 0));
	assert_int_equal(count_in_force("alice"), 3);
	strcpy(id, b.p[1].id);
	registry_bindings_done(&b);
	OK(take_away("Alice", id, 1));
	b = bindings_of("alice");
	assert_false(b.p[0].removed);
	assert_true(b.p[1].removed);
	assert_false(b.p[2].removed);
	registry_bindings_done(&b);
	/* once is enough */
	SAYS(ERROR_FAILED, "'alice' has no login by", take_away("alice", id, 0));
	assert_int_equal(count_in_force("bob"), 1);
	OK(take_away("alice", "all", 2));
	SAYS(ERROR_FAILED, "no token lets 'alice' in here: there is nothing to "
		"take away", take_away("alice", "all", 0));
	assert_int_equal(count_in_force("bob"), 1);
	assert_string_equal(said, "");
}

static void a_token_is_named_by_its_first_digits_too(void **state)
{
	struct local_revoked gone = { NULL };
	struct registry_bindings b;
	const char *kind, *binding, *token;
	char first[5];

	(void)state;
	write_new("map", "alice:AA,04"
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c"
		"2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837"
		"bf51f5\n");
	mapped_list_done(&list);
	OK(import_u2f(&run, &(struct mapping_request){ .reg = reg,
		.path = "map", .origin = "pam://o", .login_db = "/l.db" },
		&list, &err));
	b = bindings_of("alice");
	snprintf(first, sizeof(first), "%s", b.p[0].token);
	OK(local_revoke(&run, &(struct local_revocation){ reg, "alice", first,
		NULL }, &gone, &err));
	assert_int_equal(json_array_size(gone.removed), 1);
	assert_int_equal(json_unpack(json_array_get(gone.removed, 0),
		"{s:s,s:s,s:s !}", "kind", &kind, "binding", &binding, "token",
		&token), 0);
	assert_string_equal(kind, "pam");
	assert_string_equal(binding, b.p[0].id);
	assert_string_equal(token, b.p[0].token);
	json_decref(gone.removed);
	registry_bindings_done(&b);
}

/* A login of alice's by the token, of this kind; the binding's id. */
static void let_in_by(const char *token, const char *kind, char ret[ID_LEN])
{
	char name[ID_LEN];

	OK(registry_name_put(reg, "local-user", "alice", name, &err));
	new_id(ret);
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s}", "binding", ret, "kind", kind,
		"user", "1001", "token", token, "local_user", name, "basis",
		"verified"));
}

static void a_label_or_serial_number_names_the_token(void **state)
{
	char token[3][ID_LEN], id[3][ID_LEN], two[ID_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		add_token(reg, (const char *[]){ "1001", "1002", "1003" }[i],
			token[i]);
		let_in_by(token[i], i == 1 ? "ssh" : "pam", id[i]);
	}
	let_in_by(token[0], "ssh", two);
	OK(registry_name_set(reg, "label", token[0], "blue", &err));
	OK(registry_name_set(reg, "label", token[1], "1003", &err));
	OK(registry_name_set(reg, "label", token[2], "red", &err));
	SAYS(ERROR_FAILED, "has no login by 'green'", take_away("alice",
		"green", 0));
	SAYS(ERROR_REFUSED, "'1003' means two things: by ", take_away("alice",
		"1003", 0));
	assert_non_null(strstr(err.text, "by label "));
	assert_non_null(strstr(err.text, "by serial number "));
	assert_non_null(strstr(err.text, "; give the id of one"));
	assert_int_equal(count_in_force("alice"), 4);
	/* both kinds of the one that it names */
	OK(take_away("alice", "blue", 2));
	OK(take_away("alice", "1002", 1));
	OK(take_away("alice", "1003", 1)); /* the other one is gone */
	assert_int_equal(count_in_force("alice"), 0);
	/* neither zeros nor a number that no key has */
	let_in_by(token[0], "pam", two);
	SAYS(ERROR_FAILED, "has no login by", take_away("alice", "01001", 0));
	SAYS(ERROR_FAILED, "has no login by", take_away("alice", "4294967296",
		0));
	/* four digits of an id may be another token's serial number */
	let_in_by(token[1], "pam", id[1]);
	id[1][4] = '\0';
	OK(registry_name_set(reg, "label", token[0], id[1], &err));
	SAYS(ERROR_REFUSED, "means two things: by ", take_away("alice", id[1],
		0));
	assert_non_null(strstr(err.text, "by id "));
}

/* Who has left may be unknown by now, or NSS out of reach. */
static void a_user_who_is_none_any_more_goes_by_his_name(void **state)
{
	static const char *const names[] = { "ghost", "silent" };
	char id[ID_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		OK(registry_name_put(reg, "local-user", names[i], id, &err));
		OK(import_keys(ssh_line(1, false), "bob", false));
	}
	SAYS(ERROR_FAILED, "no token lets 'ghost' in here", take_away("ghost",
		"all", 0));
	assert_string_equal(said, "");
	SAYS(ERROR_FAILED, "no token lets 'silent' in here", take_away("silent",
		"all", 0));
	assert_string_equal(said, "warning: NSS does not answer: what is "
		"recorded under another name of the user stays\n");
}

static int count_reason(const struct event *e, const struct registry_head *h,
	const unsigned char *bytes, size_t n, void *arg, struct error *er)
{
	(void)h;
	(void)bytes;
	(void)n;
	(void)er;
	if (e->type == EVENT_BINDING_REMOVED)
		*(int *)arg += json_object_get(e->body, "reason") ? 100 : 1;
	return 0;
}

static void why_it_is_taken_away_is_recorded(void **state)
{
	int n = 0;

	(void)state;
	OK(import_keys(ssh_line(1, false), "alice", false));
	OK(import_keys(ssh_line(1, false), "bob", false));
	OK(take_away("alice", "all", 1));
	revoke_all("bob");
	OK(registry_events(reg, 0, count_reason, &n, &err));
	assert_int_equal(n, 101);
}

static void what_there_is_is_told_as_far_as_there_is_room(void **state)
{
	char text[4096] = "", row[64], all[1024] = "", want[512];
	struct registry_bindings b;
	size_t i;

	(void)state;
	for (i = 0; i < 21; i++) {
		strcat(text, ssh_line((int)i, false));
		strcat(text, "\n");
	}
	OK(import_keys(text, "alice", false));
	b = bindings_of("alice");
	OK(take_away("alice", b.p[1].id, 1));
	for (i = 0; i < b.n; i++) {
		snprintf(row, sizeof(row), "%s%.8s (ssh, token )",
			i ? ", " : "", b.p[i].id);
		strcat(all, i == 1 ? "" : row);
	}
	registry_bindings_done(&b);
	snprintf(want, sizeof(want), "'alice' has no login by 'zzzz'; there "
		"are: %.319s", all);
	SAYS(ERROR_FAILED, want, take_away("alice", "zzzz", 0));
	assert_string_equal(err.text, want);
	assert_int_equal(count_in_force("alice"), 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_of_a_file_let_in),
		TEST(a_file_that_cannot_be_kept_is_kept_in_no_part),
		TEST(an_otp_id_is_a_claim),
		TEST(an_otp_id_is_of_one_user),
		TEST(what_is_named_is_taken_away_and_no_more),
		TEST(a_token_is_named_by_its_first_digits_too),
		TEST(a_label_or_serial_number_names_the_token),
		TEST(a_user_who_is_none_any_more_goes_by_his_name),
		TEST(why_it_is_taken_away_is_recorded),
		TEST(what_there_is_is_told_as_far_as_there_is_room),
	};
	int r = cmocka_run_group_tests_name("local revoke", tests, NULL,
		NULL);

	mapped_list_done(&list);
	return r;
}
