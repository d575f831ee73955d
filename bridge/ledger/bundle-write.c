/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a bundle: the events are gone through twice, since which holders and
 * bindings are the token's is known only at the end.
 */
#include "bridge/ledger/bundle.h"

#include "base/encode.h"
#include "base/folder.h"
#include "base/text.h"
#include "bridge/hash/chain.h"
#include "bridge/run/json.h"

#include <stdlib.h>
#include <string.h>

struct writer {
	const struct bundle_request *q;
	struct bundled *ret;
	json_t *holders;    /* owned, as all here: ids of the token's */
	json_t *bindings;
	json_t *evidence;   /* SHA-256 in hex */
	json_t *names;      /* "KIND/ID": {kind, id, value} */
	struct buf chain;
	struct folder folder;
	struct bundle_sum *sums;
	size_t sums_n;
};

static void writer_done(struct writer *w)
{
	json_decref(w->holders);
	json_decref(w->bindings);
	json_decref(w->evidence);
	json_decref(w->names);
	buf_done(&w->chain);
	folder_done(&w->folder);
	free(w->sums);
}

static bool is_in(const json_t *set, const char *id)
{
	return id && json_object_get(set, id);
}

static int put_in(json_t *set, const char *id, struct error *err)
{
	return id && json_object_set_new(set, id, json_true()) < 0 ?
		error_memory(err) : 0;
}

/* ---- what is the token's ---- */

static bool is_tokens(const struct writer *w, const struct event *e)
{
	const char *token = event_str(e->body, "token");

	return (token && strcmp(token, w->q->token) == 0) ||
		is_in(w->bindings, event_str(e->body, "binding"));
}

static int see_event(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct writer *w = arg;
	int r = 0;

	(void)bytes;
	(void)n;
	w->ret->facts.head = *head;
	if (e->type == EVENT_UNKNOWN || !is_tokens(w, e))
		return 0;
	r = put_in(w->holders, event_str(e->body, "holder"), err);
	if (r == 0 && e->type == EVENT_BINDING_ADDED)
		r = put_in(w->bindings, event_str(e->body, "binding"), err);
	if (r == 0 && e->type == EVENT_BINDING_WITNESSED)
		r = put_in(w->evidence, event_str(e->body, "trail"), err);
	return r < 0 ? r : put_in(w->evidence,
		event_str(e->body, "evidence"), err);
}

/* The chain's own events belong to every token: what was lost, or pruned. */
static bool is_given(const struct writer *w, const struct event *e)
{
	switch (e->type) {
	case EVENT_REGISTRY_INIT:
	case EVENT_REGISTRY_RESTORED:
	case EVENT_CHECKPOINT:
		return true;
	case EVENT_HOLDER_ADDED:
		return is_in(w->holders, event_str(e->body, "holder"));
	default:
		return e->type != EVENT_UNKNOWN && is_tokens(w, e);
	}
}

/* ---- names ---- */

static int bundle_name(struct writer *w, const char *kind, const char *id,
	struct error *err)
{
	CLEANUP(free_p) char *key = NULL, *value = NULL;
	int r;

	if (!id || !id[0])
		return 0;
	key = text_format("%s/%s", kind, id);
	if (!key)
		return error_memory(err);
	if (json_object_get(w->names, key))
		return 0;
	r = registry_name_get(w->q->reg, kind, id, &value, err);
	if (r < 0 || !value)
		return r;
	return json_object_set_new(w->names, key, json_pack("{s:s,s:s,s:s}",
		"kind", kind, "id", id, "value", value)) < 0 ?
		error_memory(err) : 0;
}

static int bundle_user(struct writer *w, const json_t *body, struct error *err)
{
	const char *account = event_str(body, "account");
	const char *user = event_str(body, "user");
	CLEANUP(free_p) char *key = NULL;

	if (!account || !user)
		return 0;
	key = text_format("%s/%s", account, user);
	return key ? bundle_name(w, "aws-user", key, err) : error_memory(err);
}

/* Those that the event has ids of, and no others. */
static int add_names(struct writer *w, const struct event *e,
	struct error *err)
{
	static const struct {
		const char *member, *kind;
	} members[] = {
		{ "holder", "holder" }, { "reason", "reason" },
		{ "device", "aws-device" }, { "oath_account", "oath-account" },
		{ "local_user", "local-user" }, { "token", "label" },
	};
	size_t i;
	int r;

	r = bundle_name(w, "host", e->actor.host, err);
	if (r == 0)
		r = bundle_name(w, "caller", e->actor.caller, err);
	if (r == 0)
		r = bundle_name(w, "ticket", e->actor.ticket, err);
	for (i = 0; r == 0 && i < ARRAY_LEN(members); i++)
		r = bundle_name(w, members[i].kind,
			event_str(e->body, members[i].member), err);
	return r < 0 ? r : bundle_user(w, e->body, err);
}

/* ---- files ---- */

static int put_file(struct writer *w, const char *name, const void *p,
	size_t n, struct error *err)
{
	struct bundle_sum *sum;
	int r;

	if ((w->sums_n & (w->sums_n - 1)) == 0) { /* full at powers of two */
		sum = reallocarray(w->sums, w->sums_n ? 2 * w->sums_n : 1,
			sizeof(*sum));
		if (!sum)
			return error_memory(err);
		w->sums = sum;
	}
	sum = &w->sums[w->sums_n++];
	strncpy(sum->name, name, sizeof(sum->name) - 1);
	sum->name[sizeof(sum->name) - 1] = '\0';
	r = chain_digest(p, n, sum->sha, err);
	return r < 0 ? r : folder_add(&w->folder, name, p, n, err);
}

static int put_json(struct writer *w, const char *name, json_t *o,
	struct error *err)
{
	CLEANUP(free_p) char *text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
	struct buf b;
	int r;

	json_decref(o);
	if (!text)
		return error_memory(err);
	buf_init(&b, BUNDLE_FILE_MAX);
	buf_printf(&b, "%s\n", text);
	r = buf_check(&b, name, err);
	if (r == 0)
		r = put_file(w, name, b.p, b.n, err);
	buf_done(&b);
	return r;
}

static int add_link(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct bundle_link link = { .seq = head->seq };
	struct writer *w = arg;
	bool given = is_given(w, e);

	/* what was written meanwhile is not of this bundle */
	if (head->seq > w->ret->facts.head.seq)
		return 0;
	memcpy(link.hash, head->hash, sizeof(link.hash));
	if (given || w->q->whole) {
		link.event = bytes;
		link.event_n = n;
	}
	bundle_link_write(&link, &w->chain);
	w->ret->events += given;
	return given ? add_names(w, e, err) : 0;
}

static int put_chain(struct writer *w, struct error *err)
{
	int r = registry_events(w->q->reg, 0, add_link, w, err);

	if (r == 0)
		r = buf_check(&w->chain, "the chain", err);
	return r < 0 ? r : put_file(w, BUNDLE_CHAIN, w->chain.p, w->chain.n,
		err);
}

static int put_evidence(struct writer *w, const char *hex, struct error *err)
{
	unsigned char sha[SHA256_LEN];
	CLEANUP(free_p) char *name = text_format(BUNDLE_EVIDENCE "%s.json",
		hex);
	struct buf b;
	bool absent;
	int r;

	if (!name)
		return error_memory(err);
	if (hex_decode(hex, strlen(hex), sha, sizeof(sha)) != SHA256_LEN)
		return 0;
	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	r = registry_evidence_get(w->q->reg, sha, &b, &absent, err);
	if (r == 0 && absent)
		w->ret->absent++;
	else if (r == 0)
		r = put_file(w, name, b.p, b.n, err);
	w->ret->evidence += r == 0 && !absent;
	buf_done(&b);
	return r;
}

static int put_all_evidence(struct writer *w, struct error *err)
{
	const char *hex;
	json_t *value;
	int r = 0;

	json_object_foreach(w->evidence, hex, value) {
		if (r == 0)
			r = put_evidence(w, hex, err);
	}
	return r;
}

static int put_names(struct writer *w, struct error *err)
{
	json_t *list = json_array(), *value;
	const char *key;

	json_object_foreach(w->names, key, value)
		json_row(&list, json_incref(value));
	return put_json(w, BUNDLE_NAMES, json_pack("{s:i,s:o}", "v", 1, "names",
		list), err);
}

static int by_sum_name(const void *a, const void *b)
{
	return strcmp(((const struct bundle_sum *)a)->name,
		((const struct bundle_sum *)b)->name);
}

static int put_sums(struct writer *w, struct error *err)
{
	struct buf b;
	size_t i;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	qsort(w->sums, w->sums_n, sizeof(*w->sums), by_sum_name);
	for (i = 0; i < w->sums_n; i++)
		bundle_sum_write(&w->sums[i], &b);
	r = buf_check(&b, BUNDLE_SUMS, err);
	if (r == 0)
		r = chain_digest(b.p, b.n, w->ret->sha, err);
	if (r == 0)
		r = folder_add(&w->folder, BUNDLE_SUMS, b.p, b.n, err);
	buf_done(&b);
	return r;
}

/* ---- for who opens it ---- */

static const char readme[] =
	"What a registry of tokenbridge says of one hardware token: the events\n"
	"that concern it, as they were written, the evidence that they name, and\n"
	"the names in them (names.json). It is personal data: keep it as such.\n"
	"\n"
	"With tokenbridge:\n"
	"\n"
	"    tokenbridge registry check-bundle DIRECTORY\n"
	"\n"
	"checks all that follows, judges the evidence as of the time when it was\n"
	"made and as of now, and tells what happened. With --head HEAD it also\n"
	"checks that the chain holds a head that was written down at that time\n"
	"(it stands in receipts and in the system's log), with --sha256 HASH that\n"
	"SHA256SUMS is the one whose hash was shown when this was made.\n"
	"\n"
	"By hand:\n"
	"\n"
	"    sha256sum -c SHA256SUMS\n"
	"\n"
	"tells whether a file was changed. The chain is checked by\n"
	"\n"
	"    import hashlib\n"
	"    last = bytes(32)\n"
	"    for line in open('chain', 'rb').read().splitlines():\n"
	"        seq, value, *event = line.split(b' ', 2)\n"
	"        value = bytes.fromhex(value.decode())\n"
	"        if event and hashlib.sha256(last + event[0]).digest() != value:\n"
	"            print('event', seq.decode(), 'was changed')\n"
	"        last = value\n"
	"    print('head', seq.decode(), last.hex())\n"
	"\n"
	"A line of chain is the number of an event, the hash of the chain at it,\n"
	"and the event where it is given. The hash of an event covers its bytes\n"
	"and the hash before it, so that an event that is given fits only where it\n"
	"stands. Of those that are not given the hash is what the registry said;\n"
	"where all are given, all of it follows from the bytes up to the head.\n"
	"\n"
	"evidence/HASH.json is named by its SHA-256, which stands in the event.\n"
	"`tokenbridge verify --from FILE --at made` judges the one of an identity\n"
	"credential alone (that of a login is none, and it says so); any WebAuthn\n"
	"library checks attestationObject and clientDataJSON with the relying\n"
	"party that stands in rpId. What the members mean: FORMATS.md of\n"
	"tokenbridge.\n"
	"\n"
	"Names are no part of the chain: it holds their ids. That an id stands for\n"
	"a name is what the registry said when this was made.\n";

/* ---- together ---- */

static int writer_init(struct writer *w, struct error *err)
{
	buf_init(&w->chain, BUNDLE_FILE_MAX);
	w->folder = (struct folder)FOLDER_INIT;
	w->holders = json_object();
	w->bindings = json_object();
	w->evidence = json_object();
	w->names = json_object();
	return w->holders && w->bindings && w->evidence && w->names ? 0 :
		error_memory(err);
}

static int put_all(struct writer *w, struct error *err)
{
	int r;

	r = put_chain(w, err);
	if (r == 0)
		r = put_all_evidence(w, err);
	if (r == 0)
		r = put_names(w, err);
	if (r == 0)
		r = put_json(w, BUNDLE_FACTS, bundle_facts_json(&w->ret->facts),
			err);
	if (r == 0)
		r = put_file(w, BUNDLE_README, readme, strlen(readme), err);
	return r < 0 ? r : put_sums(w, err);
}

int bundle_write(const struct bundle_request *q, struct bundled *ret,
	struct error *err)
{
	struct bundled made = { .events = 0 };
	CLEANUP(writer_done) struct writer w = { .q = q, .ret = &made };
	int r;

	memcpy(made.facts.token, q->token, sizeof(made.facts.token));
	made.facts.rehearsal = registry_is_rehearsal(q->reg);
	made.facts.made_at = time(NULL);
	r = writer_init(&w, err);
	if (r == 0)
		r = folder_begin(&w.folder, q->path, err);
	if (r == 0)
		r = registry_events(q->reg, 0, see_event, &w, err);
	if (r == 0)
		r = put_all(&w, err);
	if (r == 0)
		r = folder_publish(&w.folder, err);
	if (r == 0)
		*ret = made;
	return r;
}
