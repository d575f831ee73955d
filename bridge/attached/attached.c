/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens that are plugged in or lie on readers, and opening them. */
#include "bridge/attached/attached.h"

#include "token/fido/io/reader.h"
#include "udev/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_MS 5000
#define COMMAND_MS 10000

bool attached_wants_readers(const struct wanted *w)
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

/*
 * A path names one USB device: its nodes are kept, and those of others go. One
 * that names none leaves all.
 */
static void keep_named(const char *path, struct node *nodes, size_t *n)
{
	char device[sizeof(nodes->usb_path)];
	size_t i, kept = 0;

	for (i = 0; i < *n && strcmp(nodes[i].path, path) != 0; i++)
		;
	if (i == *n || !nodes[i].usb_path[0])
		return;
	memcpy(device, nodes[i].usb_path, sizeof(device));
	for (i = 0; i < *n; i++)
		if (strcmp(nodes[i].usb_path, device) == 0)
			nodes[kept++] = nodes[i];
	*n = kept;
}

static int enumerate(const struct wanted *w, struct node **ret, size_t *ret_n,
	struct error *err)
{
	int r = nodes_enumerate(ret, ret_n, err);

	if (r == 0 && attached_wants_readers(w))
		r = add_readers(ret, ret_n, err);
	if (r == 0 && w->alone && w->name)
		keep_named(w->name, *ret, ret_n);
	return r;
}

int attached_list_open(const struct run *run, const struct wanted *w,
	struct attached *ret, struct fido ***ret_open, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t n;
	int r = enumerate(w, &nodes, &n, err);

	return r < 0 ? r : token_list_open(nodes, n, run->cancel_fd,
		ATTACHED_ANSWER_MS, &ret->tokens, ret_open, &ret->n, err);
}

int attached_list(const struct run *run, const struct wanted *w,
	struct attached *ret, struct error *err)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	struct fido **open = NULL;
	size_t n;
	int r = enumerate(w, &nodes, &n, err);

	if (r == 0 && !attached_wants_readers(w))
		return attached_ask(run, nodes, n, ret, err);
	if (r == 0)
		r = token_list_open(nodes, n, run->cancel_fd,
			ATTACHED_ANSWER_MS, &ret->tokens, &open, &ret->n, err);
	token_close_all(&open, ret->n);
	return r;
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

void attached_who(const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN])
{
	char what[430];

	attached_describe(t, what, sizeof(what));
	if (label)
		snprintf(ret, ATTACHED_WHO_LEN, "the token '%.70s' (%s)", label,
			what);
	else
		snprintf(ret, ATTACHED_WHO_LEN, "the token (%s)", what);
}

void attached_title(const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN])
{
	char what[430];

	attached_describe(t, what, sizeof(what));
	if (label)
		snprintf(ret, ATTACHED_WHO_LEN, "%.70s (%s)", label, what);
	else
		snprintf(ret, ATTACHED_WHO_LEN, "%s", what);
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
