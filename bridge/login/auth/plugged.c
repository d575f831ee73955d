/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and their processes. */
#include "bridge/login/auth/plugged.h"

#include "base/utf8.h"
#include "udev/nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_DATA_MAX 1024

void plugged_done(struct plugged_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		close_p(&list->p[i].socket);
		close_p(&list->p[i].fd);
		buf_done(&list->p[i].look_data);
		buf_done(&list->p[i].prove_data);
	}
	list->n = 0;
	free(list->nodes);
	list->nodes = NULL;
}

struct plugged *plugged_add(struct plugged_list *list, int socket, int fd,
	const char *path, const char *product)
{
	struct plugged *t = &list->p[list->n];

	if (list->n == PLUGGED_MAX)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->socket = socket;
	t->fd = fd;
	snprintf(t->path, sizeof(t->path), "%s", path);
	snprintf(t->product, sizeof(t->product), "%.*s",
		(int)sizeof(t->product) - 1, product);
	utf8_sanitise(t->product);
	buf_init(&t->look_data, CLIENT_DATA_MAX);
	buf_init(&t->prove_data, CLIENT_DATA_MAX);
	list->n++;
	return t;
}

void plugged_drop(struct plugged *t, enum login_result result, const char *why)
{
	close_p(&t->socket);
	t->state = PLUGGED_DROPPED;
	t->result = result;
	if (why != t->why)
		snprintf(t->why, sizeof(t->why), "%.*s", (int)sizeof(t->why) - 1,
			why);
}

struct starting {
	struct plugged_list *list;
	struct agent_setting *setting;
	plugged_started_fn *started;
	void *arg;
};

static int start_one(const struct node *node, void *arg, struct error *err)
{
	struct starting *s = arg;
	int socket, fd, r;

	if (s->list->n == PLUGGED_MAX)
		return 0;
	r = agent_start(s->setting, node, &socket, &fd, err);
	if (r < 0 || socket < 0)
		return r;
	/* the next one must have neither */
	s->setting->close_fds[s->setting->close_n++] = socket;
	s->setting->close_fds[s->setting->close_n++] = fd;
	s->started(plugged_add(s->list, socket, fd, node->path,
		node->product_name), s->arg);
	return 0;
}

int plugged_start(struct plugged_list *ret, struct agent_setting *setting,
	plugged_started_fn *started, void *arg, struct error *err)
{
	struct starting s = { ret, setting, started, arg };

	return nodes_visit(start_one, &s, &ret->nodes, &ret->nodes_n, err);
}
