/* SPDX-License-Identifier: Apache-2.0 */
/* Absolute deadlines. */
#include "base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t deadline_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

deadline_t deadline_in(int64_t ms)
{
	return deadline_now() + ms;
}

int deadline_left(deadline_t d)
{
	int64_t left;

	if (d == DEADLINE_NEVER)
		return -1;
	left = d - deadline_now();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool deadline_passed(deadline_t d)
{
	return d != DEADLINE_NEVER && deadline_now() >= d;
}

deadline_t deadline_min(deadline_t a, deadline_t b)
{
	return a < b ? a : b;
}

bool deadline_sleep(deadline_t d, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	do {
		r = poll(&p, fd < 0 ? 0 : 1, deadline_left(d));
	} while ((r < 0 && errno == EINTR) || (r == 0 && !deadline_passed(d)));
	return r > 0;
}
