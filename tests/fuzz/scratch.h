/* SPDX-License-Identifier: Apache-2.0 */
/* A file in a directory of its own, for targets whose input is a file. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "base/util.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_dir[64], scratch_path[96];

static void scratch_remove(void)
{
	unlink(scratch_path);
	rmdir(scratch_dir);
}

/* In memory where that is to be had: targets write often. */
static void scratch_make(void)
{
	strcpy(scratch_dir, "/dev/shm/tokenbridge-fuzz-XXXXXX");
	if (!mkdtemp(scratch_dir)) {
		strcpy(scratch_dir, "/tmp/tokenbridge-fuzz-XXXXXX");
		if (!mkdtemp(scratch_dir))
			abort();
	}
	snprintf(scratch_path, sizeof(scratch_path), "%s/file", scratch_dir);
	atexit(scratch_remove);
}

/* The path of a private file with these bytes. */
static const char *scratch_file(const uint8_t *p, size_t n)
{
	int fd;

	if (!scratch_dir[0])
		scratch_make();
	fd = open(scratch_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		0600);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
	return scratch_path;
}

#endif
