/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of authorized_keys, and a blob: refused, or a key that is written and
 * read again without change.
 */
#include "bridge/event/ssh-key.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void write_again(const struct ssh_key *key)
{
	struct ssh_key again;
	char fingerprint[SSH_FINGERPRINT_LEN];
	bool empty = true;
	struct buf b;

	buf_init(&b, 4096);
	require(ssh_key_line(key->blob, key->blob_n, key->verify_required, &b,
		NULL) == 0);
	require(utf8_is_clean(buf_str(&b), b.n));
	require(ssh_key_parse_line(buf_str(&b), b.n, &again, &empty,
		NULL) == 0 && !empty);
	require(again.blob_n == key->blob_n &&
		memcmp(again.blob, key->blob, key->blob_n) == 0);
	require(again.verify_required == key->verify_required);
	require(strcmp(again.application, key->application) == 0);
	require(ssh_key_fingerprint(key->blob, key->blob_n, fingerprint,
		NULL) == 0 && strlen(fingerprint) == SSH_FINGERPRINT_LEN - 2);
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ssh_key key = { .blob_n = 7 };
	struct error err;
	bool empty = false;
	int r;

	r = ssh_key_parse_line((const char *)p, n, &key, &empty, &err);
	if (r == 0 && !empty)
		write_again(&key);
	else
		require(key.blob_n == 7);
	if (r < 0)
		require(utf8_is_clean(err.text, strlen(err.text)));
	key = (struct ssh_key){ .blob_n = 7 };
	if (ssh_key_parse_blob(p, n, &key, &err) == 0)
		write_again(&key);
	else
		require(key.blob_n == 7);
	return 0;
}
