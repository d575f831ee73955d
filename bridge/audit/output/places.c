/* SPDX-License-Identifier: Apache-2.0 */
/* Where the outputs go. */
#include "bridge/audit/output/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct audit_output *const outputs[] = { &audit_text, &audit_json,
	&audit_csv, &audit_csv_raw, &audit_ocsf, &audit_ocsf_array,
	&audit_sarif, &audit_junit, &audit_html };

static const struct audit_output *output_named(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(outputs); i++)
		if (strlen(outputs[i]->name) == n &&
			memcmp(outputs[i]->name, name, n) == 0)
			return outputs[i];
	return NULL;
}

void audit_places_done(struct audit_places *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		newfile_free(&p->file[i]);
		free_p(&p->name[i]);
	}
	p->n = 0;
}

bool audit_places_has_stdout(const struct audit_places *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->file[i])
			return true;
	return false;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The folder that a file of this name would be in, and its name there. */
static bool place_folder(const char *path, struct stat *ret, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(free_p) char *folder = slash ?
		strndup(path, (size_t)(slash - path) + 1) : strdup(".");

	*ret_name = slash ? slash + 1 : path;
	return folder && stat(folder, ret) == 0;
}

static bool are_one_place(const char *one, const char *two)
{
	const char *a, *b;
	struct stat x, y;

	return place_folder(one, &x, &a) && place_folder(two, &y, &b) &&
		strcmp(a, b) == 0 && is_same_file(&x, &y);
}

/* However it is written: "a.json" is "./a.json". */
static bool has_place(const struct audit_places *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->name[i] && are_one_place(p->name[i], name))
			return true;
	return false;
}

int audit_places_spare(const struct audit_places *p, const char *path,
	struct error *err)
{
	struct stat in, out;
	size_t i;

	if (stat(path, &in) < 0)
		return 0;
	for (i = 0; i < p->n; i++)
		if (p->name[i] && stat(p->name[i], &out) == 0 &&
			is_same_file(&in, &out))
			return error_set(err, ERROR_USAGE, "an output to '%s' "
				"would take the place of the report that is "
				"read", p->name[i]);
	return 0;
}

static int open_place(struct audit_places *p, const char *name,
	struct error *err)
{
	struct audit_printer *printer = &p->printer[p->n];
	int r;

	printer->to = stdout;
	if (strcmp(name, "-") == 0)
		return !audit_places_has_stdout(p) ? 0 : error_set(err,
			ERROR_USAGE, "two outputs to standard output");
	if (has_place(p, name))
		return error_set(err, ERROR_USAGE, "two outputs to '%s'",
			name);
	p->name[p->n] = strdup(name);
	if (!p->name[p->n])
		return error_memory(err);
	r = newfile_new(&p->file[p->n], name, err);
	if (r < 0) {
		free_p(&p->name[p->n]);
		return r;
	}
	printer->to = newfile_stream(p->file[p->n]);
	printer->name = p->name[p->n];
	return 0;
}

/* "html=FILE" */
static int add_place(struct audit_places *p, const char *text,
	struct error *err)
{
	size_t n = strcspn(text, "=");
	const struct audit_output *how = output_named(text, n);
	int r;

	if (!text[n] || !text[n + 1])
		return error_set(err, ERROR_USAGE, "--output '%s': "
			"FORMAT=FILE is wanted, like html=audit.html; '-' is "
			"standard output", text);
	if (!how)
		return error_set(err, ERROR_USAGE, "--output '%s': there is "
			"no such format; there are: " AUDIT_FORMATS, text);
	if (p->n == AUDIT_PLACES_MAX)
		return error_set(err, ERROR_USAGE, "more than %d outputs",
			AUDIT_PLACES_MAX);
	p->printer[p->n] = (struct audit_printer){ .how = how };
	r = open_place(p, text + n + 1, err);
	if (r < 0)
		return r;
	p->n++;
	return 0;
}

int audit_places_add(struct audit_places *p, const char *list,
	struct error *err)
{
	CLEANUP(free_p) char *copy = strdup(list);
	char *line, *rest = copy;
	int r = 0;

	if (!copy)
		return error_memory(err);
	while (r >= 0 && (line = strsep(&rest, "\n")))
		r = add_place(p, line, err);
	return r;
}

int audit_places_publish(struct audit_places *p, struct error *err)
{
	struct error *first = err;
	size_t i;
	int r = 0, one;

	for (i = 0; i < p->n; i++) {
		if (!p->file[i])
			continue;
		one = newfile_publish(&p->file[i], first);
		if (one < 0 && r == 0) {
			r = one;
			first = NULL;
		}
	}
	return r;
}
