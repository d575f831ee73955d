/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in. */
#include "bridge/open/token.h"

#include "base/text.h"
#include "token/fido/reader.h"
#include "udev/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 3000
#define LOCK_MS 5000
#define COMMAND_MS 10000
#define AGAIN_MS 100

void attached_done(struct attached *a)
{
	free(a->tokens);
	a->tokens = NULL;
	a->n = 0;
}

static bool wants_readers(const struct app *app)
{
	const char *name = option(&app->options, OPTION_TOKEN);

	return option_is_set(&app->options, OPTION_READERS) ||
		(name && reader_is_path(name));
}

/* What lies on readers, behind what is plugged in. */
static int add_readers(struct node **nodes, size_t *n, struct error *err)
{
	CLEANUP(free_p) struct node *more = NULL;
	struct node *all;
	size_t more_n;
	int r;

	r = reader_enumerate(&more, &more_n, err);
	if (r < 0 || more_n == 0)
		return r;
	all = realloc(*nodes, (*n + more_n) * sizeof(*all));
	if (!all)
		return error_memory(err);
	memcpy(all + *n, more, more_n * sizeof(*all));
	*n += more_n;
	*nodes = all;
	return 0;
}

int attached_list(const struct app *app, struct attached *ret,
	struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r;

	r = nodes_enumerate(&nodes, &n, err);
	if (r == 0 && wants_readers(app))
		r = add_readers(&nodes, &n, err);
	return r < 0 ? r : attached_ask(app, nodes, n, ret, err);
}

int attached_ask(const struct app *app, const struct node *nodes, size_t n,
	struct attached *ret, struct error *err)
{
	return token_list(nodes, n, app->cancel_fd, ANSWER_MS, &ret->tokens,
		&ret->n, err);
}

void attached_describe(const struct token *t, char *ret, size_t size)
{
	char product[160];
	uint32_t serial;

	token_product(t, product, sizeof(product));
	if (token_serial(t, &serial))
		snprintf(ret, size, "%s, serial %u", product, serial);
	else
		snprintf(ret, size, "%s at %s", product, t->node.path);
}

static const struct token *held_one(const struct attached *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->tokens[i].problem == TOKEN_HELD)
			return &a->tokens[i];
	return NULL;
}

static int none(const struct app *app, const struct attached *a,
	struct error *err)
{
	const struct token *held = held_one(a);

	if (option_is_set(&app->options, OPTION_TOKEN))
		return error_set(err, ERROR_NO_TOKEN,
			"no attached token is '%s'%s%s; `tokenbridge list` "
			"shows those that are there",
			option(&app->options, OPTION_TOKEN),
			held ? ", but one could not be asked: " : "",
			held ? held->problem_text : "");
	return error_set(err, ERROR_NO_TOKEN,
		"no token is plugged in%s (or its USB device does not reach "
		"this machine)", wants_readers(app) ? ", and none lies on a "
		"reader that libfido2 can use" : "");
}

static int several(const struct attached *a, struct error *err)
{
	char list[400], one[NODE_PATH_LEN + 16];
	size_t i, used = 0;
	uint32_t serial;

	list[0] = '\0';
	for (i = 0; i < a->n && used < sizeof(list); i++) {
		const struct token *t = &a->tokens[i];

		if (token_serial(t, &serial))
			snprintf(one, sizeof(one), "--token %u", serial);
		else
			snprintf(one, sizeof(one), "--token %s", t->node.path);
		used += (size_t)snprintf(list + used, sizeof(list) - used,
			"%s%s", i ? ", " : "", one);
	}
	return error_set(err, ERROR_NO_TOKEN,
		"%zu tokens are plugged in: unplug all but one, or name it: %s",
		a->n, list);
}

/* Serial numbers of the registry's tokens with this label. */
static bool label_has_serial(struct registry *reg, const char *label,
	uint32_t serial)
{
	struct registry_tokens list = { NULL, 0 };
	char digits[16];
	bool hit = false;
	size_t i, k;

	if (!reg || registry_tokens_by_label(reg, label, &list, NULL) < 0)
		return false;
	snprintf(digits, sizeof(digits), "%u", serial);
	for (i = 0; i < list.n; i++)
		for (k = 0; k < list.p[i].identifiers_n; k++) {
			const struct registry_identifier *id =
				&list.p[i].identifiers[k];

			hit |= strcmp(id->kind, REGISTRY_ID_SERIAL) == 0 &&
				strcmp(id->value, digits) == 0;
		}
	registry_tokens_done(&list);
	return hit;
}

bool attached_is_named(const struct token *t, const char *name,
	struct registry *reg)
{
	uint64_t wanted;
	uint32_t serial;

	if (strcmp(t->node.path, name) == 0)
		return true;
	if (!token_serial(t, &serial))
		return false;
	if (text_parse_u64(name, UINT32_MAX, &wanted) == 0 && wanted == serial)
		return true;
	return label_has_serial(reg, name, serial);
}

int attached_select(const struct app *app, const struct attached *a,
	struct registry *reg, const struct token **ret, struct error *err)
{
	const char *name = option(&app->options, OPTION_TOKEN);
	const struct token *hit = NULL;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (name && !attached_is_named(&a->tokens[i], name, reg))
			continue;
		if (hit && name)
			return error_set(err, ERROR_NO_TOKEN,
				"several attached tokens are '%s': name one by "
				"/dev/hidrawN", name);
		if (hit)
			return several(a, err);
		hit = &a->tokens[i];
	}
	if (!hit)
		return none(app, a, err);
	*ret = hit;
	return 0;
}

int attached_find(const struct app *app, struct attached *a,
	struct registry *reg, const struct token **ret, struct error *err)
{
	deadline_t until = deadline_in(LOCK_MS);
	struct error e;
	int r;

	for (;;) {
		r = attached_list(app, a, &e);
		if (r == 0)
			r = attached_select(app, a, reg, ret, &e);
		if (r != -ERROR_NO_TOKEN || !held_one(a) ||
			!option_is_set(&app->options, OPTION_TOKEN) ||
			deadline_passed(until))
			return r < 0 ? error_copy(err, &e) : 0;
		attached_done(a);
		if (deadline_sleep(deadline_in(AGAIN_MS), app->cancel_fd))
			return error_set(err, ERROR_INTERRUPTED,
				"interrupted");
	}
}

int attached_check(const struct token *t, struct error *err)
{
	static const enum error_code codes[] = {
		[TOKEN_NO_PERMISSION] = ERROR_PERMISSION,
		[TOKEN_HELD] = ERROR_BUSY,
		[TOKEN_NO_FIDO] = ERROR_UNSUPPORTED,
		[TOKEN_BROKEN] = ERROR_FAILED,
		[TOKEN_GONE] = ERROR_NO_TOKEN,
	};

	if (t->problem == TOKEN_USABLE)
		return 0;
	return error_set(err, (int)codes[t->problem], "%s", t->problem_text);
}

int attached_open(const struct app *app, const struct token *t,
	struct fido **ret, struct error *err)
{
	if (t->problem != TOKEN_USABLE && t->problem != TOKEN_HELD)
		return attached_check(t, err);
	return fido_open(ret, t->node.path, t->node.vendor, app->cancel_fd,
		deadline_in(LOCK_MS), deadline_in(LOCK_MS + COMMAND_MS), err);
}

int attached_touch_deadline(const struct app *app, deadline_t *ret,
	struct error *err)
{
	uint64_t seconds;
	int r;

	r = option_number(&app->options, OPTION_TOUCH_TIMEOUT, 600, &seconds,
		err);
	if (r == 0)
		*ret = deadline_in((int64_t)seconds * 1000);
	return r;
}

static void set_text(json_t *o, const char *name, const char *value)
{
	if (value && *value)
		json_object_set_new(o, name, json_string(value));
}

static const char *problem_name(enum token_problem p)
{
	static const char *const names[] = {
		[TOKEN_USABLE] = "usable",
		[TOKEN_NO_PERMISSION] = "no-permission",
		[TOKEN_HELD] = "held",
		[TOKEN_NO_FIDO] = "no-fido",
		[TOKEN_BROKEN] = "broken",
		[TOKEN_GONE] = "gone",
	};

	return names[p];
}

/* NULL: no reader */
static const char *transport_name(enum node_transport transport)
{
	static const char *const names[] = {
		[NODE_USB] = NULL,
		[NODE_NFC] = "nfc",
		[NODE_SMART_CARD] = "smart-card",
	};

	return names[transport];
}

static void add_fido(json_t *o, const struct token *t)
{
	char aaguid[AAGUID_TEXT_LEN];

	json_object_set_new(o, "protocol",
		json_string(t->fido.ctap2 ? "FIDO2" : "U2F"));
	if (t->fido.ctap2) {
		aaguid_format(t->fido.aaguid, aaguid);
		set_text(o, "aaguid", aaguid);
	}
	if (t->fido.client_pin != FIDO_ABSENT)
		json_object_set_new(o, "pinSet",
			json_boolean(t->fido.client_pin == FIDO_ON));
}

json_t *attached_json(const struct token *t)
{
	char product[160], firmware[12], applications[96], usb[16] = "";
	json_t *o = json_object();
	uint32_t serial;

	token_product(t, product, sizeof(product));
	token_firmware(t, firmware);
	token_applications(t, applications, sizeof(applications));
	if (t->node.transport == NODE_USB)
		snprintf(usb, sizeof(usb), "%04x:%04x", t->node.vendor,
			t->node.product);
	set_text(o, "device", t->node.path);
	set_text(o, "product", product);
	set_text(o, "usb", usb);
	set_text(o, "reader", transport_name(t->node.transport));
	if (token_serial(t, &serial))
		json_object_set_new(o, "serial", json_integer(serial));
	set_text(o, "firmware", firmware);
	set_text(o, "formFactor", devinfo_form_factor(&t->devinfo));
	set_text(o, "applications", applications);
	if (t->devinfo.present)
		json_object_set_new(o, "fips", json_boolean(t->devinfo.fips));
	if (t->identified)
		add_fido(o, t);
	json_object_set_new(o, "smartCard", json_boolean(t->node.has_ccid));
	json_object_set_new(o, "otpInterface",
		json_boolean(t->node.has_keyboard));
	if (t->nodes > 1 || t->node.has_ccid)
		json_object_set_new(o, "joinedBy",
			json_string(TOKEN_JOIN_USB));
	json_object_set_new(o, "status",
		json_string(problem_name(t->problem)));
	set_text(o, "problem", t->problem_text);
	return o;
}
