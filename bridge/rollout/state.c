/* SPDX-License-Identifier: Apache-2.0 */
/* How far a rollout is. */
#include "bridge/rollout/state.h"

#include "base/deadline.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/journal/journal.h"
#include "bridge/rollout/state-line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_MAX (64u << 20)
#define SUFFIX ".rollout"
/* Whoever opens a state holds this one for a moment. */
#define ENTRY "rollout.lock"
#define ENTRY_MS 5000
#define ENTRY_STEP_MS 20

void state_done(struct rollout_state *s)
{
	close_p(&s->fd);
	free(s->path);
	free(s->rows);
	s->path = NULL;
	s->rows = NULL;
	s->n = 0;
}

size_t state_count(const struct rollout_state *s, enum row_state which)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->rows[i].state == which;
	return n;
}

/* ---- where it may lie ---- */

/* statfs(2), linux/magic.h; FUSE carries those of networks too. */
static const struct {
	long type;
	const char *name;
} networks[] = {
	{ 0x6969, "NFS" },
	{ 0x517b, "SMB" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },
	{ 0x5346414f, "AFS" },
	{ 0x6b414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x564c, "NCP" },
	{ 0x00c36400, "Ceph" },
	{ 0x01021997, "9P" },
	{ 0x0bd00bd0, "Lustre" },
	{ 0x01161970, "GFS2" },
	{ 0x7461636f, "OCFS2" },
	{ 0x65735546, "FUSE, which may be a network's" },
};

bool state_is_network(long type, const char **ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(networks); i++)
		if ((uint32_t)networks[i].type == (uint32_t)type) {
			*ret = networks[i].name;
			return true;
		}
	return false;
}

static int check_place(const char *path, struct error *err)
{
	struct statfs fs;
	const char *name;

	if (statfs(path, &fs) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot see which file system '%s' is on", path);
	if (!state_is_network((long)fs.f_type, &name))
		return 0;
	return error_set(err, ERROR_REFUSED,
		"the registry '%s' is on a file system of a network (%s), "
		"whose locks do not keep two machines apart: a rollout needs "
		"one on this machine's own disk", path, name);
}

/* ---- writing ---- */

static int state_append(struct rollout_state *s, json_t *line,
	struct error *err)
{
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	CLEANUP(free_p) char *whole = text ? text_format("%s\n", text) : NULL;
	off_t before = lseek(s->fd, 0, SEEK_END);
	int r;

	free(text);
	json_decref(line);
	if (!whole)
		return error_memory(err);
	r = file_write_fd(s->fd, whole, strlen(whole), s->path, err);
	if (r == 0 && fsync(s->fd) < 0)
		r = error_errno(err, ERROR_FAILED, errno, "cannot sync '%s'",
			s->path);
	/* half a line would make the next one part of it */
	if (r < 0 && before >= 0)
		(void)!ftruncate(s->fd, before);
	return r;
}

int state_write(struct rollout_state *s, size_t i, struct error *err)
{
	s->rows[i].when = time(NULL);
	return state_append(s, state_row_line(i, &s->rows[i]), err);
}

int state_write_checked(struct rollout_state *s, struct error *err)
{
	return state_append(s, state_checked_line(s->checked), err);
}

/* ---- finding it ---- */

/* What a state is looked for by, and what was found. */
struct search {
	const struct plan *plan;
	char *plan_path;  /* owned, absolute */
	const char *dir;
	struct state_file file;
	char *path;       /* owned; NULL: none found */
	bool by_path;
};

static void search_done(struct search *s)
{
	free(s->plan_path);
	free(s->path);
	state_file_done(&s->file);
}

/* Whether the plan begins with the very rows of the state. */
static int is_of_plan(const struct plan *plan, const struct state_file *f,
	bool *ret, struct error *err)
{
	char digest[65];
	int r = 0;

	*ret = false;
	if (f->n > plan->n)
		return 0;
	r = plan_digest(plan, f->n, digest, err);
	*ret = r == 0 && strcmp(digest, f->digest) == 0;
	return r;
}

static int state_read_file(const char *path, struct state_file *ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	struct error e;
	int r;

	buf_init(&b, FILE_MAX);
	r = file_read(path, FILE_TRUSTED, &b, &absent, err);
	if (r < 0 || absent || !memchr(buf_str(&b), '\n', b.n))
		return r < 0 ? r : 1; /* gone, or stillborn */
	r = state_parse(buf_str(&b), b.n, ret, &e);
	if (r < 0)
		return error_set(err, ERROR_CORRUPT,
			"'%s' cannot be read (%s): find out by hand what was "
			"done (`tokenbridge registry show`), then move it "
			"away", path, e.text);
	return 0;
}

/* Takes the file over where it is the one. */
static int search_in(struct search *s, const char *path, struct error *err)
{
	CLEANUP(state_file_done) struct state_file f = { .n = 0 };
	bool same, by_path;
	int r = state_read_file(path, &f, err);

	if (r != 0)
		return r < 0 ? r : 0;
	by_path = strcmp(f.plan, s->plan_path) == 0;
	r = is_of_plan(s->plan, &f, &same, err);
	/* under another name it is the same plan only as a whole: the first
	   part of a plan is a plan of its own */
	if (r < 0 || (!by_path && (!same || f.n != s->plan->n)))
		return r;
	if (!same)
		return error_set(err, ERROR_REFUSED,
			"the plan '%s' was changed since its rollout began: "
			"only rows behind line %zu may be appended; put it "
			"back, or give the new one another name (its users "
			"may have keys from '%s')", s->plan_path,
			f.n ? s->plan->rows[f.n <= s->plan->n ? f.n - 1 :
				s->plan->n - 1].line : 1, path);
	if (s->path && s->by_path)
		return 0;
	free(s->path);
	state_file_done(&s->file);
	s->path = strdup(path);
	s->by_path = by_path;
	s->file = f;
	memset(&f, 0, sizeof(f));
	return s->path ? 0 : error_memory(err);
}

static bool is_state_name(const char *name)
{
	char id[ID_LEN];
	size_t n = strlen(name);

	if (n != ID_LEN - 1 + strlen(SUFFIX) ||
		strcmp(name + ID_LEN - 1, SUFFIX) != 0)
		return false;
	memcpy(id, name, ID_LEN - 1);
	id[ID_LEN - 1] = '\0';
	return id_is_valid(id);
}

static int search_all(struct search *s, struct error *err)
{
	struct dirent *entry;
	DIR *d = opendir(s->dir);
	int r = 0;

	if (!d && errno != ENOENT)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot read '%s'", s->dir);
	while (d && r == 0 && (entry = readdir(d))) {
		CLEANUP(free_p) char *path = NULL;

		if (!is_state_name(entry->d_name))
			continue;
		path = text_format("%s/%s", s->dir, entry->d_name);
		r = path ? search_in(s, path, err) : error_memory(err);
	}
	if (d)
		closedir(d);
	return r;
}

/* ---- opening ---- */

static int take_rows(struct rollout_state *s, struct state_file *f, size_t n,
	struct error *err)
{
	s->rows = calloc(n, sizeof(*s->rows));
	if (!s->rows)
		return error_memory(err);
	if (f->n > 0)
		memcpy(s->rows, f->rows, f->n * sizeof(*s->rows));
	s->n = n;
	s->last = f->has_last ? f->last : n;
	s->checked = f->checked;
	memcpy(s->id, f->id, sizeof(s->id));
	return 0;
}

static int state_lock(struct rollout_state *s, int flags, struct error *err)
{
	s->fd = open(s->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
		flags, 0600);
	if (s->fd < 0)
		return error_access(err, errno, "cannot open '%s'", s->path);
	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, ERROR_BUSY,
			"another process works on this plan ('%s'): let that "
			"one end, or give this place a plan of its own "
			"(--split)", s->path);
	return 0;
}

/* A line that a crash cut off must not be joined. */
static int state_mend(struct rollout_state *s, struct error *err)
{
	off_t end = lseek(s->fd, 0, SEEK_END);
	char c = '\0';

	while (end > 0 && pread(s->fd, &c, 1, end - 1) == 1 && c != '\n')
		end--;
	if (ftruncate(s->fd, end) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot mend '%s'", s->path);
	return 0;
}

static int state_write_plan(struct rollout_state *s, const struct search *q,
	struct error *err)
{
	char digest[65];
	int r = plan_digest(q->plan, q->plan->n, digest, err);

	return r < 0 ? r : state_append(s, state_plan_line(s->id,
		q->plan_path, q->plan->n, digest), err);
}

static int state_begin(struct rollout_state *s, const struct search *q,
	struct error *err)
{
	struct state_file none = { .n = 0 };
	int r = id_new(none.id, err);

	if (r == 0)
		r = take_rows(s, &none, q->plan->n, err);
	if (r < 0)
		return r;
	s->path = text_format("%s/%s" SUFFIX, q->dir, s->id);
	if (!s->path)
		return error_memory(err);
	r = state_lock(s, O_CREAT | O_EXCL, err);
	if (r == 0)
		r = state_write_plan(s, q, err);
	if (r == 0)
		r = file_sync_dir_of(s->path, err);
	if (r < 0 && s->fd >= 0)
		unlink(s->path);
	return r;
}

/* Locked first and read then: who had it may just have written. */
static int state_resume(struct rollout_state *s, struct search *q,
	struct error *err)
{
	CLEANUP(state_file_done) struct state_file f = { .n = 0 };
	bool same = false;
	int r;

	s->path = steal(&q->path);
	r = state_lock(s, 0, err);
	if (r == 0)
		r = state_mend(s, err);
	if (r == 0)
		r = state_read_file(s->path, &f, err);
	if (r > 0)
		r = error_set(err, ERROR_CORRUPT, "'%s' is gone", s->path);
	if (r == 0)
		r = is_of_plan(q->plan, &f, &same, err);
	if (r == 0 && !same)
		r = error_set(err, ERROR_BUSY,
			"another process has changed '%s': try again",
			s->path);
	if (r == 0)
		r = take_rows(s, &f, q->plan->n, err);
	if (r < 0 || (f.n == s->n && q->by_path))
		return r;
	if (f.n < s->n)
		s->checked = 0;
	return state_write_plan(s, q, err);
}

static int lock_entry(const char *dir, int *ret, struct error *err)
{
	CLEANUP(free_p) char *path = text_format("%s/" ENTRY, dir);
	deadline_t until = deadline_in(ENTRY_MS);
	int r;

	if (!path)
		return error_memory(err);
	for (;;) {
		r = file_lock(path, ret, err);
		if (r != -ERROR_BUSY || deadline_passed(until))
			return r;
		deadline_sleep(deadline_in(ENTRY_STEP_MS), -1);
	}
}

static int state_find(struct rollout_state *s, struct search *q,
	enum state_mode mode, struct error *err)
{
	CLEANUP(close_p) int entry = -1;
	int r = 0;

	if (mode == STATE_WORK)
		r = file_make_dirs(q->dir, 0700, err);
	if (r == 0 && mode == STATE_WORK)
		r = lock_entry(q->dir, &entry, err);
	if (r == 0)
		r = search_all(q, err);
	if (r < 0)
		return r;
	if (mode == STATE_LOOK)
		return take_rows(s, &q->file, q->plan->n, err);
	return q->path ? state_resume(s, q, err) : state_begin(s, q, err);
}

int state_open(struct rollout_state *ret, const char *registry_path,
	const char *plan_path, const struct plan *plan, enum state_mode mode,
	struct error *err)
{
	CLEANUP(free_p) char *dir = journal_directory(registry_path);
	CLEANUP(search_done) struct search q = { .plan = plan, .dir = dir };
	struct rollout_state s = { .fd = -1 };
	int r;

	q.plan_path = realpath(plan_path, NULL);
	if (!dir)
		return error_memory(err);
	if (!q.plan_path)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot find '%s'", plan_path);
	r = check_place(registry_path, err);
	if (r == 0)
		r = state_find(&s, &q, mode, err);
	if (r < 0)
		state_done(&s);
	else
		*ret = s;
	return r;
}
