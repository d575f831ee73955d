/* SPDX-License-Identifier: Apache-2.0 */
/* What the imports of mapping files share. */
#include "bridge/local/import-mapping.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES 4194304

const char *mapped_name(enum mapped_what what)
{
	static const char *const names[] = {
		[MAPPED_BOUND] = "bound",
		[MAPPED_CLAIMED] = "claimed",
		[MAPPED_PRESENT] = "present",
	};

	return names[what];
}

void mapped_list_done(struct mapped_list *list)
{
	free(list->p);
	free(list->origin);
	free(list->appid);
	*list = (struct mapped_list){ .p = NULL };
}

int mapped_list_make(struct mapped_list *list, size_t n, struct error *err)
{
	list->p = calloc(n ? n : 1, sizeof(*list->p));
	if (!list->p)
		return error_memory(err);
	list->n = n;
	return 0;
}

int mapping_bad(const struct mapping_request *q, size_t line,
	const struct error *why, struct error *err)
{
	return error_set(err, why->code, "'%s', line %zu: %s", q->path, line,
		why->text);
}

/* Who could write a user's file could say who logs in as that user. */
static int check_mapping_owner(const struct mapping_request *q, int fd,
	struct error *err)
{
	struct local_user user;
	struct stat st;
	int r = local_user_find(q->user, &user, err);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return error_errno(err, ERROR_FAILED, errno, "cannot read '%s'",
			q->path);
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != user.uid)
		return error_set(err, ERROR_PERMISSION,
			"'%s' is neither root's nor %s's own: it is not asked "
			"who may log in as %s", q->path, user.name, user.name);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(err, ERROR_PERMISSION,
			"'%s' may be written by others: look at it, and run "
			"`chmod go-w` on it", q->path);
	return 0;
}

static int mapping_read(const struct mapping_request *q, struct buf *b,
	struct error *err)
{
	CLEANUP(close_p) int fd = -1;
	int r = file_open(q->path, q->user ? FILE_ANY : FILE_TRUSTED, &fd,
		NULL, err);

	if (r == 0 && q->user)
		r = check_mapping_owner(q, fd, err);
	return r < 0 ? r : file_read_fd(fd, q->path, b, err);
}

int mapping_load(const struct mapping_request *q, mapping_load_fn *parse,
	void *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, FILE_MAX_BYTES);
	r = mapping_read(q, &b, err);
	if (r < 0)
		return r;
	r = parse(buf_str(&b), b.n, ret, &e);
	return r < 0 ? error_set(err, e.code, "'%s', %s", q->path, e.text) : 0;
}

int mapping_user(const struct mapping_request *q, size_t line,
	const char *spelled, struct local_user *ret, struct error *err)
{
	struct local_user owner;
	struct error e;
	int r = local_user_find(spelled, ret, &e);

	if (r < 0)
		return mapping_bad(q, line, &e, err);
	if (!q->user)
		return 0;
	r = local_user_find(q->user, &owner, err);
	if (r < 0 || strcmp(owner.name, ret->name) == 0)
		return r;
	error_set(&e, ERROR_REFUSED, "it is of %s, and this is the file of %s, "
		"who alone is spoken of in it", ret->name, owner.name);
	return mapping_bad(q, line, &e, err);
}
