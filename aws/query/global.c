/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is wiped, for the libraries of the whole process. */
#include "aws/http/http.h"
#include "aws/http/memory.h"
#include "aws/query/session.h"

#include <jansson.h>
#include <openssl/crypto.h>

static void *crypto_alloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_alloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_free(p);
}

int aws_global_init(struct error *err)
{
	if (!CRYPTO_set_mem_functions(crypto_alloc, crypto_realloc,
		    crypto_free))
		return error_set(err, ERROR_FAILED,
			"OpenSSL was used before its memory was set up");
	/* keys that a program prints pass through it */
	json_set_alloc_funcs(memory_alloc, memory_free);
	return http_global_init(err);
}
