/* SPDX-License-Identifier: Apache-2.0 */
/* Device, label or serial number. */
#include "bridge/revoke/named.h"

#include "base/text.h"
#include "bridge/account/device.h"

#include <stdio.h>
#include <string.h>

#define MEANINGS_MAX 8

/* What one text may mean. */
struct meaning {
	const char *kind; /* "device", "label", "serial number" */
	char serial[IAM_SERIAL_MAX + 1]; /* of the device that it leads to */
};

struct naming {
	struct revoke_work *w;
	const char *user, *text;
	struct iam_user known; /* AWS's; id "" where it knows none */
	struct meaning p[MEANINGS_MAX];
	size_t n;
};

static void naming_add(struct naming *x, const char *kind, const char *serial)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (strcmp(x->p[i].serial, serial) == 0 &&
			strcmp(x->p[i].kind, kind) == 0)
			return;
	if (x->n == MEANINGS_MAX)
		return;
	x->p[x->n].kind = kind;
	snprintf(x->p[x->n++].serial, sizeof(x->p[0].serial), "%s", serial);
}

static bool is_users(const struct naming *x, const struct registry_binding *b)
{
	if (b->kind != REGISTRY_AWS || !b->device ||
		strcmp(b->account, x->w->aws->caller.account) != 0)
		return false;
	if (x->known.id[0] && b->user)
		return strcmp(b->user, x->known.id) == 0;
	return b->user_name && strcmp(b->user_name, x->user) == 0;
}

/* The bindings in force of a token; without one, those that were. */
static void add_bindings(struct naming *x, const char *kind,
	const struct registry_bindings *list)
{
	size_t i, before = x->n;
	int removed;

	for (removed = 0; removed < 2 && x->n == before; removed++)
		for (i = 0; i < list->n; i++)
			if ((list->p[i].removed != 0) == removed &&
				is_users(x, &list->p[i]))
				naming_add(x, kind, list->p[i].device);
}

static void add_tokens(struct naming *x, const char *kind,
	const struct registry_tokens *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		add_bindings(x, kind, &list->p[i].bindings);
}

static int named_by_label(struct naming *x, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	int r = registry_tokens_by_label(x->w->reg, x->text, &list, err);

	if (r == 0)
		add_tokens(x, "label", &list);
	return r;
}

static int named_by_serial(struct naming *x, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	uint64_t number;
	int r;

	if (text_parse_u64(x->text, UINT32_MAX, &number) < 0)
		return 0;
	r = registry_tokens_by_identifier(x->w->reg, REGISTRY_ID_SERIAL,
		x->text, &list, err);
	if (r == 0)
		add_tokens(x, "serial number", &list);
	return r;
}

static int naming_see_device(void *data, const struct iam_device *d,
	struct error *err)
{
	struct naming *x = data;

	(void)err;
	if (account_device_is_named(x->text, d->serial))
		naming_add(x, "device", d->serial);
	return 0;
}

/* Two ways to two devices: a person has to say which. */
static int check_one(const struct naming *x, struct error *err)
{
	const struct meaning *a = &x->p[0], *b;
	size_t i;

	for (i = 1; i < x->n; i++) {
		b = &x->p[i];
		if (strcmp(a->serial, b->serial) == 0)
			continue;
		return error_set(err, strcmp(a->kind, b->kind) == 0 ?
			ERROR_USAGE : ERROR_REFUSED,
			"'%s' means two devices of '%s': by %s '%s', by %s "
			"'%s'; give the whole serial number of one", x->text,
			x->user, a->kind, a->serial, b->kind, b->serial);
	}
	return 0;
}

int named_device(struct revoke_work *w, const char *user, const char *text,
	char ret_serial[IAM_SERIAL_MAX + 1], struct error *err)
{
	struct naming x = { .w = w, .user = user, .text = text };
	bool found = false;
	int r = iam_get_user(w->aws->session, user, &x.known, &found, err);

	if (r == 0)
		r = named_by_label(&x, err);
	if (r == 0)
		r = named_by_serial(&x, err);
	/* where no token goes by it the revocation itself asks AWS */
	if (r == 0 && x.n > 0 && found)
		r = iam_list_mfa_devices(w->aws->session, user, naming_see_device,
			&x, err);
	if (r == 0)
		r = check_one(&x, err);
	if (r < 0)
		return r;
	snprintf(ret_serial, IAM_SERIAL_MAX + 1, "%s", x.n > 0 ?
		x.p[0].serial : text);
	return 0;
}
