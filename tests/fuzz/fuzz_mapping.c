/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping files of PAM modules: refused with a line's number, or keys that
 * login.db can take, of users whose names are clean.
 */
#include "bridge/local/otp-ids.h"
#include "bridge/local/u2f-keys.h"

#include "base/text.h"
#include "token/attest/authdata.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_key(const struct u2f_key *k)
{
	EVP_PKEY *key = NULL;
	int alg;

	require(k->line > 0 && k->byte > 1);
	require(text_check(k->user, "a user", NULL) == 0);
	require(k->is_resident ? k->id_n == 0 :
		k->id_n > 0 && k->id_n <= U2F_BYTES_MAX);
	require(cose_key_load(k->key, k->key_n, &key, &alg, NULL) == 0);
	require(alg == k->alg);
	EVP_PKEY_free(key);
}

static void check_keys(const struct u2f_keys *keys)
{
	size_t i, k;

	for (i = 0; i < keys->n; i++) {
		check_key(&keys->p[i]);
		for (k = 0; k < i; k++)
			require(keys->p[k].line == keys->p[i].line ||
				strcmp(keys->p[k].user, keys->p[i].user) != 0);
	}
}

static void check_ids(const struct otp_ids *ids)
{
	size_t i;

	for (i = 0; i < ids->n; i++) {
		const char *id = ids->p[i].id;

		require(text_check(ids->p[i].user, "a user", NULL) == 0);
		require(strlen(id) % 2 == 0 && id[0]);
		require(strspn(id, "cbdefghijklnrtuv") == strlen(id));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct u2f_keys keys = { NULL, 0 };
	struct otp_ids ids = { NULL, 0 };
	struct error err;

	if (u2f_keys_parse((const char *)p, n, &keys, &err) == 0)
		check_keys(&keys);
	else
		require(!keys.p && err.text[0]);
	if (otp_ids_parse((const char *)p, n, &ids, &err) == 0)
		check_ids(&ids);
	else
		require(!ids.p && err.text[0]);
	u2f_keys_done(&keys);
	otp_ids_done(&ids);
	return 0;
}
