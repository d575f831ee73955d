/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in pages of their own. */
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECRET_MAX (1u << 20)

int secret_new(struct secret *ret, size_t n, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size;
	void *p;

	if (n > SECRET_MAX)
		return error_set(err, ERROR_FAILED, "a secret of %zu bytes", n);
	size = (n + 1 + page - 1) / page * page;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return error_memory(err);
	/* RLIMIT_MEMLOCK may be small: an unlocked secret is still undumped */
	(void)mlock(p, size);
	(void)madvise(p, size, MADV_DONTDUMP);
	(void)madvise(p, size, MADV_WIPEONFORK);
	secret_done(ret);
	ret->p = p;
	ret->n = n;
	ret->size = size;
	return 0;
}

int secret_set(struct secret *ret, const void *p, size_t n, struct error *err)
{
	int r = secret_new(ret, n, err);

	if (r == 0 && n > 0)
		memcpy(ret->p, p, n);
	return r;
}

void secret_done(struct secret *s)
{
	if (s->p) {
		wipe(s->p, s->size);
		munmap(s->p, s->size);
	}
	s->p = NULL;
	s->n = s->size = 0;
}

void secret_move(struct secret *to, struct secret *from)
{
	secret_done(to);
	*to = *from;
	*from = (struct secret)SECRET_INIT;
}

const char *secret_str(const struct secret *s)
{
	return s->p ? (const char *)s->p : "";
}
