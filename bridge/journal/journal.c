/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of sequences. */
#include "bridge/journal/journal.h"

#include "base/deadline.h"
#include "base/file.h"
#include "base/paths.h"
#include "base/text.h"
#include "bridge/journal/line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* One that was resumed again and again by a version that only appended is still
 * read; what is written now stays far below. */
#define FILE_MAX (8u << 20)
#define FILE_LONG 16384
#define SUFFIX ".journal"
#define NEW ".new" /* behind that, while a file is replaced */
/* Who only looks has the lock for a moment. */
#define LOCK_TRIES 5
#define LOCK_PAUSE_MS 10

char *journal_directory(const char *registry_path)
{
	if (strcmp(registry_path, PATH_REGISTRY) == 0)
		return strdup(PATH_STATE "/journal");
	return text_format("%s.journal", registry_path);
}

/* Owned; NULL: no memory. */
static char *line_of(const struct journal *j)
{
	json_t *o = journal_line(j);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	char *line = text ? text_format("%s\n", text) : NULL;

	free(text);
	json_decref(o);
	return line;
}

static int write_synced(int fd, const char *line, const char *path,
	struct error *err)
{
	int r = file_write_fd(fd, line, strlen(line), path, err);

	if (r == 0 && fsync(fd) < 0)
		r = error_errno(err, ERROR_FAILED, errno, "cannot sync '%s'",
			path);
	return r;
}

static int append_line(struct journal *j, const char *line, off_t before,
	struct error *err)
{
	int r = write_synced(j->fd, line, j->path, err);

	/* half a line would make the next one part of it */
	if (r < 0 && before >= 0)
		(void)!ftruncate(j->fd, before);
	return r;
}

/*
 * The last line counts, so a new file of this one alone says the same. It is
 * locked before it takes the name: who opens the name finds it owned, and who
 * has the old file open finds that it has no name any more.
 */
static int replace_file(struct journal *j, const char *line, struct error *err)
{
	CLEANUP(free_p) char *made = text_format("%s" NEW, j->path);
	int fd, r;

	if (!made)
		return error_memory(err);
	fd = open(made, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW |
		O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = error_errno(err, ERROR_FAILED, errno, "cannot make '%s'",
			made);
	else
		r = write_synced(fd, line, made, err);
	if (r == 0 && rename(made, j->path) < 0)
		r = error_errno(err, ERROR_FAILED, errno,
			"cannot replace '%s'", j->path);
	if (r < 0) {
		close_p(&fd);
		unlink(made);
		return r;
	}
	close_p(&j->fd);
	j->fd = fd;
	return file_sync_dir_of(j->path, err);
}

static int write_line(struct journal *j, struct error *err)
{
	CLEANUP(free_p) char *line = line_of(j);
	off_t before = lseek(j->fd, 0, SEEK_END);

	if (!line)
		return error_memory(err);
	return before > FILE_LONG ? replace_file(j, line, err) :
		append_line(j, line, before, err);
}

/* ---- files ---- */

int journal_begin(struct journal *j, const char *registry_path,
	const struct journal_facts *facts, struct error *err)
{
	CLEANUP(free_p) char *dir = journal_directory(registry_path);
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
		return error_access(err, errno,
			"cannot make the journal '%s'", j->path);
	/* another run may have taken the empty file for a stillborn one */
	if (fstat(j->fd, &st) < 0 || st.st_nlink == 0)
		return error_set(err, ERROR_FAILED,
			"the journal '%s' was removed by another run: try "
			"again", j->path);
	if (!j->begun)
		j->begun = time(NULL);
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
	j->cause[0] = j->remedy[0] = '\0';
	return write_line(j, err);
}

int journal_stuck(struct journal *j, const struct error *why,
	const char *remedy, struct error *err)
{
	if (!remedy)
		remedy = "";
	if (strcmp(why->text, j->cause) == 0 && strcmp(remedy, j->remedy) == 0)
		return 0;
	memcpy(j->cause, why->text, sizeof(j->cause));
	snprintf(j->remedy, sizeof(j->remedy), "%s", remedy);
	return write_line(j, err);
}

int journal_end(struct journal *j, struct error *err)
{
	CLEANUP(free_p) char *half = text_format("%s" NEW, j->path);

	if (half) /* of a run that was killed while it replaced the file */
		unlink(half);
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

/* Whether the open file is the one that has the name now. */
static bool has_the_name(const struct journal *j)
{
	struct stat ours, there;

	return fstat(j->fd, &ours) == 0 && stat(j->path, &there) == 0 &&
		ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* 1: open, 0: finished since we read the directory */
static int open_file(struct journal *j, int flags, struct error *err)
{
	j->fd = open(j->path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (j->fd >= 0)
		return 1;
	return errno == ENOENT ? 0 : error_errno(err, ERROR_PERMISSION, errno,
		"cannot open the journal '%s'", j->path);
}

static int parse_file(struct journal *j, struct buf *b, struct error *err)
{
	struct error e;

	if (journal_parse(buf_str(b), b->n, j, &e) == 0)
		return 1;
	return error_set(err, ERROR_CORRUPT,
		"'%s' cannot be read (%s): find out by hand what it "
		"left undone, then move it away", j->path, e.text);
}

/* What we append must not join half a line. */
static int mend(struct journal *j, const struct buf *b, struct error *err)
{
	const unsigned char *end = memrchr(b->p, '\n', b->n);

	if (b->p[b->n - 1] == '\n' ||
		ftruncate(j->fd, (off_t)(end - b->p) + 1) == 0)
		return 1;
	return error_errno(err, ERROR_FAILED, errno, "cannot mend '%s'",
		j->path);
}

static bool lock(const struct journal *j)
{
	int tries;

	for (tries = 1; flock(j->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (tries == LOCK_TRIES)
			return false;
		deadline_sleep(deadline_in(LOCK_PAUSE_MS), -1);
	}
	return true;
}

/* 1: opened, 0: passed over */
static int open_one(struct journal *j, bool *ret_owned, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	r = open_file(j, O_RDWR | O_APPEND, err);
	if (r <= 0)
		return r;
	if (!lock(j)) {
		*ret_owned = true;
		return 0;
	}
	/* finished, or replaced by who owned it until now */
	if (!has_the_name(j))
		return 0;
	r = file_read_fd(j->fd, j->path, &b, err);
	if (r < 0)
		return r;
	if (is_stillborn(&b)) {
		unlink(j->path);
		return 0;
	}
	r = parse_file(j, &b, err);
	return r < 0 ? r : mend(j, &b, err);
}

/* 1: read, 0: passed over */
static int see_one(struct journal *j, bool *ret_owned, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	r = open_file(j, O_RDONLY, err);
	if (r <= 0)
		return r;
	*ret_owned = flock(j->fd, LOCK_SH | LOCK_NB) < 0;
	flock(j->fd, LOCK_UN);
	r = file_read_fd(j->fd, j->path, &b, err);
	close_p(&j->fd);
	if (r < 0)
		return r;
	return is_stillborn(&b) ? 0 : parse_file(j, &b, err);
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

typedef int read_one_fn(struct journal *j, bool *ret_owned, struct error *err);
typedef int take_fn(void *list, struct journal *j, bool owned,
	struct error *err);

/* What goes through the journals of a registry, one after the other. */
struct walk {
	read_one_fn *read;
	take_fn *take; /* takes the journal over */
	void *list;
};

static int walk_one(const struct walk *w, const char *dir, const char *name,
	struct error *err)
{
	struct journal j = { .fd = -1 };
	bool owned = false;
	int r;

	j.path = text_format("%s/%s", dir, name);
	r = j.path ? w->read(&j, &owned, err) : error_memory(err);
	if (r > 0)
		return w->take(w->list, &j, owned, err);
	if (r == 0 && owned)
		r = w->take(w->list, NULL, owned, err);
	journal_done(&j);
	return r;
}

/* One that cannot be read keeps nobody from the others. */
static int walk_all(const struct walk *w, const char *registry_path,
	struct error *ret_unread, struct error *err)
{
	CLEANUP(free_p) char *dir = journal_directory(registry_path);
	struct error e;
	struct dirent *entry;
	DIR *d;

	if (!dir)
		return error_memory(err);
	d = opendir(dir);
	if (!d && errno != ENOENT)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot read '%s'", dir);
	while (d && (entry = readdir(d)))
		if (is_journal_name(entry->d_name) &&
			walk_one(w, dir, entry->d_name, &e) < 0 &&
			!ret_unread->code)
			*ret_unread = e;
	if (d)
		closedir(d);
	return 0;
}

static int take_opened(void *data, struct journal *j, bool owned,
	struct error *err)
{
	struct journal_list *list = data;
	struct journal *grown;

	list->owned_by_others += owned;
	if (!j)
		return 0;
	grown = reallocarray(list->p, list->n + 1, sizeof(*grown));
	if (!grown) {
		journal_done(j);
		return error_memory(err);
	}
	list->p = grown;
	list->p[list->n++] = *j;
	return 0;
}

int journal_open_sound(struct journal_list *ret, const char *registry_path,
	struct error *err)
{
	struct journal_list list = { .p = NULL };
	const struct walk w = { open_one, take_opened, &list };
	int r = walk_all(&w, registry_path, &list.unread, err);

	if (r < 0)
		journal_list_done(&list);
	else
		*ret = list;
	return r;
}

int journal_open_all(struct journal_list *ret, const char *registry_path,
	struct error *err)
{
	struct journal_list list;
	int r = journal_open_sound(&list, registry_path, err);

	if (r == 0 && list.unread.code) {
		r = error_copy(err, &list.unread);
		journal_list_done(&list);
	}
	if (r == 0)
		*ret = list;
	return r;
}

static int take_seen(void *data, struct journal *j, bool owned,
	struct error *err)
{
	struct journal_sights *list = data;
	struct journal_seen *grown;

	if (!j)
		return 0;
	grown = reallocarray(list->p, list->n + 1, sizeof(*grown));
	if (!grown) {
		journal_done(j);
		return error_memory(err);
	}
	list->p = grown;
	list->p[list->n++] = (struct journal_seen){ *j, owned };
	return 0;
}

int journal_see_all(struct journal_sights *ret, const char *registry_path,
	struct error *err)
{
	struct journal_sights list = { .p = NULL };
	const struct walk w = { see_one, take_seen, &list };
	int r = walk_all(&w, registry_path, &list.unread, err);

	if (r < 0)
		journal_sights_done(&list);
	else
		*ret = list;
	return r;
}

void journal_sights_done(struct journal_sights *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		journal_done(&list->p[i].journal);
	free(list->p);
	list->p = NULL;
	list->n = 0;
}
