/* SPDX-License-Identifier: Apache-2.0 */
/* Importing authorized_keys. */
#include "bridge/local/import-ssh.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/event/ssh-key.h"
#include "bridge/local/publish.h"
#include "bridge/login/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES 1048576
#define KEYS_MAX 4096

struct keys {
	struct ssh_key *p; /* owned */
	size_t n;
};

static void keys_done(struct keys *keys)
{
	free(keys->p);
	keys->p = NULL;
}

static int add_key(struct keys *keys, const struct ssh_key *key,
	struct error *err)
{
	struct ssh_key *grown;

	if (keys->n == KEYS_MAX)
		return error_set(err, ERROR_MALFORMED, "too many keys");
	grown = reallocarray(keys->p, keys->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	keys->p = grown;
	keys->p[keys->n++] = *key;
	return 0;
}

static int read_keys(const char *path, struct keys *keys, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct ssh_key key;
	const char *p, *end;
	struct error e;
	size_t line, n, left;
	bool empty;
	int r;

	buf_init(&b, FILE_MAX_BYTES);
	r = file_read(path, FILE_ANY, &b, NULL, err);
	if (r < 0)
		return r;
	p = buf_str(&b);
	left = b.n;
	for (line = 1; r == 0 && left > 0; line++) {
		end = memchr(p, '\n', left);
		n = end ? (size_t)(end - p) : left;
		r = ssh_key_parse_line(p, n, &key, &empty, &e);
		if (r == 0 && !empty)
			r = add_key(keys, &key, &e);
		if (r < 0)
			return error_set(err, e.code, "'%s', line %zu: %s",
				path, line, e.text);
		n += end != NULL;
		p += n;
		left -= n;
	}
	return r;
}

static bool is_bound(const struct registry_bindings *list,
	const struct ssh_key *key)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!b->removed && b->kind == REGISTRY_SSH &&
			b->ssh_key_n == key->blob_n &&
			memcmp(b->ssh_key, key->blob, key->blob_n) == 0 &&
			b->verify_required == key->verify_required)
			return true;
	}
	return false;
}

/* Twice in the file. */
static bool stands_before(const struct keys *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (keys->p[i].blob_n == keys->p[n].blob_n &&
			memcmp(keys->p[i].blob, keys->p[n].blob,
				keys->p[n].blob_n) == 0 &&
			keys->p[i].verify_required ==
				keys->p[n].verify_required)
			return true;
	return false;
}

static int bind_key(struct registry *reg, const struct event_actor *actor,
	const struct local_user *user, const struct ssh_key *key,
	struct error *err)
{
	char binding[ID_LEN], name[ID_LEN];
	struct event_draft draft = {
		.type = EVENT_BINDING_ADDED,
		.actor = *actor,
	};
	json_t *body;
	int r;

	r = id_new(binding, err);
	if (r == 0)
		r = registry_name_put(reg, "local-user", user->name, name, err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:s}",
		"binding", binding,
		"kind", registry_binding_kind_names[REGISTRY_SSH],
		"user", user->uid_text,
		"local_user", name,
		"rp", key->application,
		"ssh_key", event_bytes_new(key->blob, key->blob_n),
		"verify_required", key->verify_required,
		"basis", "imported");
	draft.body = body;
	r = body ? registry_append(reg, &draft, NULL, err) :
		   error_memory(err);
	json_decref(body);
	return r;
}

/* What is bound, and by whom; everything is borrowed. */
struct binding_keys {
	const struct run *run;
	const struct import_request *q;
	const struct local_user *user;
	const struct keys *keys;
	size_t added;
};

static int bind_keys(void *data, struct error *err)
{
	struct binding_keys *x = data;
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	const struct user_names names = local_user_names(x->user);
	struct event_actor actor;
	size_t i;
	int r = registry_bindings_by_local_user(x->q->reg, names.p, names.n,
		&list, err);

	if (r == 0 && !x->q->only_look)
		r = registry_actor(x->q->reg, NULL, x->run->ticket, &actor,
			err);
	for (i = 0; r == 0 && i < x->keys->n; i++) {
		const struct ssh_key *key = &x->keys->p[i];

		if (is_bound(&list, key) || stands_before(x->keys, i))
			continue;
		if (!x->q->only_look)
			r = bind_key(x->q->reg, &actor, x->user, key, err);
		x->added += r == 0;
	}
	return r;
}

int import_ssh(const struct run *run, const struct import_request *q,
	struct imported *ret, struct error *err)
{
	CLEANUP(keys_done) struct keys keys = { 0 };
	struct local_user user;
	struct binding_keys x = { run, q, &user, &keys, 0 };
	int r;

	r = local_user_find(q->user, &user, err);
	if (r == 0)
		r = read_keys(q->path, &keys, err);
	if (r == 0)
		r = q->only_look ? bind_keys(&x, err) :
			registry_together(q->reg, bind_keys, &x, err);
	if (r < 0)
		return r;
	ret->added = x.added;
	ret->present = keys.n - x.added;
	ret->user = user;
	run_say(run, "%zu key%s of '%s' %s for %s; %zu %s there already. "
			"They are not attested.", x.added, text_plural(x.added),
		q->path, q->only_look ? "would be imported" : "imported",
		user.name, ret->present, ret->present == 1 ? "was" : "were");
	if (q->only_look)
		return 0;
	r = login_publish_change(run, q->reg, q->login_db, err);
	ret->published = r > 0;
	return r < 0 ? r : 0;
}
