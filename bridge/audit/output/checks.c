/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks itself. */
#include "bridge/audit/output/output.h"

#include "bridge/run/json.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

static const struct {
	unsigned bit;
	const char *name;
} sets[] = {
	{ AUDIT_IN_BENCHMARK, "benchmark" },
	/* what is of benchmark is of it, too */
	{ AUDIT_IN_HOUSE | AUDIT_IN_BENCHMARK, "house" },
	{ AUDIT_IN_CIS, "cis" },
};

static const struct {
	unsigned bit;
	const char *name;
} inputs[] = {
	{ AUDIT_NEEDS_AWS, "AWS" },
	{ AUDIT_NEEDS_REGISTRY, "registry" },
};

static void add_word(char *ret, size_t size, const char *word)
{
	size_t n = strlen(ret);

	snprintf(ret + n, size - n, "%s%s", n ? " " : "", word);
}

/* One set is enough: the first names the others. */
static void name_sets(const struct audit_check_row *row, char *ret,
	size_t size)
{
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_LEN(sets) && !ret[0]; i++)
		if (row->sets & sets[i].bit)
			add_word(ret, size, sets[i].name);
}

static void name_inputs(const struct audit_check_row *row, char *ret,
	size_t size)
{
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_LEN(inputs); i++)
		if (row->needs & inputs[i].bit)
			add_word(ret, size, inputs[i].name);
	if (!ret[0])
		add_word(ret, size, "any");
}

int audit_checks_print(struct error *err)
{
	static const struct table_column columns[] = {
		{ "CHECK", 0 },
		{ "SET", 1 },
		{ "SEVERITY", 0 },
		{ "NEEDS", 2 },
		{ "FAIL MEANS", 0 },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	const struct audit_check_row *row;
	char set[32], needs[32];
	size_t i;

	(void)err;
	for (i = 0; i < AUDIT_CHECKS; i++) {
		row = &audit_check_rows[i];
		name_sets(row, set, sizeof(set));
		name_inputs(row, needs, sizeof(needs));
		table_row(table, (const char *const[]){ row->name, set,
			audit_severity_names[row->severity], needs,
			row->means });
	}
	table_print(&table, NULL);
	ui_line("with --assume-root, root's own lists decide the checks of root, "
		"by sts:AssumeRoot");
	ui_line("house has benchmark in it; without --checks it is benchmark, "
		"or house where there is a registry");
	return 0;
}

static json_t *also_known(const struct audit_check_row *row)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < AUDIT_NAMES_MAX && row->also_known_as[i]; i++)
		json_row(&list, json_string(row->also_known_as[i]));
	return list;
}

static json_t *check_json(const struct audit_check_row *row)
{
	json_t *in = json_array(), *needs = json_array();
	size_t i;

	for (i = 0; i < ARRAY_LEN(sets); i++)
		if (row->sets & sets[i].bit)
			json_row(&in, json_string(sets[i].name));
	for (i = 0; i < ARRAY_LEN(inputs); i++)
		if (row->needs & inputs[i].bit)
			json_row(&needs, json_string(inputs[i].name));
	return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:s,s:o}",
		"check", row->name,
		"sets", in,
		"severity", audit_severity_names[row->severity],
		"needs", needs,
		"permissions", json_of_words(row->permissions),
		"assumeRootPermissions", json_of_words(row->as_root ?
			row->as_root : ""),
		"means", row->means,
		"alsoKnownAs", also_known(row));
}

int audit_checks_json(struct error *err)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		json_row(&list, check_json(&audit_check_rows[i]));
	return ui_json(json_pack("{s:o}", "checks", list), err);
}
