/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

int random_bytes(void *ret, size_t n, struct error *err)
{
	ssize_t got;

	do {
		got = getrandom(ret, n, 0);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)n ? 0 : error_errno(err, ERROR_FAILED,
		got < 0 ? errno : EIO, "the kernel gives no random bytes");
}
