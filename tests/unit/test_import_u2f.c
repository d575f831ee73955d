/* SPDX-License-Identifier: Apache-2.0 */
/* Importing pam_u2f's files: what becomes of each key, and what is refused. */
#include "tests/unit/local-place.h"

#include "bridge/local/import-mapping.h"
#include "token/attest/attest.h"

#include <sys/stat.h>

/* The base point of P-256: as pam_u2f writes it today, and wrote it before. */
#define XY "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define POINT "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li" \
	"/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q=="
#define KEY(id) id "," POINT ",es256,+presence"
#define STRICT(id) KEY(id) "+pin"
#define RESIDENT "*," POINT ",es256"
/* Of Ed25519 */
#define ED "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="

static struct mapped_list list;

static int import_as(const char *text, struct mapping_request q)
{
	write_new("map", text);
	q.reg = reg;
	q.path = "map";
	q.login_db = "/l.db";
	mapped_list_done(&list);
	return import_u2f(&run, &q, &list, &err);
}

#define AS(...) (struct mapping_request){ .origin = "pam://o", __VA_ARGS__ }

static void takes(const char *text, struct mapping_request q, size_t bound,
	size_t claimed, size_t present)
{
	OK(import_as(text, q));
	assert_int_equal(list.count[MAPPED_BOUND], bound);
	assert_int_equal(list.count[MAPPED_CLAIMED], claimed);
	assert_int_equal(list.count[MAPPED_PRESENT], present);
	assert_int_equal(list.n, bound + claimed + present);
}

/* Nothing is written then. */
#define REFUSED(code, words, text, q)                                          \
	do {                                                                   \
		uint64_t before_ = events();                                   \
		unsigned publications_ = publications;                         \
		SAYS(code, words, import_as(text, q));                         \
		assert_int_equal(events(), before_);                           \
		assert_int_equal(publications, publications_);                 \
	} while (0)

static void a_key_becomes_a_token_and_a_login(void **state)
{
	struct registry_bindings b;
	struct registry_tokens t = { NULL, 0 };
	struct registry_head head;

	(void)state;
	takes("alice:" KEY("AAEC") "\n", AS(0), 1, 0, 0);
	assert_true(list.published);
	assert_int_equal(publications, 1);
	assert_string_equal(list.origin, "pam://o");
	assert_string_equal(list.appid, "pam://o");
	assert_int_equal(list.p[0].line, 1);
	assert_string_equal(list.p[0].user, "alice");
	assert_string_equal(list.p[0].rp, "pam://o");
	assert_false(list.p[0].verify);
	b = bindings_of("alice");
	assert_int_equal(b.n, 1);
	assert_int_equal(b.p[0].kind, REGISTRY_PAM);
	assert_string_equal(b.p[0].user, "1001");
	assert_string_equal(b.p[0].rp, "pam://o");
	assert_string_equal(b.p[0].token, list.p[0].token);
	assert_string_equal(b.p[0].basis, "imported");
	assert_int_equal(b.p[0].credential_n, 3);
	assert_memory_equal(b.p[0].credential, "\0\1\2", 3);
	assert_false(b.p[0].verify_required);
	assert_false(b.p[0].removed);
	registry_bindings_done(&b);
	OK(registry_tokens_all(reg, &t, &err));
	assert_int_equal(t.n, 1);
	assert_int_equal(t.p[0].state, REGISTRY_ASSIGNED);
	assert_string_equal(t.p[0].holder_name, "alice");
	assert_int_equal(t.p[0].verdict, -1);
	assert_int_equal(t.p[0].identifiers_n, 0);
	assert_int_equal(t.p[0].credentials_n, 1);
	assert_string_equal(t.p[0].credentials[0].rp, "pam://o");
	assert_int_equal(t.p[0].credentials[0].alg, COSE_ALG_ES256);
	assert_int_equal(t.p[0].credentials[0].counter, 0);
	assert_false(t.p[0].credentials[0].resident);
	registry_tokens_done(&t);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(list.head.seq, head.seq);
}

static void what_is_there_is_published_anew_and_no_more(void **state)
{
	uint64_t before;

	(void)state;
	takes("alice:" KEY("AAEC") "\n", AS(0), 1, 0, 0);
	before = events();
	publishes = 0;
	takes("alice:" KEY("AAEC") "\n", AS(0), 0, 0, 1);
	assert_int_equal(events(), before);
	assert_int_equal(list.head.seq, before);
	assert_int_equal(publications, 2);
	assert_false(list.published);
	publishes = -ERROR_FAILED;
	SAYS(ERROR_FAILED, "no room", import_as("alice:" KEY("AAEC") "\n",
		AS(0)));
	assert_int_equal(list.n, 1);
	assert_false(list.published);
}

static void who_only_looks_writes_nothing(void **state)
{
	uint64_t before = events();

	(void)state;
	takes("alice:" KEY("AA==") ":" KEY("AQ==") "\nbob:" KEY("AA==")
		"\ncarol:" RESIDENT "\n", AS(.only_look = true), 3, 1, 0);
	assert_int_equal(events(), before);
	assert_int_equal(publications, 0);
	assert_string_equal(list.p[0].token, "");
	assert_int_equal(list.p[2].line, 2);

}

static void a_second_token_wants_a_reason(void **state)
{
	struct registry_bindings b;
	char words[128];

	(void)state;
	takes("alice:" KEY("AA==") "\n", AS(0), 1, 0, 0);
	b = bindings_of("alice");
	snprintf(words, sizeof(words), "'map', line 2: alice has a token that "
		"lets him in already (binding %.8s), and a file cannot say "
		"that it agrees: give --force REASON", b.p[0].id);
	registry_bindings_done(&b);
	REFUSED(ERROR_REFUSED, words, "# x\nalice:" KEY("AQ==") "\n", AS(0));
	/* the same key, but held to more, is another login */
	REFUSED(ERROR_REFUSED, "line 1: alice has a token", "alice:"
		STRICT("AA==") "\n", AS(0));
	REFUSED(ERROR_REFUSED, "line 1: alice has a token", "alice:"
		KEY("AA==") "\n", AS(.verify = true));
	takes("alice:" STRICT("AA==") "\n", AS(.force = "move"), 1, 0, 0);
	assert_int_equal(count_tokens(), 1);
	b = bindings_of("alice");
	assert_int_equal(b.n, 2);
	assert_int_equal(b.p[0].verify_required + b.p[1].verify_required, 1);
	registry_bindings_done(&b);
	/* one that is as strict, or stricter, is there */
	takes("alice:" KEY("AA==") "\n", AS(0), 0, 0, 1);
	takes("alice:" STRICT("AA==") "\n", AS(0), 0, 0, 1);
	/* for another relying party it is not */
	REFUSED(ERROR_REFUSED, "alice has a token", "alice:" KEY("AA==") "\n",
		(struct mapping_request){ .origin = "pam://p" });
	/* what was taken away lets nobody in */
	revoke_all("alice");
	takes("alice:" KEY("AQ==") "\n", AS(0), 1, 0, 0);
}

static void one_key_of_two_users_is_one_token(void **state)
{
	struct registry_tokens t = { NULL, 0 };
	int i;

	(void)state;
	takes("alice:" KEY("AA==") "\nbob:" KEY("AA==") "\n", AS(0), 2, 0, 0);
	takes("carol:" KEY("AA==") "\n", AS(0), 1, 0, 0);
	OK(registry_tokens_all(reg, &t, &err));
	assert_int_equal(t.n, 1);
	assert_string_equal(t.p[0].holder_name, "alice");
	assert_int_equal(t.p[0].credentials_n, 1);
	assert_int_equal(t.p[0].bindings.n, 3);
	for (i = 0; i < 3; i++)
		assert_string_equal(t.p[0].bindings.p[i].token, t.p[0].id);
	registry_tokens_done(&t);
	assert_int_equal(count_bindings("bob"), 1);
	assert_int_equal(count_bindings("carol"), 1);
}

static void twice_in_a_line_is_once_and_the_stricter(void **state)
{
	struct registry_bindings b;

	(void)state;
	takes("alice:" KEY("AA==") ":" STRICT("AA==") ":" KEY("AQ==") "\n",
		AS(0), 2, 0, 1);
	assert_int_equal(list.p[0].what, MAPPED_BOUND);
	assert_int_equal(list.p[1].what, MAPPED_PRESENT);
	assert_true(list.p[0].verify && list.p[1].verify);
	assert_false(list.p[2].verify);
	assert_int_equal(count_tokens(), 2);
	b = bindings_of("alice");
	assert_int_equal(b.n, 2);
	assert_true(b.p[0].verify_required != b.p[1].verify_required);
	registry_bindings_done(&b);
	/* another user's line is another's */
	takes("bob:" KEY("AA==") "\ncarol:" STRICT("AA==") "\n", AS(0), 2, 0,
		0);
	assert_false(list.p[0].verify);
	assert_true(list.p[1].verify);
}

static void the_old_form_is_asked_for_by_the_appid(void **state)
{
	struct registry_tokens t = { NULL, 0 };

	(void)state;
	takes("alice:AA,04" XY "\nbob:" KEY("AA==") "\n",
		AS(.appid = "pam://a"), 2, 0, 0);
	assert_string_equal(list.p[0].rp, "pam://a");
	assert_string_equal(list.p[1].rp, "pam://o");
	OK(registry_tokens_all(reg, &t, &err));
	assert_int_equal(t.n, 1);
	assert_int_equal(t.p[0].credentials_n, 2);
	registry_tokens_done(&t);
}

static void a_resident_key_is_a_claim_and_lets_nobody_in(void **state)
{
	struct registry_tokens t = { NULL, 0 };

	(void)state;
	takes("alice:" RESIDENT "\nbob:" RESIDENT "\n", AS(0), 0, 1, 1);
	assert_int_equal(publications, 0);
	assert_false(list.published);
	assert_int_equal(count_bindings("alice"), 0);
	OK(registry_tokens_all(reg, &t, &err));
	assert_int_equal(t.n, 1);
	assert_int_equal(t.p[0].credentials_n, 0);
	assert_int_equal(t.p[0].identifiers_n, 1);
	assert_string_equal(t.p[0].identifiers[0].kind,
		REGISTRY_ID_PUBLIC_KEY);
	assert_int_equal(t.p[0].identifiers[0].basis, REGISTRY_SELF_REPORTED);
	assert_int_equal(strlen(t.p[0].identifiers[0].value), 64);
	registry_tokens_done(&t);
	takes("alice:" RESIDENT "\n", AS(0), 0, 0, 1);
	assert_true(list.p[0].token[0]);
	/* beside one that lets in there is something to publish */
	takes("carol:" RESIDENT ":" KEY("AA==") "\n", AS(0), 1, 0, 1);
	assert_int_equal(publications, 1);
}

static void set_state(const char *token, const char *word)
{
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", token,
		"state", word));
}

static void a_key_that_is_lost_is_refused(void **state)
{
	static const char *const words[] = { "lost", "retired" };
	char token[ID_LEN], text[128];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		takes(i ? "bob:" KEY("AQ==") "\n" : "alice:" KEY("AA==") "\n",
			AS(0), 1, 0, 0);
		strcpy(token, list.p[0].token);
		set_state(token, words[i]);
		snprintf(text, sizeof(text), "which is %s: it lets nobody in "
			"any more; take it out of the file", words[i]);
		REFUSED(ERROR_REFUSED, text, i ? "bob:" KEY("AQ==") "\n" :
			"alice:" KEY("AA==") "\n", AS(0));
	}
}

/* A second token by the registry's books, with the same credential. */
static void add_twin(const struct registry_credential *c, const char *rp)
{
	char token[ID_LEN];

	add_token(reg, "123", token);
	add(reg, EVENT_CREDENTIAL_ADDED,
		json_pack("{s:s,s:s,s:o,s:o,s:i,s:i,s:b}", "token", token,
			"rp", rp, "credential", event_bytes_new(c->id, c->id_n),
			"public_key", event_bytes_new(c->public_key,
				c->public_key_n), "alg", COSE_ALG_ES256,
			"counter", 0, "resident", 0));
}

/* Not of the first alone. */
static void every_token_that_has_it_is_looked_at(void **state)
{
	struct registry_tokens t = { NULL, 0 };
	size_t i;

	(void)state;
	takes("alice:" KEY("AA==") "\n", AS(0), 1, 0, 0);
	OK(registry_tokens_all(reg, &t, &err));
	add_twin(&t.p[0].credentials[0], "pam://p");
	registry_tokens_done(&t);
	takes("bob:" KEY("AA==") "\n", AS(.only_look = true), 1, 0, 0);
	OK(registry_tokens_by_credential(reg, NULL, "", 1, &t, &err));
	assert_int_equal(t.n, 2);
	for (i = 0; i < 2; i++) {
		set_state(t.p[i].id, "lost");
		REFUSED(ERROR_REFUSED, "which is lost", "bob:" KEY("AA==")
			"\n", AS(0));
		set_state(t.p[i].id, "stock");
	}
	takes("bob:" KEY("AA==") "\n", AS(0), 1, 0, 0);
	registry_tokens_done(&t);
}

static void another_key_by_that_id_is_refused(void **state)
{
	(void)state;
	takes("alice:" KEY("AA==") "\n", AS(0), 1, 0, 0);
	REFUSED(ERROR_CONFLICT, "'map', line 1: the registry knows another "
		"public key of this credential, that of ",
		"bob:AA==," ED ",eddsa\n", AS(0));
}

static void a_user_has_one_line(void **state)
{
	(void)state;
	REFUSED(ERROR_MALFORMED, "'map', line 3: 'Alice' is alice, who has a "
		"line already; leave the one that is meant", "alice:"
		KEY("AA==") "\nbob:" KEY("AQ==") "\nAlice:" KEY("Ag==") "\n",
		AS(0));
	REFUSED(ERROR_FAILED, "'map', line 2: this machine has no local user "
		"'ghost'", "alice:" KEY("AA==") "\nghost:" KEY("AQ==") "\n",
		AS(0));
	REFUSED(ERROR_MALFORMED, "'map', line 1, byte 1: there is no user "
		"before the colon", ":" KEY("AA==") "\n", AS(0));
}

static void a_file_of_one_user_speaks_of_him_alone(void **state)
{
	(void)state;
	takes("Alice:" KEY("AA==") "\n", AS(.user = "alice"), 1, 0, 0);
	REFUSED(ERROR_REFUSED, "'map', line 2: it is of bob, and this is the "
		"file of alice, who alone is spoken of in it", "alice:"
		KEY("AA==") "\nbob:" KEY("AQ==") "\n", AS(.user = "Alice"));
	REFUSED(ERROR_FAILED, "no local user 'ghost'", "alice:" KEY("AA==")
		"\n", AS(.user = "ghost"));
}

static void who_may_write_the_file_is_looked_at(void **state)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		const char *user, *words;
	} rows[] = {
		{ 0, 0600, "alice", NULL },
		{ 1001, 0644, "alice", NULL },
		{ 1, 0600, "alice", "'map' is neither" },
		{ 1002, 0600, "alice", "'map' is neither root's nor alice's "
			"own: it is not asked who may log in as alice" },
		{ 1001, 0620, "alice", "'map' may be written by others: look "
			"at it, and run `chmod go-w` on it" },
		{ 0, 0602, "alice", "may be written by others" },
		{ 0, 0600, NULL, NULL },
		{ 1001, 0600, NULL, "map" },
		{ 0, 0620, NULL, "map" },
	};
	struct mapping_request q = { .reg = reg, .path = "map",
		.origin = "pam://o", .login_db = "/l.db", .only_look = true };
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_new("map", "alice:" KEY("AA==") "\n");
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(chown("map", rows[i].owner, 0), 0);
		assert_int_equal(chmod("map", rows[i].mode), 0);
		q.user = rows[i].user;
		mapped_list_done(&list);
		if (rows[i].words)
			SAYS(ERROR_PERMISSION, rows[i].words,
				import_u2f(&run, &q, &list, &err));
		else
			OK(import_u2f(&run, &q, &list, &err));
	}
}

static void an_origin_stands_in_what_is_signed(void **state)
{
	static const char *const bad[] = { "", "a b", "a\"b", "a\\b", "a\x7f",
		"\xc3\xb6", "a\n" };
	char host[256] = "", want[300];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		REFUSED(ERROR_USAGE, "is no origin of pam_u2f's: 1 to ",
			"alice:" KEY("AA==") "\n",
			(struct mapping_request){ .origin = bad[i] });
		REFUSED(ERROR_USAGE, "no blank, quote or backslash",
			"alice:" KEY("AA==") "\n", AS(.appid = bad[i]));
	}
	takes("alice:" KEY("AA==") "\n", (struct mapping_request){
		.origin = "!~", .only_look = true }, 1, 0, 0);
	assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
	snprintf(want, sizeof(want), "pam://%s", host);
	takes("alice:" KEY("AA==") "\n", (struct mapping_request){
		.only_look = true }, 1, 0, 0);
	assert_string_equal(list.origin, want);
	assert_string_equal(list.appid, want);
}

static void what_became_of_a_key_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(mapped_name(MAPPED_BOUND), "bound");
	assert_string_equal(mapped_name(MAPPED_CLAIMED), "claimed");
	assert_string_equal(mapped_name(MAPPED_PRESENT), "present");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_becomes_a_token_and_a_login),
		TEST(what_is_there_is_published_anew_and_no_more),
		TEST(who_only_looks_writes_nothing),
		TEST(a_second_token_wants_a_reason),
		TEST(one_key_of_two_users_is_one_token),
		TEST(twice_in_a_line_is_once_and_the_stricter),
		TEST(the_old_form_is_asked_for_by_the_appid),
		TEST(a_resident_key_is_a_claim_and_lets_nobody_in),
		TEST(a_key_that_is_lost_is_refused),
		TEST(every_token_that_has_it_is_looked_at),
		TEST(another_key_by_that_id_is_refused),
		TEST(a_user_has_one_line),
		TEST(a_file_of_one_user_speaks_of_him_alone),
		TEST(who_may_write_the_file_is_looked_at),
		TEST(an_origin_stands_in_what_is_signed),
		TEST(what_became_of_a_key_has_a_word),
	};
	int r = cmocka_run_group_tests_name("import u2f", tests, NULL, NULL);

	mapped_list_done(&list);
	return r;
}
