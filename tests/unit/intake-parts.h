/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session of receiving: keys are plugged in and out by the test's word, a
 * view each time somebody looks, and each question is a letter.
 */
#ifndef TESTS_INTAKE_PARTS_H
#define TESTS_INTAKE_PARTS_H

#include "tests/unit/asked.h"

#include "bridge/lifecycle/intake.h"
#include "bridge/registry/registry.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/identify.h"
#include "bridge/verify/record.h"
#include "udev/nodes.h"

#define NEXT(left) "Plug in the next key: " left " left. (Ctrl-C ends; the "   \
	"same command goes on.)\n"
#define HEAD "Head: 00000000000000000000000000000001:5:000000000000000000"     \
	"0000000000000000000000000000000000000000000000\n"
#define TOKEN_ID "0123456789abcdef0123456789abcdef"

static char said[4096];
static struct intake_row rows[3];
static struct intake_list list;
static struct intake_request q;
static size_t left;
static const char *views[12]; /* NULL ends: then somebody ends it */
static size_t viewed;
static struct world {
	const char *known[2];  /* labels or numbers in the registry */
	enum registry_state state;
	bool other_rp;
	size_t slow;           /* so often no token is listed */
	size_t held;           /* ... then it is held so often */
	size_t listed;         /* how many tokens are, where any is */
	bool late;             /* the deadline has passed */
	bool has_serial, u2f;
	uint32_t serial;
	uint8_t model, proved; /* each byte of the AAGUIDs */
	bool found, found_credential;
	bool closed;           /* nobody reads what is told */
	char purpose[80], reason[80], lot[80];
	size_t heads, forgotten;
} x;

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	assert_ptr_equal(self, said);
	snprintf(said + n, sizeof(said) - n, "%s%s\n",
		tone == RUN_WARNS ? "warning: " : "", text);
}

static void forget(void *self)
{
	assert_ptr_equal(self, said);
	x.forgotten++;
}

static int take_result(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *e)
{
	size_t n = strlen(said);

	assert_ptr_equal(self, said);
	assert_true(json_is_object(object));
	snprintf(said + n, sizeof(said) - n, "= %s\n", text);
	*ret_closed = x.closed;
	return ask('t', e);
}

static const struct people people = { .say = hear, .forget_secrets = forget,
	.result = take_result };
static const struct run run = { .people = &people, .self = said,
	.ticket = "T-1", .cancel_fd = 77 };

/* a, b: keys; A: another interface of a; k: no key; n, m: keys that are on no
 * USB; p, q, r, s: a, but for one thing. */
static struct node node_of(char letter)
{
	struct node n = { .fido = letter != 'k', .usb_bus = 1, .usb_dev = 1 };

	snprintf(n.path, sizeof(n.path), "/dev/%c", letter == 'a' ||
		strchr("qrs", letter) ? 'a' : letter);
	strcpy(n.usb_path, letter == 'b' || letter == 's' ? "2" : "1");
	if (letter == 'n' || letter == 'm')
		n.usb_path[0] = '\0';
	if (letter == 'q')
		n.usb_bus++;
	if (letter == 'r')
		n.usb_dev++;
	return n;
}

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	const char *p = views[viewed++];
	size_t i;
	int r = ask('n', e);

	if (r < 0)
		return r;
	assert_non_null(p);
	*ret_n = strlen(p);
	*ret = calloc(*ret_n + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < *ret_n; i++)
		(*ret)[i] = node_of(p[i]);
	return 0;
}

WRAP(bool, deadline_sleep, deadline_t d, int fd)
{
	assert_in_range(deadline_left(d), 100, 200);
	assert_int_equal(fd, 77);
	(void)ask('.', &(struct error){ .code = 0 });
	return !views[viewed];
}

WRAP(bool, deadline_passed, deadline_t d)
{
	assert_in_range(deadline_left(d), 3900, 4000);
	return x.late;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_int_equal(ms, 200);
	return ask('p', e);
}

WRAP(int, attached_list, const struct run *r, const struct wanted *wanted,
	struct attached *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_null(wanted->name);
	assert_int_equal(wanted->readers, q.readers);
	ret->n = x.slow ? 0 : x.listed;
	ret->tokens = calloc(2, sizeof(*ret->tokens));
	assert_non_null(ret->tokens);
	ret->tokens[0].problem = !x.slow && x.held ? TOKEN_HELD : TOKEN_USABLE;
	if (x.slow)
		x.slow--;
	else if (x.held)
		x.held--;
	ret->tokens[0].devinfo.has_serial = x.has_serial;
	ret->tokens[0].devinfo.serial = x.serial;
	ret->tokens[0].fido.ctap2 = !x.u2f;
	memset(ret->tokens[0].fido.aaguid, x.model, 16);
	return ask('l', e);
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	int r = ask('c', e);

	if (r == 0 && t->problem != TOKEN_USABLE)
		return error_set(e, ERROR_BUSY, "somebody holds it");
	return r;
}

WRAP(int, attached_open, const struct run *r, const struct token *t,
	struct fido **ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_non_null(t);
	*ret = (struct fido *)&x;
	return ask('o', e);
}

WRAP(void, fido_free, struct fido **f)
{
	assert_true(!*f || *f == (struct fido *)&x);
	*f = NULL;
}

WRAP(int, identification_find, const struct run *r,
	const struct identify_request *i, struct identification *ret,
	struct error *e)
{
	static struct registry_credential credential;

	assert_ptr_equal(r, &run);
	assert_ptr_equal(i->fido, &x);
	assert_ptr_equal(i->reg, q.reg);
	ret->found = x.found;
	ret->credential = x.found_credential ? &credential : NULL;
	strcpy(ret->row.id, TOKEN_ID);
	return ask('i', e);
}

WRAP(int, verify_token, const struct run *r, const struct verify_request *v,
	struct verification *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(v->fido, &x);
	assert_ptr_equal(v->reg, q.reg);
	assert_ptr_equal(v->trust, q.trust);
	strcpy(x.purpose, v->purpose);
	ret->verdict = VERDICT_GENUINE;
	memset(ret->facts.aaguid, x.proved, 16);
	return ask('v', e);
}

WRAP(int, admission_check_token, const struct run *r,
	const struct admission *a, const struct verification *v,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(a->trust, q.trust);
	assert_ptr_equal(a->force, q.force);
	assert_null(a->method);
	assert_int_equal(v->verdict, VERDICT_GENUINE);
	return ask('m', e);
}

WRAP(int, record_verification, struct record *r, const struct verification *v,
	struct error *e)
{
	assert_ptr_equal(r->reg, q.reg);
	assert_int_equal(r->actor.uid, 7);
	assert_int_equal(v->verdict, VERDICT_GENUINE);
	assert_true(id_is_valid(r->journal));
	assert_ptr_equal(r->reason, q.force);
	snprintf(x.reason, sizeof(x.reason), "%s", r->label ? r->label : "-");
	strcpy(r->token, TOKEN_ID);
	strcpy(r->head.stream, "00000000000000000000000000000001");
	r->head.seq = 5;
	return ask('R', e);
}

WRAP(int, record_event, struct record *r, enum event_type type,
	enum record_step step, json_t *body, struct error *e)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

	(void)r;
	assert_int_equal(type, EVENT_TOKEN_IDENTIFIED);
	assert_int_equal(step, RECORD_LOT);
	assert_string_equal(text, "{\"identifiers\":[{\"basis\":"
		"\"self-reported\",\"kind\":\"lot\",\"value\":\"7\"}],"
		"\"token\":\"" TOKEN_ID "\"}");
	free(text);
	json_decref(body);
	return ask('E', e);
}

WRAP(int, registry_actor, struct registry *reg, const char *caller_arn,
	const char *ticket, struct event_actor *ret, struct error *e)
{
	assert_ptr_equal(reg, q.reg);
	assert_null(caller_arn);
	assert_string_equal(ticket, "T-1");
	ret->uid = 7;
	return ask('A', e);
}

WRAP(void, registry_log_head, const struct registry_head *head)
{
	assert_int_equal(head->seq, 5);
	x.heads++;
}

static int find_tokens(const char *value, struct registry_tokens *ret,
	struct error *e)
{
	static char rp[] = PROOF_RP_ID, other[] = "ssh:";
	struct registry_credential *c = calloc(1, sizeof(*c));
	size_t i;

	assert_non_null(c);
	c->rp = strdup(x.other_rp ? other : rp);
	ret->p = calloc(1, sizeof(*ret->p));
	assert_non_null(ret->p);
	for (i = 0; i < 2; i++)
		ret->n |= x.known[i] && strcmp(value, x.known[i]) == 0;
	ret->p[0].state = x.state;
	ret->p[0].credentials = c;
	ret->p[0].credentials_n = 1;
	if (!ret->n)
		free(c->rp);
	if (!ret->n)
		free(c);
	return ask('q', e);
}

WRAP(int, registry_tokens_by_identifier, struct registry *reg,
	const char *kind, const char *value, struct registry_tokens *ret,
	struct error *e)
{
	assert_ptr_equal(reg, q.reg);
	assert_string_equal(kind, REGISTRY_ID_SERIAL);
	return find_tokens(value, ret, e);
}

WRAP(int, registry_tokens_by_label, struct registry *reg, const char *label,
	struct registry_tokens *ret, struct error *e)
{
	assert_ptr_equal(reg, q.reg);
	return find_tokens(label, ret, e);
}

/* One label on the list, and a key that is plugged in. */
static int begin(void **state)
{
	static char blue[] = "blue-1";

	(void)state;
	memset(&failing, 0, sizeof(failing));
	memset(rows, 0, sizeof(rows));
	rows[0] = (struct intake_row){ .line = 2, .label = blue };
	list = (struct intake_list){ .p = rows, .n = 1 };
	q = (struct intake_request){ .list = &list,
		.reg = (struct registry *)&list,
		.trust = (const struct trust *)&rows };
	memset(views, 0, sizeof(views));
	views[0] = "a";
	x = (struct world){ .listed = 1, .model = 1, .proved = 1,
		.state = REGISTRY_STOCK };
	return 0;
}

static int go(void)
{
	said[0] = asked[0] = '\0';
	viewed = 0;
	left = 99;
	x.heads = x.forgotten = 0;
	return lifecycle_intake(&run, &q, &left, &err);
}

static UNUSED void goes(const char *questions, size_t still, const char *words)
{
	OK(go());
	assert_string_equal(asked, questions);
	assert_string_equal(said, words);
	assert_int_equal(left, still);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

#endif
