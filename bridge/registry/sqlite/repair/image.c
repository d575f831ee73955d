/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a damaged file. */
#include "bridge/registry/sqlite/repair/image.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/registry/sqlite/file/connect.h"
#include "bridge/registry/sqlite/file/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void image_done(struct image *m)
{
	free(m->p);
	m->p = NULL;
}

static void image_read_pages(int fd, struct image *m)
{
	size_t at, n;

	for (at = 0; at < m->n; at += STORE_PAGE) {
		n = m->n - at < STORE_PAGE ? m->n - at : STORE_PAGE;
		if (pread(fd, m->p + at, n, (off_t)at) < 0)
			memset(m->p + at, 0, n);
	}
}

static int image_read(const char *path, struct image *ret, struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	struct image m = { NULL, 0 };
	struct stat st;
	int r;

	r = file_open(path, FILE_ANY, &fd, NULL, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot stat '%s'", path);
	m.n = (size_t)st.st_size;
	if (m.n > 0) {
		m.p = calloc(1, m.n);
		if (!m.p)
			return error_memory(err);
		image_read_pages(fd, &m);
	}
	*ret = m;
	return 0;
}

static int image_copy_file(const char *from, const char *to,
	struct error *err)
{
	CLEANUP(image_done) struct image m = { NULL, 0 };
	CLEANUP(close_p) int fd = -1;
	int r;

	r = image_read(from, &m, err);
	if (r < 0)
		return r;
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (fd < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make '%s'", to);
	return file_write_fd(fd, m.p, m.n, to, err);
}

/*
 * A journal beside the damaged file is a write that was cut short. It is undone
 * in a copy; where SQLite cannot, the copy is as good as the original.
 */
static int image_undo_in_copy(const char *damaged, const char *journal,
	const char *copy, struct error *err)
{
	CLEANUP(free_p) char *copy_journal = text_format("%s-journal", copy);
	CLEANUP(registry_free) struct registry *reg = NULL;
	int64_t n;
	int r;

	if (!copy_journal)
		return error_memory(err);
	r = image_copy_file(damaged, copy, err);
	if (r == 0)
		r = image_copy_file(journal, copy_journal, err);
	if (r < 0)
		return r;
	if (store_connect(&reg, copy, REGISTRY_READ, SQLITE_OPEN_READWRITE,
		NULL) == 0)
		store_number(reg, "PRAGMA user_version", NULL, &n, NULL);
	return 0;
}

int image_read_damaged(const char *damaged, const char *output,
	struct scratch *ret_copy, struct image *ret, struct error *err)
{
	CLEANUP(free_p) char *journal = text_format("%s-journal", damaged);
	int r;

	if (!journal)
		return error_memory(err);
	if (access(journal, F_OK) < 0)
		return image_read(damaged, ret, err);
	r = scratch_make(ret_copy, output, err);
	if (r == 0)
		r = image_undo_in_copy(damaged, journal, ret_copy->path, err);
	return r < 0 ? r : image_read(ret_copy->path, ret, err);
}
