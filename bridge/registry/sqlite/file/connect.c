/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SQLite connection, opened carefully. The file may have been damaged or
 * planted: defensive mode, no triggers or views, untrusted schema, every cell's
 * size checked.
 */
#include "bridge/registry/sqlite/file/connect.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	int option;
	int value;
} connect_settings[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
	{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
};

/* secure_delete: an erased name must not be found in a free page */
static const char connect_pragmas[] =
	"PRAGMA synchronous = EXTRA;"
	"PRAGMA cell_size_check = ON;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA secure_delete = ON;";

static int connect_configure(struct registry *reg, struct error *err)
{
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(connect_settings); i++) {
		rc = sqlite3_db_config(reg->db, connect_settings[i].option,
			connect_settings[i].value, NULL);
		if (rc != SQLITE_OK)
			return store_error(reg, rc, "set up", err);
	}
	sqlite3_busy_timeout(reg->db, REGISTRY_WAIT_MS);
	sqlite3_limit(reg->db, SQLITE_LIMIT_LENGTH, 4 * REGISTRY_EVIDENCE_MAX);
	sqlite3_limit(reg->db, SQLITE_LIMIT_ATTACHED, 0);
	return store_script(reg, connect_pragmas, "open", err);
}

/*
 * In write-ahead mode, which nobody of us sets, SQLite folds what lies beside
 * the file into it and deletes that, as soon as it is read: so its first bytes
 * are looked at before (file format, 1.3; an empty file has none). Of a file that
 * is something else they say nothing.
 */
static int connect_check_mode(struct registry *reg, struct error *err)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char head[20] = { 0 };
	sqlite3_file *file = NULL;
	int rc;

	rc = sqlite3_file_control(reg->db, "main", SQLITE_FCNTL_FILE_POINTER,
		&file);
	if (rc != SQLITE_OK || !file || !file->pMethods)
		return 0;
	rc = file->pMethods->xRead(file, head, sizeof(head), 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return store_error(reg, rc, "open", err);
	if (head[0] && memcmp(head, magic, sizeof(magic)) != 0)
		return store_corrupt(reg, err, "file is not a database");
	if (head[18] > 1 || head[19] > 1)
		return store_corrupt(reg, err, "it is in write-ahead mode "
			"(WAL), in which tokenbridge keeps none");
	return 0;
}

int store_connect(struct registry **ret, const char *path,
	enum registry_mode mode, int flags, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = calloc(1, sizeof(*reg));
	int r, rc;

	if (!reg)
		return error_memory(err);
	reg->mode = mode;
	reg->path = strdup(path);
	if (!reg->path)
		return error_memory(err);
	rc = sqlite3_open_v2(path, &reg->db, flags | SQLITE_OPEN_EXRESCODE |
		SQLITE_OPEN_PRIVATECACHE, NULL);
	if (rc != SQLITE_OK)
		return store_error(reg, rc, "open", err);
	r = connect_check_mode(reg, err);
	if (r == 0)
		r = connect_configure(reg, err);
	if (r < 0)
		return r;
	*ret = steal(&reg);
	return 0;
}

void registry_free(struct registry **reg)
{
	if (!reg || !*reg)
		return;
	store_forget(*reg);
	sqlite3_close((*reg)->db);
	free((*reg)->path);
	free(*reg);
	*reg = NULL;
}

const char *registry_path(const struct registry *reg)
{
	return reg->path;
}

const char *registry_station(const struct registry *reg)
{
	return reg->station;
}

bool registry_is_rehearsal(const struct registry *reg)
{
	return reg->rehearsal;
}
