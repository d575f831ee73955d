/* SPDX-License-Identifier: Apache-2.0 */
/* Backup: a consistent copy of the whole file, as a new file. */
#include "bridge/registry/sqlite/repair/backup.h"

#include "bridge/registry/care.h"
#include "bridge/registry/sqlite/file/connect.h"
#include "bridge/registry/sqlite/file/scratch.h"

/* The source stays locked for reading, so one step copies one state. */
int backup_into(struct registry *reg, const char *scratch, struct error *err)
{
	CLEANUP(registry_free) struct registry *to = NULL;
	sqlite3_backup *copy;
	int r, rc;

	r = store_connect(&to, scratch, REGISTRY_WRITE, SQLITE_OPEN_READWRITE,
		err);
	if (r < 0)
		return r;
	copy = sqlite3_backup_init(to->db, "main", reg->db, "main");
	if (!copy)
		return store_error(to, sqlite3_errcode(to->db), "write", err);
	sqlite3_backup_step(copy, -1);
	rc = sqlite3_backup_finish(copy);
	/* which of the two failed is not told apart */
	return rc == SQLITE_OK ? 0 : store_error(to, rc, "copy", err);
}

/* Opens the copy as anybody would. */
static int backup_check(struct registry *reg, const char *scratch,
	const struct registry_head *before, struct error *err)
{
	CLEANUP(registry_free) struct registry *copy = NULL;
	struct registry_head head;
	int r;

	r = registry_open(&copy, scratch, REGISTRY_READ, NULL, err);
	if (r == 0)
		r = registry_head(copy, &head, err);
	if (r == 0 && head.seq < before->seq)
		return store_corrupt(reg, err, "its copy ends at event %llu",
			(unsigned long long)head.seq);
	return r;
}

int registry_backup(struct registry *reg, const char *path, struct error *err)
{
	CLEANUP(scratch_done) struct scratch scratch = SCRATCH_INIT;
	struct registry_head head;
	int r;

	r = registry_head(reg, &head, err);
	if (r == 0)
		r = scratch_make(&scratch, path, err);
	if (r == 0)
		r = backup_into(reg, scratch.path, err);
	if (r == 0)
		r = backup_check(reg, scratch.path, &head, err);
	return r < 0 ? r : scratch_publish(&scratch, path, err);
}
