/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle's chain that a test makes, and what its writer calls: each call that
 * can fail is counted, and one of them does.
 */
#ifndef TESTS_BUNDLE_WRITE_PARTS_H
#define TESTS_BUNDLE_WRITE_PARTS_H

#include "tests/unit/unit.h"

#include "base/encode.h"
#include "base/folder.h"
#include "bridge/hash/chain.h"
#include "bridge/ledger/bundle.h"

#define REG ((struct registry *)(uintptr_t)16)
#define TOKEN "0123456789abcdef0123456789abcdef"
#define SHA_OF(c) c c c c c c c c c c c c c c c c
#define A1 SHA_OF("a1a1")
#define B2 SHA_OF("b2b2")
#define GONE SHA_OF("dddd")
#define STRANGE SHA_OF("eeee")
#define LATER 22 /* is written between the two goings through */

/* The chain; %t stands for the token in a body. */
static const struct told {
	enum event_type type;
	const char *body;
	bool given;
} chain[] = {
	{ EVENT_REGISTRY_INIT, "{}", true },
	{ EVENT_HOLDER_ADDED, "{'holder':'alice'}", true },
	{ EVENT_HOLDER_ADDED, "{'holder':'bob'}", false },
	{ EVENT_HOLDER_ADDED, "{}", false },
	{ EVENT_TOKEN_ADDED, "{'token':'%t','trail':'" STRANGE "'}", true },
	{ EVENT_TOKEN_ADDED, "{'token':'other','evidence':'" STRANGE "'}",
		false },
	{ EVENT_BINDING_WITNESSED, "{'binding':'1','trail':'" STRANGE "'}",
		true },
	{ EVENT_BINDING_ADDED, "{'token':'%t','binding':'1',"
		"'holder':'alice','account':'123456789012','user':'ID1',"
		"'device':'D1'}", true },
	{ EVENT_BINDING_ADDED, "{'token':'other','binding':'2',"
		"'holder':'bob','account':'123456789012','user':'ID2'}",
		false },
	{ EVENT_BINDING_WITNESSED, "{'binding':'1','trail':'" A1 "',"
		"'evidence':'" B2 "','account':'123456789012'}", true },
	{ EVENT_BINDING_WITNESSED, "{'binding':'2','trail':'" STRANGE "'}",
		false },
	/* only the event that adds a binding makes it the token's */
	{ EVENT_TOKEN_STATE, "{'token':'%t','binding':'3','user':'ID3',"
		"'reason':'R'}", true },
	{ EVENT_BINDING_REMOVED, "{'binding':'3'}", false },
	{ EVENT_UNKNOWN, "{'token':'%t','evidence':'" STRANGE "',"
		"'binding':'1'}", false },
	{ EVENT_TOKEN_VERIFIED, "{'token':'%t','evidence':'" GONE "'}", true },
	{ EVENT_TOKEN_VERIFIED, "{'token':'%t','evidence':'" A1 "'}", true },
	/* what is no hash names no piece */
	{ EVENT_TOKEN_VERIFIED, "{'token':'%t','evidence':'a1a1'}", true },
	{ EVENT_BINDING_REMOVED, "{'binding':'1','local_user':'L1',"
		"'oath_account':'O1'}", true },
	{ EVENT_CHECKPOINT, "{}", true },
	{ EVENT_REGISTRY_RESTORED, "{}", true },
	{ EVENT_TOKEN_STATE, "{'binding':'4'}", false },
	{ EVENT_TOKEN_STATE, "{'token':'%t','reason':'erased'}", true },
	{ EVENT_TOKEN_STATE, "{'token':'%t','reason':'R2'}", true },
};

struct kept_file {
	char name[128];
	char *text;
};

static struct world {
	char steps[4096];
	struct kept_file files[16];
	size_t files_n;
	int calls, failing;   /* the call of this number fails; 0: none */
	bool failed;
	int passes;
	char asked[2048];     /* names */
	bool rehearsal;
	char grown[64];
	json_t *sets[4];      /* the writer's, which it frees */
	size_t sets_n, freed;
} w;

static void step(const char *name)
{
	size_t n = strlen(w.steps);

	assert_false(w.failed);
	snprintf(w.steps + n, sizeof(w.steps) - n, "%s\n", name);
}

static bool fails(void)
{
	if (w.failed || ++w.calls != w.failing)
		return false;
	w.failed = true;
	return true;
}

static int answer(struct error *e)
{
	return fails() ? error_set(e, ERROR_BUSY, "no") : 0;
}

/* ---- doubles ---- */

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return 1769904000;
}

WRAP(bool, registry_is_rehearsal, const struct registry *reg)
{
	assert_ptr_equal(reg, REG);
	return w.rehearsal;
}

WRAP(int, folder_begin, struct folder *f, const char *path, struct error *e)
{
	assert_null(f->path);
	assert_null(f->temp);
	assert_int_equal(f->fd, -1);
	assert_string_equal(path, "out");
	step("begin");
	return answer(e);
}

WRAP(int, folder_add, struct folder *f, const char *name, const void *p,
	size_t n, struct error *e)
{
	struct kept_file *file = &w.files[w.files_n++];

	assert_non_null(f);
	assert_true(w.files_n <= ARRAY_LEN(w.files));
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->text = strndup(p, n);
	assert_int_equal(strlen(file->text), n);
	step(name);
	return answer(e);
}

WRAP(int, folder_publish, struct folder *f, struct error *e)
{
	assert_non_null(f);
	step("publish");
	return answer(e);
}

WRAP(void, folder_done, struct folder *f)
{
	size_t n = strlen(w.steps);

	assert_non_null(f);
	snprintf(w.steps + n, sizeof(w.steps) - n, "done\n");
}

int __real_chain_digest(const void *p, size_t n,
	unsigned char ret[SHA256_LEN], struct error *e);

WRAP(int, chain_digest, const void *p, size_t n, unsigned char ret[SHA256_LEN],
	struct error *e)
{
	assert_false(w.failed);
	return fails() ? error_set(e, ERROR_BUSY, "no") :
		__real_chain_digest(p, n, ret, e);
}

WRAP(int, buf_check, const struct buf *b, const char *what, struct error *e)
{
	char text[160];

	assert_true(b->max == BUNDLE_FILE_MAX);
	snprintf(text, sizeof(text), "check %s", what);
	step(text);
	return answer(e);
}

WRAP(char *, text_format, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (fails())
		return NULL;
	va_start(ap, fmt);
	assert_true(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	return text;
}

json_t *__real_json_object(void);

WRAP(json_t *, json_object, void)
{
	json_t *o = fails() ? NULL : __real_json_object();

	if (w.sets_n < ARRAY_LEN(w.sets))
		w.sets[w.sets_n++] = o;
	return o;
}

void __real_json_delete(json_t *o);

WRAP(void, json_delete, json_t *o)
{
	size_t i;

	for (i = 0; i < w.sets_n; i++)
		w.freed += o == w.sets[i];
	__real_json_delete(o);
}

int __real_json_object_set_new(json_t *o, const char *key, json_t *value);

WRAP(int, json_object_set_new, json_t *o, const char *key, json_t *value)
{
	if (!fails())
		return __real_json_object_set_new(o, key, value);
	json_decref(value);
	return -1;
}

char *__real_json_dumps(const json_t *o, size_t flags);

WRAP(char *, json_dumps, const json_t *o, size_t flags)
{
	return fails() ? NULL : __real_json_dumps(o, flags);
}

void *__real_reallocarray(void *p, size_t n, size_t size);

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	size_t len = strlen(w.grown);

	if (size != sizeof(struct bundle_sum))
		return __real_reallocarray(p, n, size);
	snprintf(w.grown + len, sizeof(w.grown) - len, "%zu ", n);
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

static int tell(size_t i, registry_event_fn *each, void *arg, struct error *e)
{
	struct event event = { .type = chain[i].type, .seq = i,
		.actor = { .host = "here", .caller = "someone" } };
	struct registry_head head = { .stream = "stream", .seq = i };
	char body[512], bytes[16];
	char *at;
	int r;

	snprintf(body, sizeof(body), "%s", chain[i].body);
	while ((at = strchr(body, '\'')))
		*at = '"';
	at = strstr(body, "%t");
	if (at) {
		memmove(at + strlen(TOKEN), at + 2, strlen(at + 2) + 1);
		memcpy(at, TOKEN, strlen(TOKEN));
	}
	if (i == 0)
		strcpy(event.actor.ticket, "T1");
	memset(head.hash, (int)i, sizeof(head.hash));
	snprintf(bytes, sizeof(bytes), "<%zu>", i);
	event.body = json_loads(body, 0, NULL);
	assert_non_null(event.body);
	r = each(&event, &head, (unsigned char *)bytes, strlen(bytes), arg, e);
	json_decref(event.body);
	return r;
}

WRAP(int, registry_events, struct registry *reg, uint64_t first,
	registry_event_fn *each, void *arg, struct error *e)
{
	size_t i, n = ++w.passes == 1 ? LATER : LATER + 1;
	int r = 0;

	assert_ptr_equal(reg, REG);
	assert_int_equal(first, 0);
	step("events");
	for (i = 0; r == 0 && i < n; i++)
		r = tell(i, each, arg, e);
	return r ? r : answer(e);
}

WRAP(int, registry_name_get, struct registry *reg, const char *kind,
	const char *id, char **ret, struct error *e)
{
	size_t n = strlen(w.asked);

	assert_ptr_equal(reg, REG);
	assert_false(w.failed);
	snprintf(w.asked + n, sizeof(w.asked) - n, "%s/%s\n", kind, id);
	if (fails())
		return error_set(e, ERROR_BUSY, "no");
	if (strcmp(id, "erased") != 0)
		*ret = strdup(strcmp(id, TOKEN) == 0 ? "blue" : id);
	return 0;
}

WRAP(int, registry_evidence_get, struct registry *reg,
	const unsigned char sha[SHA256_LEN], struct buf *b, bool *ret_absent,
	struct error *e)
{
	static const char *const names[] = { "a1", "b2", "dd" };
	char hex[HEX_LEN(1)];

	assert_ptr_equal(reg, REG);
	assert_true(b->max == REGISTRY_EVIDENCE_MAX);
	hex_encode(sha, 1, hex);
	assert_true(strcmp(hex, names[0]) == 0 || strcmp(hex, names[1]) == 0 ||
		strcmp(hex, names[2]) == 0);
	step(hex);
	*ret_absent = strcmp(hex, "dd") == 0;
	if (!*ret_absent)
		buf_printf(b, "piece %s", hex);
	return answer(e);
}

#endif
