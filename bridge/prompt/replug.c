/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until a token is plugged in again. */
#include "bridge/prompt/replug.h"

#include "udev/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 100
#define ANSWER_MS 2000
/* after plugging in: how long its permissions, or others, keep us out */
#define READY_MS 5000

struct nodes {
	struct node *p; /* owned */
	size_t n;
};

static void nodes_done(struct nodes *l)
{
	free(l->p);
}

struct wait {
	const struct run *run;
	const struct token *token;
	const char *label;   /* of it, or NULL */
	struct nodes known;  /* there before, or found to be another token */
	bool gone;           /* it was seen to be away */
	deadline_t ready;    /* when what came must be usable; NEVER */
};

/* A node's name in sysfs is new each time that it is plugged in. */
static bool is_in(const struct nodes *l, const struct node *n)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->p[i].syspath, n->syspath) == 0 &&
			l->p[i].usb_dev == n->usb_dev)
			return true;
	return false;
}

static bool may_be_it(const struct wait *w, const struct node *n)
{
	const struct node *old = &w->token->node;
	uint32_t serial;

	if (!n->fido || n->vendor != old->vendor || is_in(&w->known, n))
		return false;
	return token_serial(w->token, &serial) ||
		strcmp(n->usb_path, old->usb_path) == 0;
}

static bool is_it(const struct wait *w, const struct token *t)
{
	uint32_t a = 0, b = 0;
	bool has = token_serial(w->token, &a);

	return token_serial(t, &b) == has && a == b &&
		t->node.product == w->token->node.product &&
		memcmp(t->fido.aaguid, w->token->fido.aaguid,
			sizeof(t->fido.aaguid)) == 0;
}

/* From now on it is none that is waited for. */
static int leave_alone(struct wait *w, const struct token *t,
	struct error *err)
{
	struct node *grown = reallocarray(w->known.p, w->known.n + 1,
		sizeof(*grown));
	char who[200];

	if (!grown)
		return error_memory(err);
	w->known.p = grown;
	w->known.p[w->known.n++] = t->node;
	attached_describe(t, who, sizeof(who));
	run_say(w->run, "That is another token (%s): it stays as it is.", who);
	return 0;
}

/* 1: it is back. */
static int see_node(struct wait *w, const struct node *node, struct token *ret,
	struct error *err)
{
	CLEANUP(free_p) struct token *list = NULL;
	size_t n = 0;
	int r;

	if (w->ready == DEADLINE_NEVER)
		w->ready = deadline_in(READY_MS);
	r = token_list(node, 1, w->run->cancel_fd, ANSWER_MS, &list, &n,
		err);
	if (r < 0 || n == 0)
		return r;
	if (list[0].problem != TOKEN_USABLE)
		return deadline_passed(w->ready) ?
			attached_check(&list[0], err) : 0;
	if (!is_it(w, &list[0])) {
		w->ready = DEADLINE_NEVER;
		return leave_alone(w, &list[0], err);
	}
	*ret = list[0];
	return 1;
}

static int see_all(struct wait *w, struct token *ret, struct error *err)
{
	CLEANUP(nodes_done) struct nodes now = { NULL, 0 };
	size_t i;
	int r;

	r = nodes_enumerate(&now.p, &now.n, err);
	if (r < 0)
		return r;
	if (!is_in(&now, &w->token->node))
		w->gone = true;
	for (i = 0; r == 0 && w->gone && i < now.n; i++)
		if (may_be_it(w, &now.p[i]))
			r = see_node(w, &now.p[i], ret, err);
	return r;
}

static void ask_for_it(const struct wait *w, unsigned ms)
{
	uint32_t serial;
	char who[ATTACHED_WHO_LEN];

	attached_who(w->token, w->label, who);
	run_say(w->run, "Unplug %s and plug it in again%s, within "
			"%u s; then touch it at once.", who,
		token_serial(w->token, &serial) ? "" : " into the same port",
		ms / 1000);
}

int replug_wait(const struct run *run, const struct token *t,
	const char *label, unsigned ms, struct token *ret, struct error *err)
{
	struct wait w = { run, t, label, { NULL, 0 }, false, DEADLINE_NEVER };
	deadline_t until = deadline_in(ms);
	int r;

	r = nodes_enumerate(&w.known.p, &w.known.n, err);
	/* after that, or who is quick plugs it in among those known */
	if (r == 0)
		ask_for_it(&w, ms);
	while (r == 0) {
		r = see_all(&w, ret, err);
		if (r != 0)
			break;
		if (deadline_passed(until))
			r = error_set(err, ERROR_TIMEOUT,
				"the token was not %s in time; nothing was "
				"erased", w.gone ? "plugged in again" :
				"unplugged");
		else
			r = run_pause(run, POLL_MS, err);
	}
	nodes_done(&w.known);
	return r < 0 ? r : 0;
}
