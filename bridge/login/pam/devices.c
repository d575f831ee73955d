/* SPDX-License-Identifier: Apache-2.0 */
/* What /dev is. */
#include "bridge/login/pam/devices.h"

#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#define MOUNTS_MAX (4 << 20)

static const char kernels[] = "devtmpfs ";

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS... - KIND SOURCE OPTIONS" */
static bool line_is_of(const char *line, size_t n, const char *number)
{
	const char *at = memchr(line, ' ', n), *end = line + n;

	at = at ? memchr(at + 1, ' ', (size_t)(end - at - 1)) : NULL;
	return at && (size_t)(end - at - 1) > strlen(number) &&
		memcmp(at + 1, number, strlen(number)) == 0;
}

static bool line_is_kernels(const char *line, size_t n)
{
	const char *at = memmem(line, n, " - ", 3);

	return at && (size_t)(line + n - at - 3) >= strlen(kernels) &&
		memcmp(at + 3, kernels, strlen(kernels)) == 0;
}

bool devices_parse(const char *p, size_t n, unsigned major, unsigned minor)
{
	char number[32];
	const char *end;
	size_t len;

	snprintf(number, sizeof(number), "%u:%u ", major, minor);
	for (; n > 0; p += len, n -= len) {
		end = memchr(p, '\n', n);
		len = end ? (size_t)(end - p) + 1 : n;
		if (line_is_of(p, len, number))
			return line_is_kernels(p, len);
	}
	return true;
}

bool devices_are_seen(void)
{
	CLEANUP(buf_done) struct buf b;
	struct stat st;

	buf_init(&b, MOUNTS_MAX);
	if (stat("/dev", &st) < 0 ||
		file_read("/proc/self/mountinfo", FILE_ANY, &b, NULL, NULL) < 0)
		return true;
	return devices_parse((const char *)b.p, b.n, major(st.st_dev),
		minor(st.st_dev));
}

bool devices_are_confined(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) > 0 ||
		prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0;
}
