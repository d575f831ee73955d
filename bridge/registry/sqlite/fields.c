/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a statement into structs. */
#include "bridge/registry/sqlite/fields.h"

#include "base/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* enumerators are written through an int */
_Static_assert(sizeof(enum registry_state) == sizeof(int), "size of an enum");

/* False without memory; NULL and 0 where the column is empty. */
static bool field_bytes(sqlite3_stmt *stmt, int i, void *ret, size_t *ret_n)
{
	const void *p = sqlite3_column_blob(stmt, i);
	size_t n = (size_t)sqlite3_column_bytes(stmt, i);
	unsigned char *copy;

	if (!p || n == 0)
		return true;
	copy = malloc(n);
	if (!copy)
		return false;
	memcpy(copy, p, n);
	memcpy(ret, &copy, sizeof(copy));
	*ret_n = n;
	return true;
}

static void field_sha(sqlite3_stmt *stmt, int i, unsigned char *ret,
	bool *ret_has)
{
	const char *s = column_str(stmt, i);

	*ret_has = hex_decode(s, strlen(s), ret, SHA256_LEN) == SHA256_LEN;
}

/* The place of a column's word or number in a list; -1: not in it. */
static int field_rank(sqlite3_stmt *stmt, int i, const struct field *f)
{
	int n = sqlite3_column_int(stmt, i), words = 0;

	if (f->type != FIELD_RANK)
		return registry_word(f->words, column_str(stmt, i));
	while (f->words[words])
		words++;
	return n < words ? n : -1;
}

static int field_enum(struct registry *reg, sqlite3_stmt *stmt, int i,
	const struct field *f, void *to, struct error *err)
{
	bool none = f->type == FIELD_WORD_OR_NONE &&
		sqlite3_column_type(stmt, i) == SQLITE_NULL;
	int rank = none ? 0 : field_rank(stmt, i, f);

	if (rank < 0)
		return store_corrupt(reg, err,
			"a row holds an unknown word; run tokenbridge registry "
			"log --verify");
	memcpy(to, &rank, sizeof(rank));
	return 0;
}

static int field_fill(struct registry *reg, sqlite3_stmt *stmt, int i,
	const struct field *f, char *row, struct error *err)
{
	char *to = row + f->offset;
	bool null = sqlite3_column_type(stmt, i) == SQLITE_NULL;
	bool memory = true;

	switch (f->type) {
	case FIELD_CHARS:
		snprintf(to, f->more, "%s", column_str(stmt, i));
		break;
	case FIELD_TEXT:
		memory = column_dup(stmt, i, (char **)(void *)to);
		break;
	case FIELD_BYTES:
		memory = field_bytes(stmt, i, to,
			(size_t *)(void *)(row + f->more));
		break;
	case FIELD_SHA:
		field_sha(stmt, i, (unsigned char *)to,
			(bool *)(row + f->more));
		break;
	case FIELD_TIME:
		*(time_t *)(void *)to = column_time(stmt, i);
		break;
	case FIELD_BOOL:
		*(bool *)to = sqlite3_column_int(stmt, i) != 0;
		break;
	case FIELD_U32:
		*(uint32_t *)(void *)to =
			(uint32_t)sqlite3_column_int64(stmt, i);
		break;
	case FIELD_INT:
		*(int *)(void *)to = sqlite3_column_int(stmt, i);
		break;
	case FIELD_INT_OR_NONE:
		*(int *)(void *)to = null ? -1 : sqlite3_column_int(stmt, i);
		break;
	default:
		return field_enum(reg, stmt, i, f, to, err);
	}
	return memory ? 0 : error_memory(err);
}

/* ---- rows ---- */

static void row_done(const char *row, const struct field *list)
{
	void *p;

	for (; list->type != FIELD_END; list++) {
		if (list->type != FIELD_TEXT && list->type != FIELD_BYTES)
			continue;
		memcpy(&p, row + list->offset, sizeof(p));
		free(p);
	}
}

static void rows_done(struct rows *rows, const struct fields *fields)
{
	for (size_t i = 0; i < rows->n; i++)
		row_done((char *)rows->p + i * fields->size, fields->list);
	free(rows->p);
}

/* On failure the row counts already, and is emptied with the others. */
static int rows_add(struct registry *reg, sqlite3_stmt *stmt,
	const struct fields *fields, struct rows *rows, struct error *err)
{
	size_t n = rows->n;
	char *row;
	void *p;
	int i, r = 0;

	if ((n & (n - 1)) == 0) { /* full at every power of two */
		p = reallocarray(rows->p, n ? 2 * n : 1, fields->size);
		if (!p)
			return error_memory(err);
		rows->p = p;
	}
	row = (char *)rows->p + n * fields->size;
	memset(row, 0, fields->size);
	rows->n++;
	for (i = 0; r == 0 && fields->list[i].type != FIELD_END; i++)
		r = field_fill(reg, stmt, i, &fields->list[i], row, err);
	return r;
}

int rows_read(struct registry *reg, const struct fields *fields,
	const char *sql, const struct value *values, struct rows *ret,
	struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	struct rows rows = { NULL, 0 };
	int r;

	r = store_query(reg, sql, values, &stmt, err);
	while (r == 0 && (r = store_step(reg, stmt, err)) > 0)
		r = rows_add(reg, stmt, fields, &rows, err);
	if (r < 0) {
		rows_done(&rows, fields);
		return r;
	}
	*ret = rows;
	return 0;
}
