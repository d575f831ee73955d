/* SPDX-License-Identifier: Apache-2.0 */
/* Attached tokens, one row each. */
#include "bridge/command/listed.h"

#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static int listed_json(const struct attached *a, struct error *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < a->n; i++)
		json_row(&rows, attached_json(&a->tokens[i]));
	return ui_json(json_pack("{s:o}", "tokens", rows), err);
}

/* One remark on what would surprise later; the problem where there is one. */
static const char *remark(const struct token *t)
{
	if (t->problem != TOKEN_USABLE)
		return t->problem_text;
	if (t->devinfo.unreadable[0])
		return t->devinfo.unreadable;
	if (!t->fido.ctap2)
		return "U2F only";
	if (t->fido.client_pin == FIDO_OFF)
		return "no PIN set";
	return "";
}

static void list_print_row(struct table *table, const struct token *t)
{
	char product[160], firmware[12], applications[96], serial[16] = "";
	const char *cells[6];
	uint32_t number;

	token_product(t, product, sizeof(product));
	token_firmware(t, firmware);
	token_applications(t, applications, sizeof(applications));
	if (token_serial(t, &number))
		snprintf(serial, sizeof(serial), "%u", number);
	cells[0] = t->node.path;
	cells[1] = product;
	cells[2] = serial;
	cells[3] = firmware;
	cells[4] = applications;
	cells[5] = remark(t);
	table_row(table, cells);
}

static const struct table_column list_columns[] = {
	{ "DEVICE", 0 }, { "PRODUCT", 2 }, { "SERIAL", 1 }, { "FIRMWARE", 3 },
	{ "APPLICATIONS", 4 }, { "REMARK", 0 },
};

static void listed_table(const struct attached *a,
	const struct table_view *view)
{
	struct table *table = table_new(list_columns, ARRAY_LEN(list_columns));
	size_t i;

	for (i = 0; i < a->n; i++)
		list_print_row(table, &a->tokens[i]);
	table_print(&table, view);
}

int listed_check(const struct app *app, struct error *err)
{
	const struct table_view view = app_view(app);

	return table_check_view(list_columns, ARRAY_LEN(list_columns), &view,
		err);
}

int listed_show(const struct app *app, const struct attached *a,
	struct error *err)
{
	const struct table_view view = app_view(app);

	if (app->json)
		return listed_json(a, err);
	if (a->n == 0) {
		ui_say("no token is plugged in; where one is, `tokenbridge "
			"doctor tokens` says why it is not seen");
		return 0;
	}
	listed_table(a, &view);
	return 0;
}
