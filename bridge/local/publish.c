/* SPDX-License-Identifier: Apache-2.0 */
/* Making login.db from the registry. */
#include "bridge/local/publish.h"

#include "base/file.h"
#include "base/newfile.h"
#include "base/paths.h"
#include "base/text.h"
#include "bridge/event/ssh-key.h"
#include "bridge/hash/chain.h"
#include "bridge/login/host/hostfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one run of publishing shares. */
struct publisher {
	struct registry *reg;
	struct registry_tokens tokens;
	struct registry_bindings bindings;
	struct login_write *to;
};

static void publisher_done(struct publisher *p)
{
	login_write_free(&p->to);
	registry_tokens_done(&p->tokens);
	registry_bindings_done(&p->bindings);
}

void login_published_done(struct login_published *p)
{
	free(p->path);
	p->path = NULL;
}

/* ---- what is published ---- */

static const struct registry_token *token_of(const struct publisher *p,
	const struct registry_binding *b)
{
	size_t i;

	for (i = 0; i < p->tokens.n; i++)
		if (strcmp(p->tokens.p[i].id, b->token) == 0)
			return &p->tokens.p[i];
	return NULL;
}

/* A binding without a token (an imported ssh key) has nothing to be lost. */
static bool token_is_usable(const struct publisher *p,
	const struct registry_binding *b)
{
	const struct registry_token *t = token_of(p, b);

	if (!b->token[0])
		return true;
	return t && t->state != REGISTRY_LOST && t->state != REGISTRY_RETIRED;
}

static const struct registry_credential *credential_of(const struct publisher
	*p, const struct registry_binding *b)
{
	const struct registry_token *t = token_of(p, b);
	size_t i;

	for (i = 0; t && b->rp && i < t->credentials_n; i++) {
		const struct registry_credential *c = &t->credentials[i];

		if (!c->removed && strcmp(c->rp, b->rp) == 0 &&
			c->id_n == b->credential_n &&
			memcmp(c->id, b->credential, c->id_n) == 0)
			return c;
	}
	return NULL;
}

static int publish_credential(struct publisher *p,
	const struct registry_binding *b, struct error *err)
{
	const struct registry_credential *c = credential_of(p, b);

	if (!c)
		return 0;
	return login_write_credential(p->to, &(struct login_write_credential){
		.user = b->user_name,
		.token = b->token,
		.aaguid = c->aaguid,
		.id = c->id,
		.id_n = c->id_n,
		.public_key = c->public_key,
		.public_key_n = c->public_key_n,
		.counter = c->counter,
		.verify_required = b->verify_required,
		.rp = b->rp,
	}, err);
}

static int publish_ssh_key(struct publisher *p,
	const struct registry_binding *b, struct error *err)
{
	CLEANUP(buf_done) struct buf line;
	char fingerprint[SSH_FINGERPRINT_LEN];
	int r;

	buf_init(&line, 4096);
	r = ssh_key_line(b->ssh_key, b->ssh_key_n, b->verify_required, &line,
		err);
	if (r == 0)
		r = ssh_key_fingerprint(b->ssh_key, b->ssh_key_n, fingerprint,
			err);
	return r < 0 ? r : login_write_ssh_key(p->to,
		&(struct login_write_ssh_key){
			.user = b->user_name,
			.fingerprint = fingerprint,
			.token = b->token,
			.line = buf_str(&line),
		}, err);
}

static int publish_binding(struct publisher *p,
	const struct registry_binding *b, struct error *err)
{
	/* a name that was erased is nobody's login */
	if (b->removed || !b->user_name || !token_is_usable(p, b))
		return 0;
	if (b->kind == REGISTRY_PAM)
		return publish_credential(p, b, err);
	return b->kind == REGISTRY_SSH && b->ssh_key ?
		publish_ssh_key(p, b, err) : 0;
}

/* The head first: rows that came behind it are in the next generation. */
static int publish_rows(struct publisher *p, struct registry_head *ret_head,
	struct error *err)
{
	size_t i;
	int r;

	r = registry_head(p->reg, ret_head, err);
	if (r == 0)
		r = registry_tokens_all(p->reg, &p->tokens, err);
	if (r == 0)
		r = registry_bindings_all(p->reg, &p->bindings, err);
	for (i = 0; r == 0 && i < p->bindings.n; i++)
		r = publish_binding(p, &p->bindings.p[i], err);
	return r;
}

static int publish_to(struct registry *reg, const char *path,
	struct registry_head *ret_head, struct login_written *ret,
	struct error *err)
{
	CLEANUP(publisher_done) struct publisher p = { .reg = reg };
	struct login_write_source source = {
		.station = registry_station(reg),
		.rehearsal = registry_is_rehearsal(reg),
	};
	int r;

	r = login_write_new(&p.to, path, err);
	if (r == 0)
		r = publish_rows(&p, ret_head, err);
	if (r < 0)
		return r;
	source.generation = ret_head->seq;
	return login_write_finish(p.to, &source, ret, err);
}

int login_publish(struct registry *reg, const char *path,
	struct login_published *ret, struct error *err)
{
	CLEANUP(free_p) char *copy = NULL;
	struct registry_head head;
	struct login_written done;
	int r;

	if (!path)
		return 0;
	copy = strdup(path);
	if (!copy)
		return error_memory(err);
	r = publish_to(reg, path, &head, &done, err);
	if (r < 0)
		return r;
	*ret = (struct login_published){
		.path = steal(&copy),
		.users = done.users,
		.credentials = done.credentials,
		.ssh_keys = done.ssh_keys,
		.generation = head.seq,
		.group_missing = done.group_missing,
	};
	return 0;
}

/* ---- for other hosts ---- */

static int put_published(struct registry *reg, const char *path, struct buf *b,
	struct registry_head *ret_head, struct login_written *ret,
	struct error *err)
{
	CLEANUP(publisher_done) struct publisher p = { .reg = reg };
	struct hostfile_info info = {
		.rehearsal = registry_is_rehearsal(reg),
	};
	int r;

	r = login_write_new_apart(&p.to, path, err);
	if (r < 0)
		return r;
	info.made_at = time(NULL);
	r = publish_rows(&p, ret_head, err);
	if (r < 0)
		return r;
	snprintf(info.station, sizeof(info.station), "%s",
		registry_station(reg));
	memcpy(info.head, ret_head->hash, SHA256_LEN);
	info.generation = ret_head->seq;
	r = login_write_count(p.to, ret, err);
	return r < 0 ? r : hostfile_put(p.to, &info, b, err);
}

static int save_published(const char *path, const struct buf *b,
	struct error *err)
{
	CLEANUP(newfile_free) struct newfile *f = NULL;
	int r = newfile_new(&f, path, err);

	if (r < 0)
		return r;
	r = file_write_fd(fileno(newfile_stream(f)), b->p, b->n, path, err);
	return r < 0 ? r : newfile_publish(&f, err);
}

int login_publish_file(struct registry *reg, const char *path,
	struct login_published_file *ret, struct error *err)
{
	struct login_published_file done = { .users = 0 };
	unsigned char hash[SHA256_LEN];
	CLEANUP(buf_done) struct buf b;
	struct login_written written;
	int r;

	buf_init(&b, HOSTFILE_MAX);
	r = put_published(reg, path, &b, &done.head, &written, err);
	if (r == 0)
		r = chain_digest(b.p, b.n, hash, err);
	if (r == 0)
		r = save_published(path, &b, err);
	if (r < 0)
		return r;
	hex_encode(hash, SHA256_LEN, done.sha256);
	done.users = written.users;
	done.credentials = written.credentials;
	done.ssh_keys = written.ssh_keys;
	*ret = done;
	return 0;
}

/* ---- behind a change, and for people ---- */

int login_publish_change(const struct run *run, struct registry *reg,
	const char *path, struct error *err)
{
	CLEANUP(login_published_done) struct login_published p = { 0 };
	int r = login_publish(reg, path, &p, err);

	if (r < 0) {
		run_warn(run, "the registry is changed, but login.db is as it was: "
			"run `tokenbridge registry publish`");
		return r;
	}
	login_published_say(run, &p);
	return p.path != NULL;
}

void login_published_say(const struct run *run,
	const struct login_published *p)
{
	if (!p->path) {
		run_say(run, "Not published: this registry has no login.db of its "
			"own (name one by --login-db PATH).");
		return;
	}
	run_say(run, "Published to '%s': %zu user%s, %zu login credential%s, "
			"%zu ssh key%s, generation %llu.", p->path, p->users,
		text_plural(p->users), p->credentials,
		text_plural(p->credentials), p->ssh_keys,
		text_plural(p->ssh_keys), (unsigned long long)p->generation);
	if (p->group_missing)
		run_warn(run, "only root can read it: there is no group " LOGIN_GROUP
			", so sshd's tokenbridge-keys cannot (see "
			"systemd-sysusers(8))");
}
