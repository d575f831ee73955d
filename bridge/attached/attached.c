/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in. */
#include "bridge/attached/attached.h"

#include "base/text.h"
#include "bridge/registry/lookup.h"
#include "bridge/registry/registry.h"
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
	a->chosen = NULL;
}

static bool wants_readers(const struct wanted *w)
{
	return w->readers || (w->name && reader_is_path(w->name));
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

/* Those that could be opened stay so in *ret_open, unless it is NULL. */
static int list_open(const struct run *run, const struct wanted *w,
	struct attached *ret, struct fido ***ret_open, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r;

	r = nodes_enumerate(&nodes, &n, err);
	if (r == 0 && wants_readers(w))
		r = add_readers(&nodes, &n, err);
	return r < 0 ? r : token_list(nodes, n, run->cancel_fd, ANSWER_MS,
		&ret->tokens, ret_open, &ret->n, err);
}

int attached_list(const struct run *run, const struct wanted *w,
	struct attached *ret, struct error *err)
{
	return list_open(run, w, ret, NULL, err);
}

int attached_ask(const struct run *run, const struct node *nodes, size_t n,
	struct attached *ret, struct error *err)
{
	return token_list(nodes, n, run->cancel_fd, ANSWER_MS, &ret->tokens,
		NULL, &ret->n, err);
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

static int none_attached(const struct wanted *w, const struct attached *a,
	struct error *err)
{
	const struct token *held = held_one(a);
	char hint[REGISTRY_HINT_LEN] = "";

	if (w->name && w->reg)
		registry_hint_label(w->reg, w->name, hint);
	if (w->name)
		return error_set(err, ERROR_NO_TOKEN,
			"no attached token is '%s'%s%s%s `tokenbridge list` "
			"shows those that are there", w->name,
			held ? ", but one could not be asked: " : "",
			held ? held->problem_text : "", hint[0] ? hint : ";");
	return error_set(err, ERROR_NO_TOKEN,
		"no token is plugged in%s (or its USB device does not reach "
		"this machine)", wants_readers(w) ? ", and none lies on a "
		"reader that libfido2 can use" : "");
}

static int several_attached(const struct attached *a, struct error *err)
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
	size_t i;

	if (!reg || registry_tokens_by_label(reg, label, &list, NULL) < 0)
		return false;
	snprintf(digits, sizeof(digits), "%u", serial);
	for (i = 0; i < list.n; i++)
		hit |= registry_token_is(&list.p[i], REGISTRY_ID_SERIAL,
			digits);
	registry_tokens_done(&list);
	return hit;
}

bool attached_is_wanted(const struct token *t, const struct wanted *w)
{
	uint64_t number;
	uint32_t serial;

	if (!w->name || strcmp(t->node.path, w->name) == 0)
		return true;
	if (!token_serial(t, &serial))
		return false;
	if (text_parse_u64(w->name, UINT32_MAX, &number) == 0 &&
		number == serial)
		return true;
	return label_has_serial(w->reg, w->name, serial);
}

int attached_select(const struct wanted *w, struct attached *a,
	struct error *err)
{
	const struct token *hit = NULL;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (!attached_is_wanted(&a->tokens[i], w))
			continue;
		if (hit && w->name)
			return error_set(err, ERROR_NO_TOKEN,
				"several attached tokens are '%s': name one by "
				"/dev/hidrawN", w->name);
		if (hit)
			return several_attached(a, err);
		hit = &a->tokens[i];
	}
	if (!hit)
		return none_attached(w, a, err);
	a->chosen = hit;
	return 0;
}

/* One look; *ret_open gets the chosen one where it could be opened. */
static int look_once(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret_open, struct error *err)
{
	struct fido **open = NULL;
	int r;

	r = list_open(run, w, a, ret_open ? &open : NULL, err);
	if (r == 0)
		r = attached_select(w, a, err);
	if (r == 0 && ret_open)
		*ret_open = steal(&open[a->chosen - a->tokens]);
	token_close_all(&open, a->n);
	return r;
}

static int find_chosen(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret_open, struct error *err)
{
	deadline_t until = deadline_in(LOCK_MS);
	struct error e;
	int r;

	for (;;) {
		r = look_once(run, w, a, ret_open, &e);
		if (r != -ERROR_NO_TOKEN || !w->name || !held_one(a) ||
			deadline_passed(until))
			return r < 0 ? error_copy(err, &e) : 0;
		attached_done(a);
		r = run_pause(run, AGAIN_MS, err);
		if (r < 0)
			return r;
	}
}

int attached_find(const struct run *run, const struct wanted *w,
	struct attached *a, struct error *err)
{
	return find_chosen(run, w, a, NULL, err);
}

int attached_find_open(const struct run *run, const struct wanted *w,
	struct attached *a, struct fido **ret, struct error *err)
{
	int r = find_chosen(run, w, a, ret, err);

	if (r == 0 && *ret)
		fido_set_deadline(*ret, deadline_in(COMMAND_MS));
	return r;
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

int attached_open(const struct run *run, const struct token *t,
	struct fido **ret, struct error *err)
{
	if (*ret)
		return 0;
	if (t->problem != TOKEN_USABLE && t->problem != TOKEN_HELD)
		return attached_check(t, err);
	return fido_open(ret, t->node.path, t->node.vendor, run->cancel_fd,
		deadline_in(LOCK_MS), deadline_in(LOCK_MS + COMMAND_MS), err);
}
