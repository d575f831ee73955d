/* SPDX-License-Identifier: Apache-2.0 */
/* The file of an account's progress: who has it, and what is in it. */
#include "bridge/root/progress.h"

#include "base/file.h"
#include "base/paths.h"
#include "bridge/journal/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Where the journals are, under an ending that is none of theirs. */
static char *path_of(const char *registry_path, const char *account,
	const char *ending)
{
	if (strcmp(registry_path, PATH_REGISTRY) == 0)
		return text_format(PATH_STATE "/journal/%s%s", account,
			ending);
	return text_format("%s.journal/%s%s", registry_path, account, ending);
}

static int make_folder(const char *path, struct error *err)
{
	CLEANUP(free_p) char *folder = strndup(path,
		(size_t)(strrchr(path, '/') - path));

	return folder ? file_make_dirs(folder, 0700, err) : error_memory(err);
}

static int read_progress(const char *path, struct root_progress *ret,
	bool *ret_found, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	struct error why;
	int r;

	buf_init(&b, ROOT_PROGRESS_MAX);
	r = file_read(path, FILE_PRIVATE, &b, &absent, err);
	*ret_found = r == 0 && !absent;
	if (r < 0 || absent)
		return r < 0 ? r : 0;
	r = root_progress_parse((const char *)b.p, b.n, ret, &why);
	return r == 0 ? 0 : error_set(err, ERROR_CORRUPT,
		"'%s': %s; move it away to begin anew", path, why.text);
}

int root_place_open(struct root_place *place, const char *registry_path,
	const char *account, struct root_progress *ret, bool *ret_found,
	struct error *err)
{
	CLEANUP(free_p) char *lock = path_of(registry_path, account,
		".root.lock");
	struct error e;
	int r;

	place->lock = -1;
	place->path = path_of(registry_path, account, ".root");
	if (!place->path || !lock)
		return error_memory(err);
	r = make_folder(place->path, err);
	if (r < 0)
		return r;
	r = file_lock(lock, &place->lock, &e);
	if (r == -ERROR_BUSY)
		return error_set(err, ERROR_BUSY, "another run leads through "
			"the set-up of root in account %s: wait for it",
			account);
	return r < 0 ? error_copy(err, &e) :
		read_progress(place->path, ret, ret_found, err);
}

int root_place_clear(const struct root_place *place, struct error *err)
{
	if (unlink(place->path) < 0 && errno != ENOENT)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot remove '%s'", place->path);
	return file_sync_dir_of(place->path, err);
}

void root_place_done(struct root_place *place)
{
	close_p(&place->lock);
	free_p(&place->path);
}

/* ---- looking on ---- */

void root_sights_done(struct root_sights *list)
{
	free(list->p);
	*list = (struct root_sights){ .p = NULL };
}

/* "123456789012.root" */
static bool is_progress(const char *name)
{
	return strspn(name, "0123456789") == ARN_ACCOUNT_LEN &&
		strcmp(name + ARN_ACCOUNT_LEN, ".root") == 0;
}

/* The lock's file is not made for that. */
static bool is_running(const char *path)
{
	CLEANUP(free_p) char *lock = text_format("%s.lock", path);
	int fd = lock ? open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	bool taken;

	if (fd < 0)
		return false;
	taken = flock(fd, LOCK_SH | LOCK_NB) < 0;
	close(fd);
	return taken;
}

static int see_place(struct root_sights *list, const char *folder,
	const char *name, struct error *err)
{
	CLEANUP(free_p) char *path = text_format("%s/%s", folder, name);
	struct root_seen seen, *p;
	struct error why;
	bool found;
	int r;

	if (!path)
		return error_memory(err);
	r = read_progress(path, &seen.progress, &found, &why);
	if (r < 0) {
		list->unread = why;
		return 0;
	}
	if (!found)
		return 0;
	p = realloc(list->p, (list->n + 1) * sizeof(*p));
	if (!p)
		return error_memory(err);
	list->p = p;
	seen.running = is_running(path);
	list->p[list->n++] = seen;
	return 0;
}

static int by_account(const void *a, const void *b)
{
	const struct root_seen *x = a, *y = b;

	return strcmp(x->progress.account, y->progress.account);
}

int root_see_all(struct root_sights *ret, const char *registry_path,
	struct error *err)
{
	CLEANUP(root_sights_done) struct root_sights list = { .p = NULL };
	CLEANUP(free_p) char *folder = journal_directory(registry_path);
	const struct dirent *entry;
	DIR *dir = folder ? opendir(folder) : NULL;
	int r = 0;

	if (!folder)
		return error_memory(err);
	if (!dir)
		return errno == ENOENT ? 0 : error_errno(err, ERROR_PERMISSION,
			errno, "cannot read '%s'", folder);
	while (r == 0 && (entry = readdir(dir)))
		if (is_progress(entry->d_name))
			r = see_place(&list, folder, entry->d_name, err);
	closedir(dir);
	if (r < 0)
		return r;
	if (list.n > 1)
		qsort(list.p, list.n, sizeof(*list.p), by_account);
	*ret = list;
	list = (struct root_sights){ .p = NULL };
	return 0;
}
