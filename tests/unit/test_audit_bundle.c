/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit's evidence: what is written is what its manifest says, what is
 * opened is as it was written, and what fails on the way ends it.
 */
#include "bridge/audit/keep/bundle.h"

#include "tests/unit/unit.h"

#include "base/encode.h"
#include "bridge/hash/chain.h"

#include <sys/stat.h>
#include <syslog.h>

#define HASH_LEN (2 * SHA256_LEN + 1)
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char place[64], logged[200];
static struct audit_bundle e;
static int calls, failing; /* the call of this number fails; 0: none */
static bool failed;        /* one did */

static int within;         /* a folder's function, which has memory */

static bool fails(void)
{
	bool this = !within && !failed && ++calls == failing;

	failed |= this;
	return this;
}

/* Behind what failed nothing is done any more. */
static bool refuses(void)
{
	assert_false(failed);
	return fails();
}

#define FAILING(type, name, fail, params, args)                                \
	type __real_##name params;                                             \
	type __wrap_##name params;                                             \
	type __wrap_##name params                                              \
	{                                                                      \
		type got = fail : (within++, __real_##name args);              \
                                                                               \
		within = 0;                                                    \
		return got;                                                    \
	}
#define REFUSES refuses() ? error_set(r, ERROR_BUSY, "no")

FAILING(int, folder_begin, REFUSES, (struct folder *f, const char *path,
	struct error *r), (f, path, r))
FAILING(int, folder_add, REFUSES, (struct folder *f, const char *name,
	const void *p, size_t n, struct error *r), (f, name, p, n, r))
FAILING(int, folder_drop, REFUSES, (struct folder *f, const char *name,
	struct error *r), (f, name, r))
FAILING(int, folder_publish, REFUSES, (struct folder *f, struct error *r),
	(f, r))
FAILING(int, chain_digest, REFUSES, (const void *p, size_t n,
	unsigned char ret[SHA256_LEN], struct error *r), (p, n, ret, r))
FAILING(char *, json_dumps, fails() ? NULL, (const json_t *o, size_t flags),
	(o, flags))
FAILING(json_t *, json_object, fails() ? NULL, (void), ())
FAILING(char *, strdup, fails() ? NULL, (const char *s), (s))

int __real_json_object_set_new(json_t *o, const char *key, json_t *value);

WRAP(int, json_object_set_new, json_t *o, const char *key, json_t *value)
{
	if (!fails())
		return __real_json_object_set_new(o, key, value);
	json_decref(value);
	return -1;
}

WRAP(char *, text_format, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (fails())
		return NULL;
	va_start(ap, fmt);
	assert_true(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	return text;
}

WRAP(void, syslog, int priority, const char *fmt, ...)
{
	va_list ap;

	assert_int_equal(priority, LOG_NOTICE);
	va_start(ap, fmt);
	vsnprintf(logged, sizeof(logged), fmt, ap);
	va_end(ap);
}

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void begin_again(void)
{
	audit_bundle_done(&e);
	e = (struct audit_bundle)AUDIT_BUNDLE_INIT;
	calls = failing = 0;
	failed = false;
	memset(&err, 0, sizeof(err));
}

static int begin(void **state)
{
	(void)state;
	enter_place(place);
	begin_again();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	begin_again();
	leave_place(place);
	return 0;
}

#define TEXTS "account caBundle checks endpoint generated head mutes origin "  \
	"partition proxy region registry report since"

/* All that a manifest has to say beside its files. */
static void say_all(void)
{
	char names[] = TEXTS, *name, *rest = names;

	audit_bundle_say(&e, "program", json_string("1.0"));
	audit_bundle_say(&e, "made", json_string("2026-02-01T00:00:00Z"));
	while ((name = strsep(&rest, " ")))
		audit_bundle_say(&e, name, json_null());
	audit_bundle_say(&e, "requests", json_integer(0));
	audit_bundle_say(&e, "connections", json_integer(7));
	audit_bundle_say(&e, "record", json_true());
	audit_bundle_say(&e, "live", json_false());
}

static int make(char sha[HASH_LEN])
{
	int r = audit_bundle_begin(&e, "out", &err);

	if (r == 0)
		r = audit_bundle_add(&e, "report", "abc", 3, &err);
	if (r == 0)
		r = audit_bundle_add(&e, "registry.journal/a", "", 0, &err);
	if (r == 0)
		r = audit_bundle_add(&e, "mutes", "gone", 4, &err);
	if (r == 0)
		r = audit_bundle_drop(&e, "mutes", &err);
	return r < 0 ? r : audit_bundle_publish(&e, sha, &err);
}

/* ---- writing ---- */

static void the_manifest_has_each_files_hash(void **state)
{
	char sha[HASH_LEN], temp[200], want[HASH_LEN];
	unsigned char raw[SHA256_LEN];
	const char *text = "{\n \"files\": {\n"
		"  \"registry.journal/a\": \"" NONE "\",\n"
		"  \"report\": \"" ABC "\"\n },\n \"v\": 2\n}\n";

	(void)state;
	OK(make(sha));
	assert_file_is("out/audit.json", text);
	assert_file_is("out/report", "abc");
	assert_file_is("out/registry.journal/a", "");
	assert_false(is_there("out/mutes"));
	OK(chain_digest(text, strlen(text), raw, &err));
	hex_encode(raw, sizeof(raw), want);
	assert_string_equal(sha, want);
	assert_null(e.folder.temp);
	audit_bundle_done(&e);
	assert_null(e.path);
	assert_null(e.facts);
	assert_null(e.files);
	/* until then its files are beside it, and are gone with it */
	begin_again();
	SAYS(ERROR_CONFLICT, "out", audit_bundle_begin(&e, "out", &err));
	assert_null(e.path);
	begin_again();
	OK(audit_bundle_begin(&e, "next", &err));
	assert_string_equal(e.path, e.folder.temp);
	strcpy(temp, e.path);
	assert_true(is_there(temp));
	audit_bundle_done(&e);
	assert_false(is_there(temp));
	assert_false(is_there("next"));
}

static void what_fails_anywhere_ends_it(void **state)
{
	char sha[HASH_LEN];
	int i, r;

	(void)state;
	for (i = 1;; i++) {
		begin_again();
		failing = i;
		strcpy(sha, "none");
		r = make(sha);
		if (r == 0)
			break;
		assert_true(failed);
		assert_int_equal(r, -err.code);
		assert_string_equal(err.text, err.code == ERROR_BUSY ? "no" :
			"cannot allocate memory");
		assert_string_equal(sha, "none");
		failed = false;
		audit_bundle_done(&e);
		assert_false(is_there("out"));
	}
	assert_true(i > 15);
	assert_int_equal(i, calls + 1);
}

static void what_cannot_be_dropped_stays_in_the_manifest(void **state)
{
	(void)state;
	OK(audit_bundle_begin(&e, "out", &err));
	OK(audit_bundle_add(&e, "report", "abc", 3, &err));
	failing = calls + 1;
	SAYS(ERROR_BUSY, "no", audit_bundle_drop(&e, "report", &err));
	assert_non_null(json_object_get(e.files, "report"));
	failed = false;
	OK(audit_bundle_drop(&e, "report", &err));
	assert_null(json_object_get(e.files, "report"));
}

static void what_cannot_be_said_is_told_at_the_end(void **state)
{
	char sha[HASH_LEN];

	(void)state;
	OK(audit_bundle_begin(&e, "out", &err));
	audit_bundle_say(&e, "record", json_true());
	assert_true(audit_bundle_flag(&e, "record"));
	failing = calls + 1;
	audit_bundle_say(&e, "live", json_true());
	failed = false;
	assert_null(e.facts);
	assert_null(e.files);
	SAYS(ERROR_FAILED, "cannot allocate memory",
		audit_bundle_publish(&e, sha, &err));
	assert_false(is_there("out"));
}

static void a_file_is_copied_as_it_is(void **state)
{
	bool absent = true;

	(void)state;
	write_text("from", "abc");
	write_text("input", "typed");
	assert_non_null(freopen("input", "re", stdin));
	OK(audit_bundle_begin(&e, "out", &err));
	OK(audit_bundle_copy(&e, "policy", "from", &absent, &err));
	assert_false(absent);
	assert_string_equal(audit_bundle_text(&(struct audit_bundle){
		.facts = e.files }, "policy"), ABC);
	OK(audit_bundle_copy(&e, "mutes", "none", &absent, &err));
	assert_true(absent);
	assert_null(json_object_get(e.files, "mutes"));
	SAYS(ERROR_FAILED, "none", audit_bundle_copy(&e, "mutes", "none", NULL,
		&err));
	OK(audit_bundle_copy(&e, "since.json", "from", NULL, &err));
	assert_non_null(json_object_get(e.files, "since.json"));
	OK(audit_bundle_copy(&e, "report", "-", &absent, &err));
	assert_false(absent);
	assert_int_equal(chdir(e.path), 0);
	assert_file_is("policy", "abc");
	assert_file_is("report", "typed");
	assert_false(is_there("mutes"));
	assert_int_equal(chdir(place), 0);
}

static void its_hash_goes_into_the_log(void **state)
{
	(void)state;
	audit_bundle_log(ABC);
	assert_string_equal(logged, "audit evidence " ABC);
}

/* ---- reading ---- */

static void make_whole(char sha[HASH_LEN])
{
	begin_again();
	OK(audit_bundle_begin(&e, "out", &err));
	OK(audit_bundle_add(&e, "report", "abc", 3, &err));
	OK(audit_bundle_add(&e, "registry.journal/a", "", 0, &err));
	say_all();
	OK(audit_bundle_publish(&e, sha, &err));
	begin_again();
}

static void what_was_written_is_read(void **state)
{
	char sha[HASH_LEN], *part;
	int i, r;

	(void)state;
	make_whole(sha);
	OK(audit_bundle_open(&e, "out", sha, &err));
	assert_string_equal(e.path, "out");
	assert_string_equal(audit_bundle_text(&e, "program"), "1.0");
	assert_null(audit_bundle_text(&e, "account"));
	assert_true(audit_bundle_flag(&e, "record"));
	assert_false(audit_bundle_flag(&e, "live"));
	assert_int_equal(audit_bundle_number(&e, "requests"), 0);
	assert_int_equal(audit_bundle_number(&e, "connections"), 7);
	part = audit_bundle_part(&e, "report");
	assert_string_equal(part, "out/report");
	free(part);
	assert_null(audit_bundle_part(&e, "policy"));
	for (i = 1;; i++) {
		begin_again();
		failing = i;
		r = audit_bundle_open(&e, "out", sha, &err);
		if (r == 0)
			break;
		assert_int_equal(r, -err.code);
		assert_string_equal(err.text, err.code == ERROR_BUSY ? "no" :
			"cannot allocate memory");
		failed = false;
	}
	assert_true(i > 7);
	assert_int_equal(i, calls + 1);
}

static void what_was_changed_is_told(void **state)
{
	char sha[HASH_LEN], other[HASH_LEN], says[300];

	(void)state;
	make_whole(sha);
	OK(audit_bundle_open(&e, "out", NULL, &err));
	begin_again();
	snprintf(other, sizeof(other), "%s", ABC);
	snprintf(says, sizeof(says), "'audit.json' is not as it was: its "
		"SHA-256 is %s, and should be " ABC, sha);
	SAYS(ERROR_CORRUPT, says, audit_bundle_open(&e, "out", other, &err));
	assert_null(e.facts);
	begin_again();
	write_text("out/registry.journal/a", "abc");
	SAYS(ERROR_CORRUPT, "'registry.journal/a' is not as it was: its "
		"SHA-256 is " ABC ", and should be " NONE,
		audit_bundle_open(&e, "out", sha, &err));
	begin_again();
	write_text("out/registry.journal/a", "");
	OK(audit_bundle_open(&e, "out", sha, &err));
}

static void what_is_missing_is_told(void **state)
{
	char sha[HASH_LEN];

	(void)state;
	make_whole(sha);
	assert_int_equal(unlink("out/report"), 0);
	SAYS(ERROR_FAILED, "out/report", audit_bundle_open(&e, "out", sha,
		&err));
	begin_again();
	SAYS(ERROR_FAILED, "none/audit.json", audit_bundle_open(&e, "none",
		NULL, &err));
	begin_again();
	write_text("out/audit.json", "{}");
	SAYS(ERROR_MALFORMED, "no manifest", audit_bundle_open(&e, "out", NULL,
		&err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_manifest_has_each_files_hash),
		TEST(what_fails_anywhere_ends_it),
		TEST(what_cannot_be_dropped_stays_in_the_manifest),
		TEST(what_cannot_be_said_is_told_at_the_end),
		TEST(a_file_is_copied_as_it_is),
		TEST(its_hash_goes_into_the_log),
		TEST(what_was_written_is_read),
		TEST(what_was_changed_is_told),
		TEST(what_is_missing_is_told),
	};

	return cmocka_run_group_tests_name("audit bundle", tests, NULL, NULL);
}
