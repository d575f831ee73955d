/* SPDX-License-Identifier: Apache-2.0 */
/* FIDO devices that have appeared. */
#include "bridge/mfa/appeared.h"

#include <stdio.h>
#include <string.h>

/* Servers of AWS do not agree on the second, and a list may have lagged: what
 * is older than this was there before, whatever the list said. */
#define LAG_S 60
#define SUFFIX 26 /* base32, behind the name and a dash */

size_t appeared_name(const char *serial, const char **ret)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const char *slash = strrchr(serial, '/');
	const char *name = slash ? slash + 1 : serial;
	size_t n = strlen(name);

	*ret = name;
	if (n > SUFFIX + 1 && name[n - SUFFIX - 1] == '-' &&
		strspn(name + n - SUFFIX, letters) == SUFFIX)
		n -= SUFFIX + 1;
	return n;
}

static bool is_so_named(const char *serial, const char *wanted)
{
	const char *name;
	size_t n = appeared_name(serial, &name);

	return n == strlen(wanted) && memcmp(name, wanted, n) == 0;
}

static bool was_before(const char *list, const char *serial)
{
	size_t n = strlen(serial);
	const char *p = list;

	while ((p = strstr(p, serial)) != NULL) {
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

int appeared_remember(char *list, size_t size, const char *serial,
	struct error *err)
{
	size_t n = strlen(list);

	if (n + strlen(serial) + 2 > size)
		return error_set(err, ERROR_FAILED,
			"the user has more FIDO devices than AWS allows");
	snprintf(list + n, size - n, "%s%s", n ? " " : "", serial);
	return 0;
}

void appeared_take(struct appeared *a, const struct journal_facts *f,
	time_t begun, const struct iam_device *device)
{
	bool old = was_before(f->before, device->serial) ||
		(device->enabled && begun && device->enabled < begun - LAG_S);

	if (device->kind != DEVICE_FIDO)
		return;
	if (old && a->old_n < APPEARED_MAX)
		a->old[a->old_n++] = *device;
	if (old || a->n == APPEARED_MAX)
		return;
	if (is_so_named(device->serial, f->device_name) && a->named++ == 0)
		a->first = a->n;
	a->p[a->n++] = *device;
}

struct looking {
	const struct journal *journal;
	struct appeared *ret;
};

static int sort_device(void *data, const struct iam_device *device,
	struct error *err)
{
	const struct looking *x = data;

	(void)err;
	appeared_take(x->ret, &x->journal->facts, x->journal->begun, device);
	return 0;
}

int appeared_look(struct account *c, const struct journal *j,
	struct appeared *ret, struct error *err)
{
	struct looking x = { j, ret };

	memset(ret, 0, sizeof(*ret));
	return iam_list_mfa_devices(c->session, j->facts.user, sort_device, &x,
		err);
}
