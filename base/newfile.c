/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears whole. */
#include "base/newfile.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct newfile {
	char *path;
	char *temp; /* NULL: there is none, or it has taken its name */
	FILE *stream;
};

void newfile_free(struct newfile **f)
{
	if (!f || !*f)
		return;
	if ((*f)->stream)
		fclose((*f)->stream);
	if ((*f)->temp)
		unlink((*f)->temp);
	free((*f)->temp);
	free((*f)->path);
	free(*f);
	*f = NULL;
}

static int may_replace(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, ERROR_FAILED,
			"'%s' is no regular file, and a new one would take its "
			"place", path);
	return 0;
}

static int open_beside(struct newfile *f, struct error *err)
{
	int fd;
	int r = file_make_beside(f->path, &f->temp, &fd, err);

	if (r < 0)
		return r;
	f->stream = fdopen(fd, "w");
	if (f->stream)
		return 0;
	close(fd);
	return error_memory(err);
}

int newfile_new(struct newfile **ret, const char *path, struct error *err)
{
	CLEANUP(newfile_free) struct newfile *f = calloc(1, sizeof(*f));
	int r = may_replace(path, err);

	if (r < 0)
		return r;
	if (f)
		f->path = strdup(path);
	if (!f || !f->path)
		return error_memory(err);
	r = open_beside(f, err);
	if (r < 0)
		return r;
	*ret = steal(&f);
	return 0;
}

FILE *newfile_stream(struct newfile *f)
{
	return f->stream;
}

static int write_all(struct newfile *f, struct error *err)
{
	bool lost = ferror(f->stream) != 0;

	if (fflush(f->stream) == 0 && !lost &&
		fsync(fileno(f->stream)) == 0)
		return 0;
	return error_errno(err, ERROR_FAILED, errno, "cannot write '%s'",
		f->path);
}

int newfile_publish(struct newfile **p, struct error *err)
{
	CLEANUP(newfile_free) struct newfile *f = steal(p);
	int r = write_all(f, err);

	if (r < 0)
		return r;
	if (rename(f->temp, f->path) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make '%s'", f->path);
	free(f->temp);
	f->temp = NULL;
	return file_sync_dir_of(f->path, err);
}
