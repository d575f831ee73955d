/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of sequences. */
#include "bridge/journal/journal.h"

#include "base/file.h"
#include "base/paths.h"
#include "base/text.h"
#include "bridge/journal/line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_MAX 65536
#define SUFFIX ".journal"

static char *directory_of(const char *registry_path)
{
	if (strcmp(registry_path, PATH_REGISTRY) == 0)
		return strdup(PATH_STATE "/journal");
	return text_format("%s.journal", registry_path);
}

static int write_line(struct journal *j, struct error *err)
{
	json_t *o = journal_line(j);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	char *line = text ? text_format("%s\n", text) : NULL;
	off_t before = lseek(j->fd, 0, SEEK_END);
	int r;

	r = line ? file_write_fd(j->fd, line, strlen(line), j->path, err) :
		   error_memory(err);
	if (r == 0 && fsync(j->fd) < 0)
		r = error_errno(err, ERROR_FAILED, errno, "cannot sync '%s'",
			j->path);
	/* half a line would make the next one part of it */
	if (r < 0 && before >= 0)
		(void)!ftruncate(j->fd, before);
	free(line);
	free(text);
	json_decref(o);
	return r;
}

/* ---- files ---- */

int journal_begin(struct journal *j, const char *registry_path,
	const struct journal_facts *facts, struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(registry_path);
	struct stat st;
	int r;

	if (!dir)
		return error_memory(err);
	j->facts = *facts;
	j->fd = -1;
	r = file_make_dirs(dir, 0700, err);
	if (r < 0)
		return r;
	j->path = text_format("%s/%s" SUFFIX, dir, j->id);
	if (!j->path)
		return error_memory(err);
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL |
		O_CLOEXEC, 0600);
	if (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err, errno == EACCES ? ERROR_PERMISSION :
							  ERROR_FAILED,
			errno, "cannot make the journal '%s'", j->path);
	/* another run may have taken the empty file for a stillborn one */
	if (fstat(j->fd, &st) < 0 || st.st_nlink == 0)
		return error_set(err, ERROR_FAILED,
			"the journal '%s' was removed by another run: try "
			"again", j->path);
	r = journal_point(j, JOURNAL_INTENT, err);
	if (r == 0)
		r = file_sync_dir_of(j->path, err);
	if (r < 0)
		unlink(j->path);
	return r;
}

int journal_point(struct journal *j, enum journal_point point,
	struct error *err)
{
	j->point = point;
	j->since = time(NULL);
	return write_line(j, err);
}

int journal_end(struct journal *j, struct error *err)
{
	if (unlink(j->path) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot remove '%s'", j->path);
	return file_sync_dir_of(j->path, err);
}

void journal_done(struct journal *j)
{
	close_p(&j->fd);
	free(j->path);
	j->path = NULL;
}

void journal_list_done(struct journal_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		journal_done(&list->p[i]);
	free(list->p);
	list->p = NULL;
	list->n = 0;
}

/* A crash before the first line was synced: nothing has been done yet. */
static bool is_stillborn(const struct buf *b)
{
	return b->n == 0 || !memchr(b->p, '\n', b->n);
}

/* 1: opened, 0: passed over */
static int open_one(struct journal *j, bool *ret_owned, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, FILE_MAX);
	j->fd = open(j->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (j->fd < 0 && errno == ENOENT)
		return 0; /* finished since we read the directory */
	if (j->fd < 0)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot open the journal '%s'", j->path);
	if (flock(j->fd, LOCK_EX | LOCK_NB) < 0) {
		*ret_owned = true;
		return 0;
	}
	if (access(j->path, F_OK) < 0)
		return 0;
	r = file_read_fd(j->fd, j->path, &b, err);
	if (r < 0)
		return r;
	if (is_stillborn(&b)) {
		unlink(j->path);
		return 0;
	}
	r = journal_parse(buf_str(&b), b.n, j, &e);
	if (r < 0)
		return error_set(err, ERROR_CORRUPT,
			"'%s' cannot be read (%s): find out by hand what it "
			"left undone, then move it away", j->path, e.text);
	if (b.p[b.n - 1] != '\n') /* what we append must not join it */
		return ftruncate(j->fd, (off_t)((char *)memrchr(b.p, '\n',
			b.n) - (char *)b.p) + 1) < 0 ? error_errno(err,
			ERROR_FAILED, errno, "cannot mend '%s'", j->path) : 1;
	return 1;
}

static bool is_journal_name(const char *name)
{
	char id[ID_LEN];
	size_t n = strlen(name);

	if (n != ID_LEN - 1 + sizeof(SUFFIX) - 1 ||
		strcmp(name + ID_LEN - 1, SUFFIX) != 0)
		return false;
	memcpy(id, name, ID_LEN - 1);
	id[ID_LEN - 1] = '\0';
	return id_is_valid(id);
}

static int append(struct journal_list *list, const char *dir, const char *name,
	struct error *err)
{
	struct journal *grown, j = { .fd = -1 };
	bool owned = false;
	int r;

	j.path = text_format("%s/%s", dir, name);
	r = j.path ? open_one(&j, &owned, err) : error_memory(err);
	if (r <= 0) {
		journal_done(&j);
		list->owned_by_others += owned;
		return r;
	}
	grown = reallocarray(list->p, list->n + 1, sizeof(*grown));
	if (!grown) {
		journal_done(&j);
		return error_memory(err);
	}
	list->p = grown;
	list->p[list->n++] = j;
	return 0;
}

int journal_open_all(struct journal_list *ret, const char *registry_path,
	struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(registry_path);
	struct journal_list list = { NULL, 0, 0 };
	struct dirent *e;
	DIR *d;
	int r = 0;

	if (!dir)
		return error_memory(err);
	d = opendir(dir);
	if (!d && errno != ENOENT)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot read '%s'", dir);
	while (d && r == 0 && (e = readdir(d)))
		if (is_journal_name(e->d_name))
			r = append(&list, dir, e->d_name, err);
	if (d)
		closedir(d);
	if (r < 0)
		journal_list_done(&list);
	else
		*ret = list;
	return r;
}
