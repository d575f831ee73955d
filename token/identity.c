/* SPDX-License-Identifier: Apache-2.0 */
/* One key, several roads. */
#include "token/identity.h"

#include <stdio.h>
#include <string.h>

#define ROADS 4
#define VALUE_LEN 48

/* One thing as each road tells it; "" where a road does not. */
struct row {
	const char *what;
	char value[ROADS][VALUE_LEN];
};

static const char *const road_names[ROADS] = { "FIDO", "the smart card",
	"OTP", "CTAPHID" };

static void put_version(char ret[VALUE_LEN], const uint8_t v[3])
{
	snprintf(ret, VALUE_LEN, "%u.%u.%u", v[0], v[1], v[2]);
}

static void put_devinfo(struct row rows[3], size_t road,
	const struct devinfo *d)
{
	const char *form;

	if (!d || !d->present)
		return;
	form = devinfo_form_factor(d);
	if (d->has_serial)
		snprintf(rows[0].value[road], VALUE_LEN, "%u", d->serial);
	if (d->has_version)
		put_version(rows[1].value[road], d->version);
	if (form)
		snprintf(rows[2].value[road], VALUE_LEN, "%s%s", form,
			d->fips ? " FIPS" : "");
}

static void compare_field(const struct row *row,
	struct identity_differences *ret)
{
	size_t i, first = ROADS;

	for (i = 0; i < ROADS; i++) {
		if (!row->value[i][0])
			continue;
		if (first == ROADS)
			first = i;
		else if (strcmp(row->value[first], row->value[i]) != 0 &&
			ret->n < IDENTITY_DIFFERENCES_MAX)
			snprintf(ret->text[ret->n++], sizeof(ret->text[0]),
				"%s: %s over %s, %s over %s", row->what,
				row->value[first], road_names[first],
				row->value[i], road_names[i]);
	}
}

void identity_compare(const struct identity_roads *roads,
	struct identity_differences *ret)
{
	struct row rows[] = {
		{ .what = "serial number" },
		{ .what = "firmware" },
		{ .what = "form factor" },
	};
	size_t i;

	put_devinfo(rows, 0, roads->fido);
	put_devinfo(rows, 1, roads->card);
	if (roads->otp && roads->otp->has_serial)
		snprintf(rows[0].value[2], VALUE_LEN, "%u",
			roads->otp->serial);
	if (roads->otp)
		put_version(rows[1].value[2], roads->otp->version);
	/* before the fourth generation it was the protocol's version */
	if (roads->hid_version && roads->hid_version[0] >= 4)
		put_version(rows[1].value[3], roads->hid_version);
	ret->n = 0;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		compare_field(&rows[i], ret);
}
