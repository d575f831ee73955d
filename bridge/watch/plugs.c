/* SPDX-License-Identifier: Apache-2.0 */
/* Physical keys between two enumerations. */
#include "bridge/watch/plugs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void plug_done(struct plug *p)
{
	free(p->nodes);
	json_decref(p->said);
}

void plugs_done(struct plugs *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		plug_done(&p->list[i]);
	free(p->list);
	p->list = NULL;
	p->n = 0;
}

/* ---- nodes of one key ---- */

/* Name of the n-th folder from the end of a path. */
static void folder(const char *path, int n, char *ret, size_t size)
{
	const char *end = path + strlen(path), *begin = end;

	for (;;) {
		while (begin > path && begin[-1] != '/')
			begin--;
		if (n-- == 0 || begin == path)
			break;
		end = --begin;
	}
	snprintf(ret, size, "%.*s", (int)(end - begin), begin);
}

static void name_key(const struct node *n, char ret[PLUG_KEY_LEN])
{
	char name[PLUG_KEY_LEN - 8];

	if (n->usb_path[0]) {
		folder(n->usb_path, 0, name, sizeof(name));
		snprintf(ret, PLUG_KEY_LEN, "%s:%u", name, n->usb_dev);
	} else { /* .../0003:1050:0407.0005/hidraw/hidraw3 */
		folder(n->syspath, 2, name, sizeof(name));
		snprintf(ret, PLUG_KEY_LEN, "%s", name);
	}
}

static bool same_key(const struct node *a, const struct node *b)
{
	if (a->usb_path[0] || b->usb_path[0])
		return strcmp(a->usb_path, b->usb_path) == 0 &&
			a->usb_dev == b->usb_dev;
	return strcmp(a->syspath, b->syspath) == 0;
}

/* The next FIDO node from i on, n behind the last. */
static size_t next_fido(const struct node *nodes, size_t n, size_t i)
{
	while (i < n && !nodes[i].fido)
		i++;
	return i;
}

static bool same_face(const struct plug *a, const struct plug *b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		i = next_fido(a->nodes, a->n, i);
		k = next_fido(b->nodes, b->n, k);
		if (i == a->n || k == b->n)
			return i == a->n && k == b->n;
		if (strcmp(a->nodes[i].path, b->nodes[k].path) != 0 ||
			strcmp(a->nodes[i].syspath, b->nodes[k].syspath) != 0 ||
			a->nodes[i].openable != b->nodes[k].openable)
			return false;
	}
}

/* ---- lists ---- */

static int add_node(struct plug *p, const struct node *n, struct error *err)
{
	struct node *grown = reallocarray(p->nodes, p->n + 1, sizeof(*grown));

	if (!grown)
		return error_memory(err);
	p->nodes = grown;
	grown[p->n++] = *n;
	return 0;
}

static struct plug *plug_of_node(struct plugs *p, const struct node *n)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!p->list[i].gone && same_key(&p->list[i].nodes[0], n))
			return &p->list[i];
	return NULL;
}

static int add_plug(struct plugs *p, const struct plug *plug, struct error *err)
{
	struct plug *grown = reallocarray(p->list, p->n + 1, sizeof(*grown));

	if (!grown)
		return error_memory(err);
	p->list = grown;
	grown[p->n++] = *plug;
	return 0;
}

static int group(struct plugs *ret, const struct node *nodes, size_t n,
	struct error *err)
{
	struct plug *plug;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		plug = plug_of_node(ret, &nodes[i]);
		if (!plug) {
			struct plug empty = { .fresh = true };

			name_key(&nodes[i], empty.key);
			r = add_plug(ret, &empty, err);
			plug = r < 0 ? NULL : &ret->list[ret->n - 1];
		}
		if (plug)
			r = add_node(plug, &nodes[i], err);
	}
	return r;
}

static void take_nodes(struct plug *known, struct plug *now)
{
	if (!same_face(known, now))
		known->fresh = true;
	free(known->nodes);
	known->nodes = steal(&now->nodes);
	known->n = now->n;
}

int plugs_update(struct plugs *p, const struct node *nodes, size_t n,
	struct error *err)
{
	CLEANUP(plugs_done) struct plugs now = { NULL, 0 };
	struct plug *known, *grown;
	size_t i, before = p->n;
	int r;

	r = group(&now, nodes, n, err);
	if (r < 0)
		return r;
	/* room for all, so that nothing fails from here on */
	grown = reallocarray(p->list, p->n + now.n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	p->list = grown;
	for (i = 0; i < before; i++)
		if (!plug_of_node(&now, &p->list[i].nodes[0]))
			p->list[i].gone = true;
	for (i = 0; i < now.n; i++) {
		known = plug_of_node(p, &now.list[i].nodes[0]);
		if (known) {
			take_nodes(known, &now.list[i]);
		} else {
			p->list[p->n++] = now.list[i];
			now.list[i].nodes = NULL;
		}
	}
	return 0;
}

void plugs_unplugged(struct plugs *p, const char *usb_path, unsigned usb_dev)
{
	const struct node *n;
	size_t i;

	for (i = 0; i < p->n; i++) {
		n = &p->list[i].nodes[0];
		if (n->usb_path[0] && strcmp(n->usb_path, usb_path) == 0 &&
			(usb_dev == 0 || usb_dev == n->usb_dev))
			p->list[i].gone = true;
	}
}

struct plug *plugs_find(const struct plugs *p, const char *key)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->list[i].key, key) == 0)
			return &p->list[i];
	return NULL;
}

void plugs_forget_gone(struct plugs *p)
{
	size_t i, kept = 0;

	for (i = 0; i < p->n; i++) {
		if (p->list[i].gone)
			plug_done(&p->list[i]);
		else
			p->list[kept++] = p->list[i];
	}
	p->n = kept;
}
