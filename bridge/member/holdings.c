/* SPDX-License-Identifier: Apache-2.0 */
/* Root's credentials: listed, and taken away one by one. */
#include "bridge/member/holdings.h"

#include <stdio.h>
#include <string.h>

const char *const holding_names[HOLDING_KINDS] = {
	[HOLDING_KEY] = "access-key",
	[HOLDING_CERTIFICATE] = "certificate",
	[HOLDING_PASSWORD] = "password",
	[HOLDING_DEVICE] = "device",
};

static int add_holding(struct holdings *h, enum holding_kind kind,
	const char *id, struct error *err)
{
	struct holding *p;

	/* a list that was broken off and asked for anew */
	if (holdings_have(h, kind, id))
		return 0;
	if (h->n == HOLDINGS_MAX)
		return error_set(err, ERROR_MALFORMED,
			"AWS lists more than %d credentials of root",
			HOLDINGS_MAX);
	p = &h->p[h->n++];
	*p = (struct holding){ .kind = kind };
	snprintf(p->id, sizeof(p->id), "%s", id);
	return 0;
}

/* ---- looking ---- */

static int see_root_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	return add_holding(data, HOLDING_KEY, key->id, err);
}

static int see_certificate(void *data, const char id[IAM_CERTIFICATE_ID_MAX],
	struct error *err)
{
	return add_holding(data, HOLDING_CERTIFICATE, id, err);
}

static int see_root_device(void *data, const struct iam_device *device,
	struct error *err)
{
	return add_holding(data, HOLDING_DEVICE, device->serial, err);
}

static int look_keys(void *data, struct aws_session *s, struct error *err)
{
	return iam_list_access_keys(s, NULL, see_root_key, data, err);
}

static int look_certificates(void *data, struct aws_session *s,
	struct error *err)
{
	return iam_root_list_certificates(s, see_certificate, data, err);
}

static int look_password(void *data, struct aws_session *s, struct error *err)
{
	bool there = false;
	int r = iam_root_has_password(s, &there, err);

	return r < 0 || !there ? r : add_holding(data, HOLDING_PASSWORD, "",
		err);
}

static int look_devices(void *data, struct aws_session *s, struct error *err)
{
	return iam_list_mfa_devices(s, NULL, see_root_device, data, err);
}

int holdings_look(struct member *m, enum holding_kind kind,
	struct holdings *ret, struct error *err)
{
	static member_fn *const looks[HOLDING_KINDS] = {
		[HOLDING_KEY] = look_keys,
		[HOLDING_CERTIFICATE] = look_certificates,
		[HOLDING_PASSWORD] = look_password,
		[HOLDING_DEVICE] = look_devices,
	};

	return member_do(m, looks[kind], ret, err);
}

static int look_used(void *data, struct aws_session *s, struct error *err)
{
	struct holding *h = data;

	return iam_root_key_last_used(s, h->id, &h->used, err);
}

int holdings_look_all(struct member *m, struct holdings *ret,
	struct error *err)
{
	struct holdings all = { .n = 0 };
	struct error e;
	size_t i;
	int kind, r = 0;

	for (kind = 0; r == 0 && kind < HOLDING_KINDS; kind++)
		r = holdings_look(m, (enum holding_kind)kind, &all, err);
	for (i = 0; r == 0 && i < all.n; i++) {
		if (all.p[i].kind != HOLDING_KEY)
			continue;
		all.p[i].used_known = member_do(m, look_used, &all.p[i],
			&e) == 0;
		if (!all.p[i].used_known && e.code == ERROR_INTERRUPTED)
			r = error_copy(err, &e);
	}
	if (r == 0)
		*ret = all;
	return r;
}

size_t holdings_count(const struct holdings *h, enum holding_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < h->n; i++)
		n += h->p[i].kind == kind;
	return n;
}

bool holdings_have(const struct holdings *h, enum holding_kind kind,
	const char *id)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->p[i].kind == kind && strcmp(h->p[i].id, id) == 0)
			return true;
	return false;
}

/* ---- taking away ---- */

static int take_holding(void *data, struct aws_session *s, struct error *err)
{
	const struct holding *h = data;

	switch (h->kind) {
	case HOLDING_KEY:
		return iam_root_delete_key(s, h->id, err);
	case HOLDING_CERTIFICATE:
		return iam_root_delete_certificate(s, h->id, err);
	case HOLDING_PASSWORD:
		return iam_root_delete_password(s, err);
	default:
		return iam_root_deactivate(s, h->id, err);
	}
}

int holdings_take(struct member *m, const struct holding *h,
	struct error *err)
{
	struct holding copy = *h;

	return member_do(m, take_holding, &copy, err);
}
