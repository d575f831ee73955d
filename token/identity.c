/* SPDX-License-Identifier: Apache-2.0 */
/* One key, several interfaces. */
#include "token/identity.h"

#include <stdio.h>
#include <string.h>

#define INTERFACES 4
#define VALUE_LEN 48

/* One thing as each interface tells it; "" where one does not. */
struct row {
	const char *what;
	char value[INTERFACES][VALUE_LEN];
};

static const char *const interface_names[INTERFACES] = { "FIDO",
	"the smart card", "OTP", "CTAPHID" };

static void put_version(char ret[VALUE_LEN], const uint8_t v[3])
{
	snprintf(ret, VALUE_LEN, "%u.%u.%u", v[0], v[1], v[2]);
}

static void put_devinfo(struct row rows[3], size_t interface,
	const struct devinfo *d)
{
	const char *form;

	if (!d || !d->present)
		return;
	form = devinfo_form_factor(d);
	if (d->has_serial)
		snprintf(rows[0].value[interface], VALUE_LEN, "%u", d->serial);
	if (d->has_version)
		put_version(rows[1].value[interface], d->version);
	if (form)
		snprintf(rows[2].value[interface], VALUE_LEN, "%s%s", form,
			d->fips ? " FIPS" : "");
}

static void compare_field(const struct row *row,
	struct identity_differences *ret)
{
	size_t i, first = INTERFACES;

	for (i = 0; i < INTERFACES; i++) {
		if (!row->value[i][0])
			continue;
		if (first == INTERFACES)
			first = i;
		else if (strcmp(row->value[first], row->value[i]) != 0 &&
			ret->n < IDENTITY_DIFFERENCES_MAX)
			snprintf(ret->text[ret->n++], sizeof(ret->text[0]),
				"%s: %s over %s, %s over %s", row->what,
				row->value[first], interface_names[first],
				row->value[i], interface_names[i]);
	}
}

bool identity_card_place(const struct token *t, struct card_place *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (t->node.transport == NODE_USB) {
		ret->usb_bus = t->node.usb_bus;
		ret->usb_dev = t->node.usb_dev;
	}
	ret->has_serial = token_serial(t, &ret->serial);
	return t->node.has_ccid || devinfo_enabled(&t->devinfo, DEVINFO_OATH);
}

const char *identity_join_name(enum card_join join)
{
	return join == CARD_SAME_USB ? TOKEN_JOIN_USB : TOKEN_JOIN_SERIAL;
}

void identity_compare(const struct identity_interfaces *interfaces,
	struct identity_differences *ret)
{
	struct row rows[] = {
		{ .what = "serial number" },
		{ .what = "firmware" },
		{ .what = "form factor" },
	};
	size_t i;

	put_devinfo(rows, 0, interfaces->fido);
	put_devinfo(rows, 1, interfaces->card);
	if (interfaces->otp && interfaces->otp->has_serial)
		snprintf(rows[0].value[2], VALUE_LEN, "%u",
			interfaces->otp->serial);
	if (interfaces->otp)
		put_version(rows[1].value[2], interfaces->otp->version);
	if (interfaces->hid_version)
		put_version(rows[1].value[3], interfaces->hid_version);
	ret->n = 0;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		compare_field(&rows[i], ret);
}
