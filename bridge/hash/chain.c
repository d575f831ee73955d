/* SPDX-License-Identifier: Apache-2.0 */
/* The hash chain of the registry: SHA-256 by libcrypto. */
#include "bridge/hash/chain.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define STACK (256 * 1024)

static void md_ctx_free_p(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static int digest_two(const void *a, size_t an, const void *b, size_t bn,
	unsigned char ret[SHA256_LEN], struct error *err)
{
	CLEANUP(md_ctx_free_p) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[SHA256_LEN];

	if (!ctx)
		return error_memory(err);
	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
		EVP_DigestUpdate(ctx, a, an) != 1 ||
		EVP_DigestUpdate(ctx, b, bn) != 1 ||
		EVP_DigestFinal_ex(ctx, md, NULL) != 1)
		return error_set(err, ERROR_FAILED,
			"cannot compute SHA-256: libcrypto refused");
	memcpy(ret, md, SHA256_LEN);
	return 0;
}

int chain_digest(const void *p, size_t n, unsigned char ret[SHA256_LEN],
	struct error *err)
{
	return digest_two(NULL, 0, p, n, ret, err);
}

int chain_next(const unsigned char previous[SHA256_LEN], const void *event,
	size_t n, unsigned char ret[SHA256_LEN], struct error *err)
{
	static const unsigned char zeros[SHA256_LEN];

	return digest_two(previous ? previous : zeros, SHA256_LEN, event, n,
		ret, err);
}

static void *make_first_hash(void *arg)
{
	unsigned char sha[SHA256_LEN];

	(void)arg;
	(void)chain_digest("", 0, sha, NULL);
	return NULL;
}

void chain_prepare_begin(struct chain_preparing *ret)
{
	/* the process may end meanwhile, and clean up nothing under the thread */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	ret->runs = thread_start(&ret->thread, make_first_hash, NULL, STACK) ==
		0;
}

void chain_prepare_end(struct chain_preparing *p)
{
	if (p->runs)
		pthread_join(p->thread, NULL);
	p->runs = false;
}

void chain_prepare(void)
{
	struct chain_preparing p;

	chain_prepare_begin(&p);
	if (p.runs)
		pthread_detach(p.thread);
}
