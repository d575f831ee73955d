/* The control socket. */
#include "control.h"

#include "card.h"
#include "ctaphid.h"
#include "transport.h"
#include "oath.h"
#include "state.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct control {
	GPtrArray *tokens;
	char *path;
	int fd;
	guint source;
	GPtrArray *clients;
};

struct client {
	struct control *c;
	int fd;
	guint source;
	GByteArray *got;
	/* of the verb "wait" */
	guint ticker;
	struct token *token;
	char *kind;
	gint64 until;
};

static void say(struct client *k, json_t *j)
{
	g_autofree char *s = json_dumps(j, JSON_COMPACT);
	g_autofree char *line = g_strconcat(s, "\n", NULL);

	(void)!send(k->fd, line, strlen(line), MSG_NOSIGNAL);
	json_decref(j);
}

static void ok(struct client *k)
{
	say(k, json_pack("{s:b}", "ok", 1));
}

static void bad(struct client *k, const char *why)
{
	say(k, json_pack("{s:b, s:s}", "ok", 0, "error", why));
}

static const char *text(json_t *j, const char *key, const char *otherwise)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : otherwise;
}

static long num(json_t *j, const char *key, long otherwise)
{
	json_t *v = json_object_get(j, key);

	return json_is_integer(v) ? (long)json_integer_value(v) : otherwise;
}

/* --- verbs ------------------------------------------------------------- */

static void do_touch(struct client *k, struct token *t, json_t *j)
{
	if (touch_set(&t->touch, text(j, "mode", "give"),
		      (unsigned)num(j, "ms", 0)))
		ok(k);
	else
		bad(k, "no such mode");
}

static void do_grant(struct client *k, struct token *t, json_t *j)
{
	(void)j;
	touch_grant(&t->touch);
	ok(k);
}

static void do_plug(struct client *k, struct token *t, json_t *j)
{
	(void)j;
	if (transport_plug(t))
		ok(k);
	else
		bad(k, "it is plugged in");
}

static void do_unplug(struct client *k, struct token *t, json_t *j)
{
	(void)j;
	if (transport_unplug(t))
		ok(k);
	else
		bad(k, "it is not plugged in");
}

static void do_replug(struct client *k, struct token *t, json_t *j)
{
	(void)j;
	transport_unplug(t);
	transport_plug(t);
	ok(k);
}

static void do_card(struct client *k, struct token *t, json_t *j)
{
	json_t *in = json_object_get(j, "in");

	card_insert(t->card, !in || json_is_true(in));
	ok(k);
}

static void do_misbehave(struct client *k, struct token *t, json_t *j)
{
	int kind = misbehave_find(text(j, "kind", ""));
	struct order *o;

	if (kind < 0) {
		bad(k, "no such misbehaviour");
		return;
	}
	o = &t->orders[kind];
	o->count = (int)num(j, "count", 1);
	o->skip = (int)num(j, "skip", 0);
	o->at = num(j, "at", num(j, "ms", 0));
	o->done = 0;
	g_strlcpy(o->command, text(j, "command", ""), sizeof o->command);
	ok(k);
}

static void do_clear(struct client *k, struct token *t, json_t *j)
{
	(void)j;
	memset(t->orders, 0, sizeof t->orders);
	t->touch.granted = 0;
	ctaphid_speak(t->hid);
	ok(k);
}

static json_t *commands(struct token *t)
{
	json_t *o = json_object();
	GHashTableIter i;
	void *name, *s;

	g_hash_table_iter_init(&i, t->seen);
	while (g_hash_table_iter_next(&i, &name, &s))
		json_object_set_new(o, name, json_integer(
			(json_int_t)((struct seen *)s)->seen));
	return o;
}

static json_t *orders(struct token *t)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < M_KINDS; i++)
		if (t->orders[i].count || t->orders[i].done)
			json_object_set_new(o, misbehave_name(i), json_pack(
				"{s:i, s:i}", "left", t->orders[i].count,
				"done", (int)t->orders[i].done));
	return o;
}

static void do_stats(struct client *k, struct token *t, json_t *j)
{
	json_t *s = state_json(t);

	(void)j;
	json_object_update_new(s, transport_describe(t));
	json_object_update_new(s, json_pack(
		"{s:b, s:o, s:o, s:{s:s, s:i, s:i, s:b}, s:i, s:b}",
		"ok", 1, "commands", commands(t), "misbehaviour", orders(t),
		"touch", "mode", touch_mode_name(t->touch.mode), "used",
		(int)t->touch.used, "granted", (int)t->touch.granted,
		"wanted", touch_is_wanted(&t->touch), "pin_failures",
		(int)t->pin.failures, "card", card_is_connected(t->card)));
	say(k, s);
}

static void do_set(struct client *k, struct token *t, json_t *j)
{
	const char *key, *why;
	json_t *v;

	json_object_foreach(j, key, v) {
		if (!strcmp(key, "do") || !strcmp(key, "token"))
			continue;
		if (!token_option(t, key, v, &why)) {
			bad(k, why);
			return;
		}
	}
	token_save(t);
	ok(k);
}

static void do_oath_password(struct client *k, struct token *t, json_t *j)
{
	oath_set_password(t, text(j, "password", ""));
	ok(k);
}

static void do_fill_oath(struct client *k, struct token *t, json_t *j)
{
	oath_fill(t, (unsigned)num(j, "n", (long)t->p.oath_max -
				   (long)t->oath.accounts->len));
	ok(k);
}

static void do_permission(struct client *k, struct token *t, json_t *j)
{
	if (transport_permission(t, text(j, "mode", "ok")))
		ok(k);
	else
		bad(k, "no such mode, or unplugged");
}

static void do_event(struct client *k, struct token *t, json_t *j)
{
	transport_event(t, text(j, "action", "change"));
	ok(k);
}

/* --- wait -------------------------------------------------------------- */

static void stop_waiting(struct client *k)
{
	if (k->ticker)
		g_source_remove(k->ticker);
	k->ticker = 0;
	g_free(k->kind);
	k->kind = NULL;
}

/* each arrival is told once: a wait uses up all that have come so far */
static bool arrived(struct client *k)
{
	struct seen *s = g_hash_table_lookup(k->token->seen, k->kind);

	if (!s || s->seen <= s->waited)
		return false;
	s->waited = s->seen;
	say(k, json_pack("{s:b, s:i}", "ok", 1, "seen", (int)s->seen));
	return true;
}

static gboolean tick(void *arg)
{
	struct client *k = arg;

	if (!arrived(k)) {
		if (g_get_monotonic_time() < k->until)
			return G_SOURCE_CONTINUE;
		bad(k, "it did not come");
	}
	k->ticker = 0;
	stop_waiting(k);
	return G_SOURCE_REMOVE;
}

static void do_wait(struct client *k, struct token *t, json_t *j)
{
	stop_waiting(k);
	k->token = t;
	k->kind = g_strdup(text(j, "for", "touch"));
	k->until = g_get_monotonic_time() + 1000 * num(j, "ms", 5000);
	if (arrived(k))
		stop_waiting(k);
	else
		k->ticker = g_timeout_add(2, tick, k);
}

static const struct {
	const char *name;
	void (*run)(struct client *k, struct token *t, json_t *j);
} verbs[] = {
	{ "touch", do_touch }, { "grant", do_grant }, { "plug", do_plug },
	{ "unplug", do_unplug }, { "replug", do_replug },
	{ "card", do_card }, { "misbehave", do_misbehave },
	{ "clear", do_clear }, { "stats", do_stats }, { "set", do_set },
	{ "oath_password", do_oath_password }, { "fill_oath", do_fill_oath },
	{ "permission", do_permission }, { "event", do_event },
	{ "wait", do_wait },
};

/* without a name: the first one */
static struct token *named(struct control *c, const char *name)
{
	for (guint i = 0; i < c->tokens->len; i++) {
		struct token *t = c->tokens->pdata[i];

		if (!name || !strcmp(t->name, name))
			return t;
	}
	return NULL;
}

static void line(struct client *k, const char *p, size_t n)
{
	json_t *j = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);
	const char *verb = text(j, "do", "");
	struct token *t = named(k->c, text(j, "token", NULL));
	size_t i = 0;

	while (i < G_N_ELEMENTS(verbs) && strcmp(verbs[i].name, verb))
		i++;
	if (!j)
		bad(k, "not a JSON object");
	else if (!t)
		bad(k, "no such token");
	else if (i == G_N_ELEMENTS(verbs))
		bad(k, "no such verb");
	else
		verbs[i].run(k, t, j);
	json_decref(j);
}

/* --- connections ------------------------------------------------------- */

static void client_free(void *p)
{
	struct client *k = p;

	stop_waiting(k);
	if (k->source)
		g_source_remove(k->source);
	close(k->fd);
	g_byte_array_unref(k->got);
	g_free(k);
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct client *k = arg;
	char chunk[4096], *nl;
	ssize_t n = recv(fd, chunk, sizeof chunk, 0);

	(void)condition;
	if (n <= 0) {
		k->source = 0;
		g_ptr_array_remove(k->c->clients, k);
		return G_SOURCE_REMOVE;
	}
	put(k->got, chunk, (size_t)n);
	while (k->got->len && (nl = memchr(k->got->data, '\n', k->got->len))) {
		size_t len = (size_t)(nl - (char *)k->got->data);

		line(k, (char *)k->got->data, len);
		g_byte_array_remove_range(k->got, 0, (guint)len + 1);
	}
	return G_SOURCE_CONTINUE;
}

static gboolean incoming(int fd, GIOCondition condition, void *arg)
{
	struct control *c = arg;
	struct client *k;
	int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)condition;
	if (got < 0)
		return G_SOURCE_CONTINUE;
	k = g_new0(struct client, 1);
	k->c = c;
	k->fd = got;
	k->got = g_byte_array_new();
	k->source = g_unix_fd_add(got, G_IO_IN | G_IO_HUP, readable, k);
	g_ptr_array_add(c->clients, k);
	return G_SOURCE_CONTINUE;
}

struct control *control_new(const char *path, GPtrArray *tokens)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct control *c;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(path);
	if (strlen(path) >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
	} else {
		memcpy(a.sun_path, path, strlen(path) + 1);
		if (!bind(fd, (struct sockaddr *)&a, sizeof a) &&
		    !listen(fd, 16)) {
			c = g_new0(struct control, 1);
			c->tokens = tokens;
			c->path = g_strdup(path);
			c->fd = fd;
			c->clients = g_ptr_array_new_with_free_func(
				client_free);
			c->source = g_unix_fd_add(fd, G_IO_IN, incoming, c);
			return c;
		}
	}
	fprintf(stderr, "softtoken: cannot listen on '%s': %s\n", path,
		g_strerror(errno));
	close(fd);
	return NULL;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	g_source_remove(c->source);
	g_ptr_array_unref(c->clients);
	close(c->fd);
	unlink(c->path);
	g_free(c->path);
	g_free(c);
}
