/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata that is stored: what was put there, whole, or an error. */
#include "token/trust/mds-cache.h"
#include "token/trust/mds-private.h"

#include "base/encode.h"
#include "tests/unit/unit.h"

#include <sys/stat.h>

#define FILE_NAME "trust/metadata.blob"
#define FETCHED 1700000000

static char place[64];

/* A JWS that nobody signed: what is stored was checked before. */
static void blob_of(unsigned number, struct buf *ret)
{
	char payload[128];

	snprintf(payload, sizeof(payload), "{\"no\":%u,\"nextUpdate\":"
		"\"2030-01-01\",\"entries\":[]}", number);
	buf_init(ret, 1 << 20);
	buf_put_str(ret, "e30.");
	base64_encode(ret, BASE64_URL, payload, strlen(payload));
	buf_put_str(ret, ".AA");
	assert_false(buf_failed(ret));
}

static int store(unsigned number, uint64_t stored)
{
	const struct mds_origin origin = { "https://mds.example.com/",
		"\"tag\"" };
	struct mds *m = NULL;
	struct buf b;
	int r;

	blob_of(number, &b);
	assert_int_equal(mds_open_checked(buf_str(&b), b.n, &m, &err), 0);
	strcpy(m->info.signer, "CN = signer");
	strcpy(m->info.anchor, "CN = anchor");
	memset(m->info.anchor_sha256, 'a', 64);
	r = mds_cache_store("trust", &b, m, FETCHED, &origin, stored, &err);
	if (r == 0)
		assert_int_equal(m->info.fetched_at, FETCHED);
	mds_free(&m);
	buf_done(&b);
	return r;
}

static size_t content(char *ret, size_t size)
{
	FILE *f = fopen(FILE_NAME, "re");
	size_t n;

	assert_non_null(f);
	n = fread(ret, 1, size - 1, f);
	fclose(f);
	ret[n] = '\0';
	return n;
}

static int set_up(void **state)
{
	(void)state;
	umask(022);
	enter_place(place);
	OK(store(5, 0));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void what_was_stored_is_loaded(void **state)
{
	struct mds_origin origin;
	struct mds *m = NULL;

	(void)state;
	OK(mds_cache_load("trust", &m, &origin, &err));
	assert_non_null(m);
	assert_int_equal(mds_info(m)->number, 5);
	assert_int_equal(mds_info(m)->next_update, 1893456000);
	assert_int_equal(mds_info(m)->fetched_at, FETCHED);
	assert_string_equal(mds_info(m)->signer, "CN = signer");
	assert_string_equal(mds_info(m)->anchor, "CN = anchor");
	assert_int_equal(strlen(mds_info(m)->anchor_sha256), 64);
	assert_string_equal(origin.url, "https://mds.example.com/");
	assert_string_equal(origin.etag, "\"tag\"");
	mds_free(&m);
	OK(mds_cache_load("trust", &m, NULL, &err));
	mds_free(&m);
	OK(mds_cache_load("absent", &m, &origin, &err));
	assert_null(m);
}

static void an_older_one_never_takes_its_place(void **state)
{
	char before[4096], after[4096];
	size_t n = content(before, sizeof(before));

	(void)state;
	SAYS(ERROR_REFUSED, "metadata 4 is older than 5", store(4, 5));
	assert_int_equal(content(after, sizeof(after)), n);
	assert_memory_equal(before, after, n);
	OK(store(5, 5));
	OK(store(6, 5));
}

/* The line behind the blob, one member after the other another thing. */
static void a_line_that_lacks_something_is_damage(void **state)
{
	static const char *const members[] = { "v", "sha256", "fetchedAt",
		"url", "etag", "signer", "anchor", "anchorSha256" };
	char good[4096], bad[4096];
	struct mds_origin origin = { "kept", "kept" };
	struct mds *m = NULL;
	size_t i, n = content(good, sizeof(good));

	(void)state;
	for (i = 0; i < ARRAY_LEN(members); i++) {
		char name[32];

		snprintf(name, sizeof(name), "\"%s\":", members[i]);
		memcpy(bad, good, n);
		strstr(strchr(bad, '\n'), name)[1] = 'x';
		write_file(FILE_NAME, bad, n, 0644);
		SAYS(ERROR_CORRUPT, "trust update` gets a new one",
			mds_cache_load("trust", &m, &origin, &err));
		assert_null(m);
		assert_string_equal(origin.url, "kept");
		SAYS(ERROR_CORRUPT, "is damaged: `tokenbridge trust update` "
			"gets a new one", mds_cache_confirm("trust",
			FETCHED + 1, &err));
	}
	write_file(FILE_NAME, good, n, 0644);
	OK(mds_cache_load("trust", &m, &origin, &err));
	mds_free(&m);
}

static void members_have_the_right_form(void **state)
{
	static const char *const swaps[][2] = {
		{ "\"v\":1", "\"v\":2" },
		{ "\"v\":1", "\"v\":\"1\"" },
		{ "T22:13:20Z", "T22:13:20" },
		{ "\"url\":\"https", "\"url\":\"\\u0007ttps" },
		{ "\"signer\":\"CN = signer\"", "\"signer\":17" },
		{ "\"anchorSha256\":\"", "\"anchorSha256\":\"a" },
		{ "{\"v\"", "{\"v\":1,\"v\"" },
	};
	char good[4096], bad[4200];
	struct mds *m = NULL;
	size_t i, n = content(good, sizeof(good));

	(void)state;
	for (i = 0; i < ARRAY_LEN(swaps); i++) {
		const char *line = strchr(good, '\n');
		const char *at = strstr(line, swaps[i][0]);

		if (!at)
			fail_msg("no %s in %s", swaps[i][0], line);
		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(at - good), good,
			swaps[i][1], at + strlen(swaps[i][0]));
		write_text(FILE_NAME, bad);
		SAYS(ERROR_CORRUPT, "is damaged", mds_cache_load("trust", &m,
			NULL, &err));
		assert_null(m);
	}
	/* the end of the line, the line, the blob */
	write_file(FILE_NAME, good, n - 1, 0644);
	SAYS(ERROR_CORRUPT, "is damaged", mds_cache_load("trust", &m, NULL,
		&err));
	write_file(FILE_NAME, good, (size_t)(strchr(good, '\n') - good) + 1,
		0644);
	SAYS(ERROR_CORRUPT, "is damaged", mds_cache_load("trust", &m, NULL,
		&err));
	write_text(FILE_NAME, "");
	SAYS(ERROR_CORRUPT, "is damaged", mds_cache_load("trust", &m, NULL,
		&err));
}

static void a_blob_that_was_changed_is_never_made_good_again(void **state)
{
	char text[4096], after[4096];
	struct mds *m = NULL;
	size_t n = content(text, sizeof(text));

	(void)state;
	text[6] ^= 1;
	write_file(FILE_NAME, text, n, 0644);
	SAYS(ERROR_CORRUPT, "does not hold what was stored",
		mds_cache_load("trust", &m, NULL, &err));
	SAYS(ERROR_CORRUPT, "does not hold what was stored",
		mds_cache_confirm("trust", FETCHED + 1, &err));
	assert_int_equal(content(after, sizeof(after)), n);
	assert_memory_equal(text, after, n);
	assert_int_equal(chmod(FILE_NAME, 0666), 0);
	SAYS(ERROR_PERMISSION, "has mode 0666: others must not write it",
		mds_cache_load("trust", &m, NULL, &err));
	SAYS(ERROR_PERMISSION, "has mode 0666: others must not write it",
		mds_cache_confirm("trust", 1, &err));
}

static void the_same_again_is_confirmed_with_its_date(void **state)
{
	struct mds_origin origin;
	struct mds *m = NULL;
	struct stat st;

	(void)state;
	OK(mds_cache_confirm("trust", FETCHED + 86400, &err));
	OK(mds_cache_load("trust", &m, &origin, &err));
	assert_int_equal(mds_info(m)->fetched_at, FETCHED + 86400);
	assert_int_equal(mds_info(m)->number, 5);
	assert_string_equal(mds_info(m)->signer, "CN = signer");
	assert_string_equal(origin.etag, "\"tag\"");
	mds_free(&m);
	assert_int_equal(stat(FILE_NAME, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void only_the_very_same_bytes_are_there_already(void **state)
{
	struct buf b;
	size_t n;

	(void)state;
	blob_of(5, &b);
	assert_true(mds_cache_has("trust", &b));
	assert_false(mds_cache_has("absent", &b));
	n = b.n;
	b.n = n - 1; /* a part of it is not it */
	assert_false(mds_cache_has("trust", &b));
	b.n = n;
	b.p[n - 1] ^= 1;
	assert_false(mds_cache_has("trust", &b));
	b.p[n - 1] ^= 1;
	b.p[0] ^= 1;
	assert_false(mds_cache_has("trust", &b));
	buf_done(&b);
	blob_of(55, &b); /* longer */
	assert_false(mds_cache_has("trust", &b));
	buf_done(&b);
}

static void it_is_removed_once(void **state)
{
	bool absent = true;
	struct mds *m = NULL;

	(void)state;
	OK(mds_cache_remove("trust", &absent, &err));
	assert_false(absent);
	OK(mds_cache_load("trust", &m, NULL, &err));
	assert_null(m);
	OK(mds_cache_remove("trust", &absent, &err));
	assert_true(absent);
	OK(mds_cache_remove("nowhere", &absent, &err));
	assert_true(absent);
	/* a folder in its place cannot be removed, and that is said */
	assert_int_equal(mkdir(FILE_NAME, 0755), 0);
	SAYS(ERROR_PERMISSION, "cannot remove 'trust/metadata.blob'",
		mds_cache_remove("trust", &absent, &err));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_stored_is_loaded),
		TEST(an_older_one_never_takes_its_place),
		TEST(a_line_that_lacks_something_is_damage),
		TEST(members_have_the_right_form),
		TEST(a_blob_that_was_changed_is_never_made_good_again),
		TEST(the_same_again_is_confirmed_with_its_date),
		TEST(only_the_very_same_bytes_are_there_already),
		TEST(it_is_removed_once),
	};

	return cmocka_run_group_tests_name("mds cache", tests, NULL, NULL);
}
