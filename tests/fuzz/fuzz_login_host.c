/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file for other hosts: refused with a sentence, or rows that read the same
 * once they were written. The digest is set right first, so that rows are read.
 */
#include "bridge/login/host/hostfile.h"

#include "base/encode.h"
#include "base/utf8.h"
#include "bridge/hash/chain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

/* What is good is written again, to the same bytes. */
static void check_again(const struct hostfile *f, const struct buf *was)
{
	struct login_write *w = NULL;
	struct login_written n;
	struct error err;
	struct buf b;

	require(login_write_new_apart(&w, "out", &err) == 0);
	require(hostfile_rows(f, w, &err) == 0);
	require(login_write_count(w, &n, &err) == 0);
	require(n.credentials == f->credentials && n.ssh_keys == f->ssh_keys);
	buf_init(&b, HOSTFILE_MAX);
	require(hostfile_put(w, &f->info, &b, &err) == 0);
	require(b.n == was->n && memcmp(b.p, was->p, b.n) == 0);
	buf_done(&b);
	login_write_free(&w);
}

static void check(const struct buf *b)
{
	struct hostfile f = { .credentials = 7 };
	struct error err;

	if (hostfile_parse((const char *)b->p, b->n, "in", &f, &err) == 0) {
		check_again(&f, b);
		return;
	}
	require(f.credentials == 7 && !f.rows);
	require(utf8_is_clean(err.text, strlen(err.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	unsigned char digest[SHA256_LEN];
	char hex[HEX_LEN(SHA256_LEN)];
	struct buf b;

	buf_init(&b, HOSTFILE_MAX);
	buf_put(&b, p, n);
	check(&b);
	require(chain_digest(p, n, digest, NULL) == 0);
	hex_encode(digest, SHA256_LEN, hex);
	buf_printf(&b, "end\t%s\n", hex);
	check(&b);
	buf_done(&b);
	return 0;
}
