/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's files, each read once. */
#include "bridge/doctor/pam-folder.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/login/pam/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SYSTEM_FILE "/etc/pam.conf"

/* /dev/null, by which a file is masked */
#define MEMORY_MAJOR 1
#define NULL_MINOR 3

/* One file that was looked for. */
struct pam_loaded {
	char *path;           /* owned */
	bool there;
	struct pam_file file;
};

void pam_folder_free(struct pam_folder **folder)
{
	struct pam_folder *d = *folder;
	size_t i;

	for (i = 0; d && i < d->n; i++) {
		pam_file_done(&d->list[i]->file);
		free(d->list[i]->path);
		free(d->list[i]);
	}
	if (d) {
		free(d->list);
		free(d->path);
	}
	free(d);
	*folder = NULL;
}

/* ---- files ---- */

/* libpam opens it, and finds no line in it. */
static bool is_void(const struct stat *st)
{
	return S_ISDIR(st->st_mode) || (S_ISCHR(st->st_mode) &&
		st->st_rdev == makedev(MEMORY_MAJOR, NULL_MINOR));
}

static int folder_read(struct pam_folder *d, struct pam_loaded *l,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct stat st;
	bool absent;
	int r;

	buf_init(&b, PAM_FILE_MAX);
	if (stat(l->path, &st) == 0 && !S_ISREG(st.st_mode)) {
		l->there = is_void(&st);
		return l->there ? 0 : error_set(err, ERROR_FAILED,
			"it is neither a file nor a folder, and libpam may "
			"wait for it for ever");
	}
	r = file_read(l->path, FILE_ANY, &b, &absent, err);
	if (r == 0 && !absent)
		r = pam_file_parse(b.p, b.n, d->is_file &&
			strcmp(l->path, d->path) == 0, &l->file, err);
	l->there = r == 0 && !absent;
	return r;
}

static struct pam_loaded *folder_add(struct pam_folder *d, const char *path)
{
	struct pam_loaded **grown, *l = calloc(1, sizeof(*l));
	struct error e;

	grown = reallocarray(d->list, d->n + 1, sizeof(struct pam_loaded *));
	if (grown)
		d->list = grown;
	if (!l || !grown || !(l->path = strdup(path))) {
		free(l);
		d->f->failed = true;
		return NULL;
	}
	if (folder_read(d, l, &e) < 0)
		findings_add(d->f, FINDING_UNKNOWN, "pam-file", path,
			e.code == ERROR_PERMISSION ? "run as root" : NULL,
			"%s", e.text);
	d->list[d->n++] = l;
	return l;
}

static struct pam_loaded *folder_load(struct pam_folder *d, const char *path)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->list[i]->path, path) == 0)
			return d->list[i];
	return folder_add(d, path);
}

/* PAM goes on to the next folder, whatever keeps it from opening a file. */
static bool can_be_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || errno == EACCES;
}

/* The first of the vendor's that is there, owned by the caller; NULL: none. */
static char *vendor_path(const char *name)
{
	size_t i;

	for (i = 1; i < PAM_FOLDERS; i++) {
		CLEANUP(free_p) char *path = text_format("%s/%s",
			pam_folders[i], name);

		if (path && can_be_there(path))
			return steal(&path);
	}
	return NULL;
}

/* Some versions of libpam look for what is included in the system's folder
 * only. */
static struct pam_loaded *load_vendors(struct pam_folder *d, const char *name)
{
	CLEANUP(free_p) char *path = vendor_path(name);

	if (!path)
		return NULL;
	if (!findings_have(d->f, "pam-file", path))
		findings_add(d->f, FINDING_UNKNOWN, "pam-file", path,
			"copy it to /etc/pam.d",
			"it is included, and libpam 1.5 does not look for it "
			"here: there the line that includes it fails");
	return folder_load(d, path);
}

/* Names that do not begin at the root lie in the folder. */
const struct pam_file *pam_folder_get(const char *name, void *arg,
	const char **ret_name)
{
	struct pam_folder *d = arg;
	CLEANUP(free_p) char *path = NULL;
	struct pam_loaded *l, *vendors = NULL;

	path = name[0] == '/' ? strdup(name) : text_format("%s/%s",
		d->is_file ? pam_folders[0] : d->path, name);
	d->f->failed |= !path;
	l = path ? folder_load(d, path) : NULL;
	if (l && d->is_system && name[0] != '/' && !can_be_there(path))
		vendors = load_vendors(d, name);
	if (vendors)
		l = vendors;
	if (l)
		*ret_name = l->path;
	return l && l->there ? &l->file : NULL;
}

char *pam_folder_service(const struct pam_folder *d, const char *name)
{
	CLEANUP(free_p) char *path = NULL;
	char *vendors;

	if (d->is_file)
		return strdup(d->path);
	path = text_format("%s/%s", d->path, name);
	if (path && d->is_system && !can_be_there(path)) {
		vendors = vendor_path(name);
		if (vendors)
			return vendors;
	}
	return steal(&path);
}

const struct pam_file *pam_folder_file(struct pam_folder *folder)
{
	const struct pam_loaded *l = folder_load(folder, folder->path);

	return l && l->there ? &l->file : NULL;
}

static bool has_folder(void)
{
	struct stat st;
	size_t i;

	for (i = 0; i < PAM_FOLDERS; i++)
		if (stat(pam_folders[i], &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	return false;
}

int pam_folder_open(struct pam_folder **ret, const char *dir,
	struct findings *f, struct error *err)
{
	CLEANUP(pam_folder_free) struct pam_folder *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return error_memory(err);
	d->f = f;
	d->is_file = !dir && !has_folder();
	if (!dir)
		dir = d->is_file ? SYSTEM_FILE : pam_folders[0];
	d->is_system = strcmp(dir, pam_folders[0]) == 0;
	/* a path from the root is not looked for in the folder again */
	r = file_absolute(dir, &d->path, err);
	if (r < 0)
		return r;
	*ret = steal(&d);
	return 0;
}
