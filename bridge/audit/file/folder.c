/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of reports. */
#include "bridge/audit/file/folder.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void audit_folder_done(struct audit_folder *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->paths[i]);
	free_p(&f->paths);
	f->n = 0;
}

static bool is_of_kind(const char *path, mode_t kind)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

static int folder_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is gone by now, or cannot be looked at, is opened all the same, so that
 * it is said. */
static bool may_be_report(const char *path, const char *name)
{
	struct stat st;

	return name[0] != '.' && (stat(path, &st) < 0 || S_ISREG(st.st_mode));
}

static int folder_add(struct audit_folder *f, const char *path,
	const char *name, struct error *err)
{
	char *whole = text_format("%s%s%s", path,
		path[strlen(path) - 1] == '/' ? "" : "/", name);
	char **grown;

	if (whole && !may_be_report(whole, name)) {
		free(whole);
		return 0;
	}
	grown = whole ? reallocarray(f->paths, f->n + 1, sizeof(*grown)) : NULL;
	if (!grown) {
		free(whole);
		return error_memory(err);
	}
	f->paths = grown;
	f->paths[f->n++] = whole;
	return 0;
}

int audit_folder_list(struct audit_folder *ret, const char *path,
	struct error *err)
{
	CLEANUP(audit_folder_done) struct audit_folder f = { NULL, 0 };
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (!is_of_kind(path, S_IFDIR))
		return 0;
	dir = opendir(path);
	if (!dir)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot read '%s'", path);
	while (r >= 0 && (entry = readdir(dir)) != NULL)
		r = folder_add(&f, path, entry->d_name, err);
	closedir(dir);
	if (r < 0)
		return r;
	if (f.n > 0)
		qsort(f.paths, f.n, sizeof(*f.paths), folder_order);
	*ret = f;
	f = (struct audit_folder){ NULL, 0 };
	return 1;
}
