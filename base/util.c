/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup handlers and wiping. */
#include "base/util.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void free_p(void *pp)
{
	void **p = pp;

	free(*p);
	*p = NULL;
}

void free_wiped_p(char **pp)
{
	if (*pp)
		wipe(*pp, strlen(*pp));
	free(*pp);
	*pp = NULL;
}

void close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void wipe(void *p, size_t n)
{
	if (p && n)
		explicit_bzero(p, n);
}
