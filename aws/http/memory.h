/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heap whose blocks are wiped before they go back.
 *
 * libcurl, OpenSSL and expat copy what passes through them: request headers,
 * decrypted records, element text. They are all given these functions, so that
 * a seed or a secret key does not outlive the block that held it.
 */
#ifndef AWS_HTTP_MEMORY_H
#define AWS_HTTP_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t n);
void *memory_calloc(size_t count, size_t size);
/* Never in place where it grows: the old block is wiped. */
void *memory_realloc(void *p, size_t n);
char *memory_strdup(const char *s);
void memory_free(void *p);

#endif
