/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle written from a chain that the test makes: which events, names and
 * pieces of evidence are the token's, what its files say, and that of one that
 * fails at any step nothing is there.
 */
#include "tests/unit/bundle-write-parts.h"

static void forget(void)
{
	while (w.files_n > 0)
		free(w.files[--w.files_n].text);
	memset(&w, 0, sizeof(w));
}

#define USER "123456789012/ID1"

static int begin(void **state)
{
	(void)state;
	forget();
	return 0;
}

static const char *text_of(const char *name)
{
	size_t i;

	for (i = 0; i < w.files_n; i++)
		if (strcmp(w.files[i].name, name) == 0)
			return w.files[i].text;
	fail_msg("no file '%s'", name);
	return NULL;
}

static struct bundle_request q = { REG, TOKEN, "out", false };

static void every_file_is_written_in_its_turn(void **state)
{
	struct bundled made;

	(void)state;
	OK(bundle_write(&q, &made, &err));
	assert_string_equal(w.steps, "begin\nevents\nevents\n"
		"check the chain\nchain\n"
		"a1\nevidence/" A1 ".json\n"
		"b2\nevidence/" B2 ".json\ndd\n"
		"check names.json\nnames.json\n"
		"check bundle.json\nbundle.json\nREADME\n"
		"check SHA256SUMS\nSHA256SUMS\npublish\ndone\n");
	assert_int_equal(made.events, 14);
	assert_int_equal(made.evidence, 2);
	assert_int_equal(made.absent, 1);
	assert_string_equal(text_of("evidence/" A1 ".json"), "piece a1");
	assert_string_equal(text_of("evidence/" B2 ".json"), "piece b2");
	assert_string_equal(w.grown, "1 2 4 8 ");
	assert_int_equal(w.freed, 4);
	assert_ptr_equal(strstr(text_of("README"), "What a registry of "
		"tokenbridge says of one"), text_of("README"));
}

static void the_chain_gives_what_is_the_tokens(void **state)
{
	char want[8192], hex[HEX_LEN(SHA256_LEN)];
	unsigned char hash[SHA256_LEN];
	struct bundled made;
	int n, whole;
	size_t i;

	(void)state;
	for (whole = 0; whole < 2; whole++) {
		forget();
		q.whole = whole;
		OK(bundle_write(&q, &made, &err));
		for (i = 0, n = 0; i < LATER; i++) {
			memset(hash, (int)i, sizeof(hash));
			hex_encode(hash, sizeof(hash), hex);
			n += snprintf(want + n, sizeof(want) - (size_t)n,
				"%zu %s", i, hex);
			if (chain[i].given || whole)
				n += snprintf(want + n, sizeof(want) -
					(size_t)n, " <%zu>", i);
			want[n++] = '\n';
			want[n] = '\0';
		}
		assert_string_equal(text_of("chain"), want);
		assert_int_equal(made.events, 14);
	}
	q.whole = false;
}

#define NAME(kind, id, value)                                                  \
	"  {\n   \"kind\": \"" kind "\",\n   \"id\": \"" id "\",\n"            \
	"   \"value\": \"" value "\"\n  }"

static void names_are_those_of_the_events_that_are_given(void **state)
{
	struct bundled made;

	(void)state;
	OK(bundle_write(&q, &made, &err));
	/* each once; one that is erased is asked for and is not there */
	assert_string_equal(w.asked, "host/here\ncaller/someone\nticket/T1\n"
		"holder/alice\nlabel/" TOKEN "\naws-device/D1\n"
		"aws-user/" USER "\nreason/R\noath-account/O1\n"
		"local-user/L1\nreason/erased\n");
	assert_string_equal(text_of("names.json"), "{\n \"v\": 1,\n"
		" \"names\": [\n"
		NAME("host", "here", "here") ",\n"
		NAME("caller", "someone", "someone") ",\n"
		NAME("ticket", "T1", "T1") ",\n"
		NAME("holder", "alice", "alice") ",\n"
		NAME("label", TOKEN, "blue") ",\n"
		NAME("aws-device", "D1", "D1") ",\n"
		NAME("aws-user", USER, USER) ",\n"
		NAME("reason", "R", "R") ",\n"
		NAME("oath-account", "O1", "O1") ",\n"
		NAME("local-user", "L1", "L1") "\n ]\n}\n");
}

static void its_facts_are_of_the_chains_end(void **state)
{
	struct bundled made;
	char want[512];

	(void)state;
	w.rehearsal = true;
	OK(bundle_write(&q, &made, &err));
	assert_string_equal(made.facts.token, TOKEN);
	assert_int_equal(made.facts.head.seq, LATER - 1);
	assert_true(made.facts.rehearsal);
	assert_int_equal(made.facts.made_at, 1769904000);
	registry_head_format(&made.facts.head, want);
	assert_non_null(strstr(text_of("bundle.json"), want));
	assert_non_null(strstr(text_of("bundle.json"), "{\n \"v\": 1,\n "
		"\"token\": \"" TOKEN "\",\n"));
	assert_non_null(strstr(text_of("bundle.json"), "\"rehearsal\": true,"
		"\n \"madeAt\": \"2026-02-01T00:00:00Z\"\n}\n"));
	forget();
	OK(bundle_write(&q, &made, &err));
	assert_false(made.facts.rehearsal);
}

static void the_sums_are_in_order_and_seal_the_rest(void **state)
{
	static const char *const names[] = { "README", "bundle.json", "chain",
		"evidence/" A1 ".json", "evidence/" B2 ".json", "names.json" };
	char want[2048], hex[HEX_LEN(SHA256_LEN)];
	unsigned char sha[SHA256_LEN];
	struct bundled made;
	const char *text;
	int n = 0;
	size_t i;

	(void)state;
	OK(bundle_write(&q, &made, &err));
	for (i = 0; i < ARRAY_LEN(names); i++) {
		text = text_of(names[i]);
		OK(chain_digest(text, strlen(text), sha, &err));
		hex_encode(sha, sizeof(sha), hex);
		n += snprintf(want + n, sizeof(want) - (size_t)n, "%s  %s\n",
			hex, names[i]);
	}
	assert_string_equal(text_of("SHA256SUMS"), want);
	OK(chain_digest(want, strlen(want), sha, &err));
	assert_memory_equal(made.sha, sha, sizeof(sha));
}

/* Nothing is done behind what failed, but for the folder's being let go. */
static void what_fails_anywhere_ends_it(void **state)
{
	struct bundled made, before;
	int failing, r;
	size_t n;

	(void)state;
	memset(&before, 7, sizeof(before));
	for (failing = 1;; failing++) {
		forget();
		w.failing = failing;
		made = before;
		memset(&err, 0, sizeof(err));
		r = bundle_write(&q, &made, &err);
		n = strlen(w.steps);
		assert_string_equal(w.steps + n - strlen("done\n"), "done\n");
		if (r == 0)
			break;
		assert_true(w.failed);
		assert_int_equal(r, -err.code);
		assert_string_equal(err.text, err.code == ERROR_BUSY ? "no" :
			"cannot allocate memory");
		assert_memory_equal(&made, &before, sizeof(made));
	}
	assert_false(w.failed);
	assert_int_equal(failing, w.calls + 1);
	assert_true(failing > 100);
}

static int finish(void **state)
{
	(void)state;
	forget();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_file_is_written_in_its_turn),
		TEST(the_chain_gives_what_is_the_tokens),
		TEST(names_are_those_of_the_events_that_are_given),
		TEST(its_facts_are_of_the_chains_end),
		TEST(the_sums_are_in_order_and_seal_the_rest),
		TEST(what_fails_anywhere_ends_it),
	};

	return cmocka_run_group_tests_name("bundle write", tests, NULL, NULL);
}
