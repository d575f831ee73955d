/* SPDX-License-Identifier: Apache-2.0 */
/* What there is in place of what was named. */
#include "bridge/account/instead.h"

#include "base/near.h"
#include "base/text.h"
#include "bridge/account/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 3 /* devices, behind which the rest is counted */

struct having {
	struct registry *reg;
	struct near near;
	char *kept[16]; /* owned: what near points into */
	size_t kept_n;
	char *ret;
	size_t n;
};

static void having_done(struct having *h)
{
	size_t i;

	for (i = 0; i < h->kept_n; i++)
		free(h->kept[i]);
}

/* The name at a device's end, which does for its serial number. */
static const char *short_name(const char *serial)
{
	const char *slash = strrchr(serial, '/');

	return slash ? slash + 1 : serial;
}

static const char *keep_word(struct having *h, const char *word)
{
	if (h->kept_n == ARRAY_LEN(h->kept))
		return NULL;
	h->kept[h->kept_n] = strdup(word);
	return h->kept[h->kept_n] ? h->kept[h->kept_n++] : NULL;
}

static void consider(struct having *h, const char *word)
{
	const char *kept = keep_word(h, word);

	if (kept)
		near_look(&h->near, kept);
}

static int see_what_is(void *data, const struct iam_device *device,
	struct error *err)
{
	struct having *h = data;
	const char *name = short_name(device->serial);
	char label[TEXT_MAX + 1];
	size_t used = strlen(h->ret);

	(void)err;
	account_device_label(h->reg, device->serial, label);
	consider(h, name);
	if (label[0])
		consider(h, label);
	if (h->n++ < SHOWN)
		snprintf(h->ret + used, INSTEAD_LEN - used, "%s'%.64s'%s%.32s%s",
			used ? ", " : "; there are: ", name, label[0] ?
			" (" : "", label, label[0] ? ")" : "");
	return 0;
}

void instead_devices(struct account *aws, struct registry *reg,
	const char *user, const char *wanted, char ret[INSTEAD_LEN])
{
	CLEANUP(having_done) struct having h = { .reg = reg,
		.near = { .word = wanted }, .ret = ret };
	size_t used;

	ret[0] = '\0';
	if (iam_list_mfa_devices(aws->session, user, see_what_is, &h,
			NULL) < 0) {
		ret[0] = '\0';
		return;
	}
	used = strlen(ret);
	if (h.n > SHOWN)
		used += (size_t)snprintf(ret + used, INSTEAD_LEN - used,
			" and %zu more", h.n - SHOWN);
	if (h.near.best && used < INSTEAD_LEN)
		snprintf(ret + used, INSTEAD_LEN - used,
			"; did you mean '%.64s'?", h.near.best);
}

void instead_user(const struct account *aws, struct registry *reg,
	const char *wanted, char ret[INSTEAD_LEN])
{
	struct near near = { .word = wanted };
	struct registry_bindings list = { NULL, 0 };
	size_t i;

	ret[0] = '\0';
	if (registry_bindings_all(reg, &list, NULL) < 0)
		list.n = 0;
	for (i = 0; i < list.n; i++)
		if (list.p[i].kind == REGISTRY_AWS && list.p[i].user_name &&
			strcmp(list.p[i].account, aws->caller.account) == 0)
			near_look(&near, list.p[i].user_name);
	if (near.best)
		snprintf(ret, INSTEAD_LEN, "; did you mean '%.64s'?",
			near.best);
	registry_bindings_done(&list);
}
