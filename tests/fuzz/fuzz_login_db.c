/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as login.db: refused, or what comes out of it is sane. */
#include "bridge/login/db.h"

#include "base/text.h"
#include "tests/fuzz/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static bool is_clean(const char *s)
{
	return utf8_is_clean(s, strlen(s));
}

static void check_credentials(struct login_db *db, const char *user)
{
	struct login_credentials list = { 0 };
	size_t i;

	if (login_db_credentials(db, USER_NAMED(user), &list, NULL) < 0) {
		require(!list.p && list.n == 0);
		return;
	}
	require(list.n <= LOGIN_CREDENTIALS_MAX);
	for (i = 0; i < list.n; i++) {
		const struct login_credential *c = &list.p[i];

		require(strlen(c->token) == LOGIN_TOKEN_LEN - 1);
		require(is_clean(c->token) && is_clean(c->aaguid));
		require(c->id_n > 0 && c->id_n <= LOGIN_BYTES_MAX);
		require(c->public_key_n > 0 &&
			c->public_key_n <= LOGIN_BYTES_MAX);
	}
	login_credentials_done(&list);
}

static int check_key(const struct login_ssh_key *key, void *arg)
{
	(void)arg;
	require(key->line[0] && is_clean(key->line) && is_clean(key->token));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct login_db *db = NULL;
	const struct login_db_info *i;

	if (login_db_open(&db, scratch_file(p, n), NULL) < 0) {
		require(!db);
		return 0;
	}
	i = login_db_info(db);
	require(i->made_at >= 0 && is_clean(i->station) &&
		strlen(i->counters) == 32);
	(void)login_db_check_age(db, 1800000000, 86400, NULL);
	check_credentials(db, "alice");
	check_credentials(db, "bob");
	(void)login_db_ssh_keys(db, USER_NAMED("alice"), NULL, check_key, NULL,
		NULL);
	(void)login_db_ssh_keys(db, USER_NAMED("alice"), "SHA256:one",
		check_key, NULL,
		NULL);
	login_db_free(&db);
	return 0;
}
