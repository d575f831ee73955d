/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a file against that of a new one. */
#include "bridge/registry/sqlite/file/shape.h"

#include "bridge/registry/sqlite/file/connect.h"
#include "bridge/registry/sqlite/file/schema.h"

#include <stdlib.h>
#include <string.h>

/* One line for each thing; temporary tables have the same names. */
#define OF_LEDGER(name) \
	"(?1 OR " name " IN ('events','names','evidence','reservations'))"

static const char shape_sql[] =
	"SELECT 'table ' || name || CASE wr WHEN 1 THEN ' without rowid' ELSE"
	" '' END || CASE strict WHEN 1 THEN ' strict' ELSE '' END AS line"
	" FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
	" AND name NOT LIKE 'sqlite_%' AND " OF_LEDGER("name")
	" UNION ALL SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type"
	" || CASE c.\"notnull\" WHEN 0 THEN '' ELSE ' not null' END"
	" || CASE c.pk WHEN 0 THEN '' ELSE ' key ' || c.pk END"
	" FROM main.sqlite_schema m, pragma_table_info(m.name, 'main') c"
	" WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND "
	OF_LEDGER("m.name")
	" UNION ALL SELECT CASE i.\"unique\" WHEN 0 THEN 'index' ELSE 'unique'"
	" END || CASE i.partial WHEN 0 THEN ' ' ELSE ' partial ' END || m.name"
	" || ' (' || (SELECT group_concat(coalesce(k.name, '?'), ', ')"
	" FROM pragma_index_info(i.name, 'main') k) || ')'"
	" FROM main.sqlite_schema m, pragma_index_list(m.name, 'main') i"
	" WHERE m.type = 'table' AND " OF_LEDGER("m.name")
	" UNION ALL SELECT type || ' ' || name FROM main.sqlite_schema"
	" WHERE type NOT IN ('table', 'index')"
	" ORDER BY line";

/* What that does not tell (ON CONFLICT, COLLATE, CHECK, DEFAULT ...) stands in
 * the statements, in which blanks mean nothing. */
static const char statements_sql[] =
	"SELECT 'statement of ' || type || ' ' || name || char(10) ||"
	" replace(replace(replace(sql, ' ', ''), char(10), ''), char(9), '')"
	" AS line FROM main.sqlite_schema WHERE sql IS NOT NULL"
	" AND type IN ('table', 'index') AND name NOT LIKE 'sqlite_%'"
	" AND " OF_LEDGER("tbl_name") " ORDER BY line";

struct lines {
	char **p; /* owned */
	size_t n;
};

static void lines_done(struct lines *l)
{
	while (l->n > 0)
		free(l->p[--l->n]);
	free(l->p);
	l->p = NULL;
}

static int lines_add(struct lines *l, const char *line, struct error *err)
{
	char **grown = reallocarray(l->p, l->n + 1, sizeof(*grown));

	if (grown)
		l->p = grown;
	if (!grown || !(grown[l->n] = strdup(line)))
		return error_memory(err);
	l->n++;
	return 0;
}

static int shape_of(struct registry *reg, const char *sql, bool all,
	struct lines *ret, struct error *err)
{
	CLEANUP(stmt_done) sqlite3_stmt *stmt = NULL;
	int r = store_query(reg, sql, VALUES(v_int(all)), &stmt, err);

	while (r == 0 && (r = store_step(reg, stmt, err)) > 0)
		r = lines_add(ret, column_str(stmt, 0), err);
	return r;
}

/* Told of each line up to its first end. */
struct difference {
	shape_difference_fn *each;
	void *arg;
	size_t n;
};

static void differ(struct difference *d, char *line, bool missing)
{
	line[strcspn(line, "\n")] = '\0';
	d->n++;
	d->each(line, missing, d->arg);
}

/* Of those of a new registry. */
static int lines_compare(struct registry *reg, struct registry *fresh,
	const char *sql, bool all, struct difference *d, struct error *err)
{
	CLEANUP(lines_done) struct lines wanted = { 0 }, found = { 0 };
	int r = shape_of(fresh, sql, all, &wanted, err), order;
	size_t i = 0, k = 0;

	if (r == 0)
		r = shape_of(reg, sql, all, &found, err);
	while (r == 0 && (i < wanted.n || k < found.n)) {
		order = i == wanted.n ? 1 : k == found.n ? -1 :
			strcmp(wanted.p[i], found.p[k]);
		if (order < 0)
			differ(d, wanted.p[i++], true);
		else if (order > 0)
			differ(d, found.p[k++], false);
		else
			i++, k++;
	}
	return r;
}

int shape_compare(struct registry *reg, bool all, shape_difference_fn *each,
	void *arg, struct error *err)
{
	CLEANUP(registry_free) struct registry *fresh = NULL;
	struct difference d = { each, arg, 0 };
	int r = store_connect(&fresh, ":memory:", REGISTRY_WRITE,
		SQLITE_OPEN_READWRITE, err);

	if (r == 0)
		r = schema_create(fresh, err);
	if (r == 0)
		r = lines_compare(reg, fresh, shape_sql, all, &d, err);
	/* the same difference is not told twice */
	if (r == 0 && d.n == 0)
		r = lines_compare(reg, fresh, statements_sql, all, &d, err);
	return r;
}
