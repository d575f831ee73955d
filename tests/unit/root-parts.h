/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root led through the console: what AWS shows, what a person says, and tokens,
 * are the test's word; the registry and the file beside it are real.
 */
#ifndef TESTS_ROOT_PARTS_H
#define TESTS_ROOT_PARTS_H

#include "tests/unit/asked.h"
#include "tests/unit/test_registry.h"

#include "aws/api/organizations.h"
#include "bridge/guide/guide.h"
#include "bridge/root/keep.h"
#include "bridge/root/leading.h"
#include "bridge/verify/admission.h"

#define ACCOUNT "123456789012"
#define NOW 1769904000
#define PHONE "arn:aws:iam::" ACCOUNT ":mfa/phone"
#define SEED "arn:aws:iam::" ACCOUNT ":mfa/seed"
#define SHA "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct place place;
static struct registry *reg;
static struct account aws;
static struct trust trust;
static struct token token;
static struct root_request q;
static struct root_receipt receipt;
static char said[8192];

static struct world {
	struct organization organization;
	bool in_organization;
	struct root_device devices[2];
	size_t devices_n, looks, gone_after; /* looks, 0: never */
	enum audit_answer password, virtual;
	const char *sees;   /* y, n: each wait; at the end n */
	const char *says;   /* y, n, ?: a person; at the end n */
	const char *yes;    /* y, n: a second key */
	enum root_how how;
	char row[2][ID_LEN]; /* the tokens that come */
	size_t keys;
	bool known, proved, credential;
	const char *named;  /* of the token that is wanted, as it was asked */
	char told[512];     /* sequences and devices */
} world;

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	(void)self;
	snprintf(said + n, sizeof(said) - n, "%s%s\n",
		tone == RUN_WARNS ? "warning: " : "", text);
}

static int confirm(void *self, const char *question, bool *ret_yes,
	struct error *e)
{
	hear(self, RUN_SAYS, question);
	*ret_yes = *world.yes == 'y';
	world.yes += *world.yes != '\0';
	return ask('?', e);
}

static void forget(void *self)
{
	(void)self;
}

static const struct people people = { .say = hear, .confirm = confirm,
	.forget_secrets = forget };
static const struct run run = { .people = &people, .cancel_fd = -1 };

WRAP(int, root_look, const struct root_look *look, struct root_sight *ret,
	struct error *e)
{
	assert_string_equal(look->account, ACCOUNT);
	assert_false(look->assumed || look->report);
	assert_int_equal(look->by_root, strstr(aws.caller.arn, ":root") != NULL);
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->account, ACCOUNT);
	ret->partition = q.partition;
	ret->fact[ROOT_PASSWORD].answer = world.password;
	ret->fact[ROOT_KEYS].answer = AUDIT_NO;
	ret->fact[ROOT_CERTIFICATES].answer = AUDIT_NO;
	ret->fact[ROOT_VIRTUAL].answer = world.virtual;
	world.looks++;
	if (!world.gone_after || world.looks <= world.gone_after) {
		memcpy(ret->devices, world.devices, sizeof(world.devices));
		ret->devices_n = world.devices_n;
	}
	return ask('l', e);
}

WRAP(int, organizations_describe, struct aws_session *s,
	struct organization *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(s, aws.session);
	*ret = world.organization;
	*ret_found = world.in_organization;
	return ask('o', e);
}

WRAP(int, guide_tell, const struct run *r, const char *sequence,
	const struct guide_values *v, unsigned *number, struct error *e)
{
	size_t n = strlen(world.told);

	assert_ptr_equal(r, &run);
	assert_string_equal(v->partition, q.partition->name);
	assert_string_equal(v->value[GUIDE_ACCOUNT], ACCOUNT);
	assert_ptr_equal(v->value[GUIDE_SERIAL], q.serial);
	assert_ptr_equal(v->value[GUIDE_EMAIL_HINT], q.email_hint);
	snprintf(world.told + n, sizeof(world.told) - n, "%s %s %s %s\n",
		sequence, v->value[GUIDE_DEVICE_NAME], v->value[GUIDE_TOKEN],
		v->value[GUIDE_DEVICE] ? v->value[GUIDE_DEVICE] : "-");
	(*number)++;
	return ask('t', e);
}

WRAP(int, watch_before, struct watch *w, struct root_progress *p,
	struct error *e)
{
	(void)w;
	p->begun = NOW;
	return ask('b', e);
}

static void see(struct root_progress *p, enum root_event event, bool *ret)
{
	struct root_observation o = { .event = event, .how = world.how,
		.when = NOW };

	*ret = *world.sees == 'y';
	world.sees += *world.sees != '\0';
	if (!*ret)
		return;
	if (event == ROOT_WAS_ENABLED)
		strcpy(o.device, SEED);
	if (world.how == ROOT_BY_TRAIL)
		strcpy(o.evidence, SHA);
	root_progress_see(p, &o);
}

WRAP(int, watch_removed, struct watch *w, struct root_progress *p,
	bool *ret_found, struct error *e)
{
	(void)w;
	see(p, ROOT_WAS_REMOVED, ret_found);
	return ask('r', e);
}

WRAP(int, watch_wait, struct watch *w, watch_fn *look, const char *what,
	deadline_t until, struct root_progress *p, bool *ret_found,
	struct error *e)
{
	bool removed = look == watch_removed;
	bool enabled = look == watch_enabled;

	assert_true(removed || enabled || look == watch_signed_in);
	assert_string_equal(what, removed ? "its removal" : enabled ?
		"the new device" : "the sign-in");
	assert_in_range(until - deadline_now(), 1, 60000);
	strcpy(w->note, enabled ? "no trail" : "");
	see(p, removed ? ROOT_WAS_REMOVED : enabled ? ROOT_WAS_ENABLED :
		ROOT_SIGNED_IN, ret_found);
	return ask('w', e);
}

WRAP(int, watch_strengthen, struct watch *w, struct root_progress *p,
	struct error *e)
{
	(void)w;
	(void)p;
	return ask('s', e);
}

WRAP(int, stated_ask, const struct run *r, const char *question,
	enum audit_answer *ret, struct error *e)
{
	run_say(r, "%s", question);
	*ret = *world.says == 'y' ? AUDIT_YES : *world.says == '?' ?
		AUDIT_NOT_KNOWN : AUDIT_NO;
	world.says += *world.says != '\0';
	return ask('q', e);
}

WRAP(void, stated_by, char ret[64])
{
	strcpy(ret, "alice");
}

WRAP(int, attached_find_open, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct fido **ret, struct error *e)
{
	(void)r;
	(void)ret;
	world.named = wanted->name;
	a->chosen = &token;
	return ask('f', e);
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	assert_ptr_equal(t, &token);
	return ask('c', e);
}

WRAP(int, attached_open, const struct run *r, const struct token *t,
	struct fido **ret, struct error *e)
{
	(void)r;
	(void)ret;
	assert_ptr_equal(t, &token);
	return ask('O', e);
}

WRAP(int, admission_check_claims, const struct run *r,
	const struct admission *a, const struct token *t, struct error *e)
{
	(void)r;
	assert_true(a->trust == &trust && t == &token && !a->force);
	assert_string_equal(a->method, "fido");
	return ask('a', e);
}

WRAP(int, admission_check_token, const struct run *r,
	const struct admission *a, const struct verification *v,
	struct error *e)
{
	(void)r;
	(void)v;
	assert_true(a->trust == &trust && !a->force);
	return ask('A', e);
}

static struct registry_credential credential;

WRAP(int, verify_token, const struct run *r, const struct verify_request *v,
	struct verification *ret, struct error *e)
{
	(void)r;
	assert_true(v->token == &token && v->reg == reg && v->trust == &trust);
	assert_string_equal(v->purpose, "before it is registered for root");
	assert_ptr_equal(v->holder, q.place);
	ret->known = world.known;
	ret->proved = world.proved;
	ret->credential = world.credential ? &credential : NULL;
	if (world.known)
		OK(keep_row(&q, world.row[world.keys], &ret->row, e));
	return ask('v', e);
}

WRAP(int, record_verification, struct record *r, const struct verification *v,
	struct error *e)
{
	(void)v;
	assert_ptr_equal(r->reg, reg);
	assert_ptr_equal(r->holder.name, q.place);
	assert_int_equal(r->holder.kind, REGISTRY_PLACE);
	assert_ptr_equal(r->label, q.label);
	strcpy(r->token, world.row[world.keys++]);
	return ask('V', e);
}

static UNUSED int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	memset(&world, 0, sizeof(world));
	memset(&failing, 0, sizeof(failing));
	memset(&aws, 0, sizeof(aws));
	strcpy(aws.caller.arn, "arn:aws:iam::" ACCOUNT ":user/admin");
	policy_init(&trust.policy);
	q = (struct root_request){ .aws = &aws, .account = ACCOUNT,
		.partition = partition_by_name("aws"), .endpoint = "",
		.reg = reg, .trust = &trust, .method = "hardware-totp",
		.serial = "GAKT12345678", .wait_ms = 60000 };
	OK(registry_actor(reg, NULL, NULL, &q.actor, &err));
	world.sees = world.says = world.yes = "";
	world.how = ROOT_BY_LIST;
	world.password = AUDIT_YES;
	world.virtual = AUDIT_NO;
	return 0;
}

static UNUSED int end(void **state)
{
	(void)state;
	root_receipt_done(&receipt);
	policy_done(&trust.policy);
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

static UNUSED int lead(void)
{
	root_receipt_done(&receipt);
	said[0] = asked[0] = world.told[0] = '\0';
	world.looks = 0;
	return root_lead(&run, &q, &receipt, &err);
}

static UNUSED void said_is(const char *want)
{
	assert_string_equal(said, want);
}

static UNUSED void told_is(const char *want)
{
	assert_string_equal(world.told, want);
}

static UNUSED void open_is(const char *want)
{
	char text[1400] = "";
	size_t i, n = 0;

	for (i = 0; i < receipt.open_n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n",
			receipt.open[i]);
	assert_string_equal(text, want);
}

/* Root's bindings that are in force, and the last one's basis. */
static UNUSED size_t bound(const char **ret_basis)
{
	static char basis[32];
	struct registry_bindings list = { NULL, 0 };
	size_t n, i;

	OK(registry_bindings_by_user(reg, ACCOUNT, ACCOUNT, &list, &err));
	n = registry_bindings_in_force(&list);
	basis[0] = '\0';
	for (i = 0; i < list.n; i++)
		if (!list.p[i].removed && list.p[i].basis)
			snprintf(basis, sizeof(basis), "%s", list.p[i].basis);
	registry_bindings_done(&list);
	if (ret_basis)
		*ret_basis = basis;
	return n;
}

static UNUSED void bind_root(const char *device, const char *method,
	const char *token_id)
{
	char id[ID_LEN], name[ID_LEN];

	new_id(id);
	OK(registry_name_put(reg, "aws-device", device, name, &err));
	add(reg, EVENT_BINDING_ADDED, json_pack(
		"{s:s,s:s*,s:s,s:s,s:s,s:s,s:s}", "binding", id, "token",
		token_id, "kind", "aws", "account", ACCOUNT, "user", ACCOUNT,
		"device", name, "method", method));
}

#endif
