/* SPDX-License-Identifier: Apache-2.0 */
/* Many questions of one session. */
#include "aws/many/calls.h"

#include <stdlib.h>
#include <string.h>

/* A question. */
struct one {
	struct one *next;
	struct ask ask; /* params are those of `form` */
	_Alignas(max_align_t) unsigned char room[ASK_ROOM_MAX];
	ask_done_fn done;
	void *data;
	char **texts;        /* owned, as is what is in it */
	struct param *params; /* owned; point into texts */
};

struct calls {
	struct aws_session *s; /* borrowed */
	struct calls_options options;
	struct one *first, **last;
	struct error stopped; /* code 0: not */
	struct calls_figures figures;
};

static void one_free(struct one *o)
{
	size_t i;

	for (i = 0; o->texts && o->texts[i]; i++)
		free(o->texts[i]);
	free(o->texts);
	free(o->params);
	free(o);
}

int calls_new(struct calls **ret, struct aws_session *s,
	const struct calls_options *options, struct error *err)
{
	struct calls *c = calloc(1, sizeof(*c));

	if (!c)
		return error_memory(err);
	c->s = s;
	c->options = *options;
	c->last = &c->first;
	*ret = c;
	return 0;
}

static struct one *calls_take(struct calls *c)
{
	struct one *o = c->first;

	c->first = o->next;
	if (!c->first)
		c->last = &c->first;
	c->figures.waiting--;
	c->figures.answered++;
	return o;
}

/* Ends all that is left. */
static int calls_end(struct calls *c, const struct error *why,
	struct error *err)
{
	struct one *o;
	int r = 0, result;

	while (c->first) {
		o = calls_take(c);
		result = o->done(o->data, why, r < 0 ? NULL : err);
		r = r < 0 ? r : result;
		one_free(o);
	}
	return r;
}

void calls_free(struct calls **c)
{
	struct error why;

	if (!c || !*c)
		return;
	error_set(&why, ERROR_INTERRUPTED, "interrupted");
	(void)calls_end(*c, &why, NULL);
	free_p(c);
}

static int one_params(struct one *o, const struct param *params,
	struct error *err)
{
	size_t n = 0, i, k = 0;

	while (params && params[n].name)
		n++;
	o->params = calloc(n + 1, sizeof(*o->params));
	o->texts = calloc(n + 1, sizeof(*o->texts));
	if (!o->params || !o->texts)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		o->params[i] = params[i];
		if (!params[i].value)
			continue;
		o->texts[k] = strdup(params[i].value);
		if (!o->texts[k])
			return error_memory(err);
		o->params[i].value = o->texts[k++];
	}
	o->ask.params = o->params;
	return 0;
}

int calls_ask(struct calls *c, const struct ask *ask, ask_done_fn done,
	void *data, struct error *err)
{
	struct one *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return error_memory(err);
	o->ask = *ask;
	o->done = done;
	o->data = data;
	if (ask->room_n)
		memcpy(o->room, ask->room, ask->room_n);
	o->ask.room = o->room;
	r = one_params(o, ask->params, err);
	if (r < 0) {
		one_free(o);
		return r;
	}
	*c->last = o;
	c->last = &o->next;
	c->figures.waiting++;
	return 0;
}

void calls_stop(struct calls *c, const struct error *why)
{
	c->stopped = *why;
}

int calls_run(struct calls *c, struct error *err)
{
	struct one *o;
	struct error e;
	int r = 0;

	while (r >= 0 && c->first && !c->stopped.code) {
		if (c->options.renew)
			r = c->options.renew(c->options.self, err);
		if (r < 0)
			break;
		o = calls_take(c);
		r = ask_now(c->s, &o->ask, &e);
		r = o->done(o->data, r < 0 ? &e : NULL, err);
		one_free(o);
	}
	if (r < 0)
		error_set(&c->stopped, ERROR_INTERRUPTED, "interrupted");
	if (c->first)
		(void)calls_end(c, &c->stopped, NULL);
	return r;
}

int calls_run_all(struct calls *const *list, size_t n, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < n; i++)
		r = calls_run(list[i], err);
	return r;
}

void calls_figures(const struct calls *c, struct calls_figures *ret)
{
	*ret = c->figures;
	ret->sent = aws_session_requests(c->s);
}

int asker_ask(const struct asker *by, const struct ask *ask, struct error *err)
{
	return by->s ? ask_now(by->s, ask, err) :
		calls_ask(by->calls, ask, by->done, by->data, err);
}
