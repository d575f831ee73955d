/* SPDX-License-Identifier: Apache-2.0 */
/* A token as members of JSON. */
#include "bridge/attached/attached.h"

#include <stdio.h>

static void set_text(json_t *o, const char *name, const char *value)
{
	if (value && *value)
		json_object_set_new(o, name, json_string(value));
}

static const char *problem_name(enum token_problem p)
{
	static const char *const names[] = {
		[TOKEN_USABLE] = "usable",
		[TOKEN_NO_PERMISSION] = "no-permission",
		[TOKEN_HELD] = "held",
		[TOKEN_NO_FIDO] = "no-fido",
		[TOKEN_BROKEN] = "broken",
		[TOKEN_GONE] = "gone",
	};

	return names[p];
}

/* NULL: no reader */
static const char *transport_name(enum node_transport transport)
{
	static const char *const names[] = {
		[NODE_USB] = NULL,
		[NODE_NFC] = "nfc",
		[NODE_SMART_CARD] = "smart-card",
	};

	return names[transport];
}

static void add_fido(json_t *o, const struct token *t)
{
	char aaguid[AAGUID_TEXT_LEN];

	json_object_set_new(o, "protocol",
		json_string(t->fido.ctap2 ? "FIDO2" : "U2F"));
	if (t->fido.ctap2) {
		aaguid_format(t->fido.aaguid, aaguid);
		set_text(o, "aaguid", aaguid);
	}
	if (t->fido.client_pin != FIDO_ABSENT)
		json_object_set_new(o, "pinSet",
			json_boolean(t->fido.client_pin == FIDO_ON));
}

json_t *attached_json(const struct token *t)
{
	char product[160], firmware[12], applications[96], usb[16] = "";
	json_t *o = json_object();
	uint32_t serial;

	token_product(t, product, sizeof(product));
	token_firmware(t, firmware);
	token_applications(t, applications, sizeof(applications));
	if (t->node.transport == NODE_USB)
		snprintf(usb, sizeof(usb), "%04x:%04x", t->node.vendor,
			t->node.product);
	set_text(o, "device", t->node.path);
	set_text(o, "product", product);
	set_text(o, "usb", usb);
	set_text(o, "reader", transport_name(t->node.transport));
	if (token_serial(t, &serial))
		json_object_set_new(o, "serial", json_integer(serial));
	set_text(o, "firmware", firmware);
	set_text(o, "formFactor", devinfo_form_factor(&t->devinfo));
	set_text(o, "applications", applications);
	if (t->devinfo.present)
		json_object_set_new(o, "fips", json_boolean(t->devinfo.fips));
	if (t->identified)
		add_fido(o, t);
	json_object_set_new(o, "smartCard", json_boolean(t->node.has_ccid));
	json_object_set_new(o, "otpInterface",
		json_boolean(t->node.has_keyboard));
	if (t->nodes > 1 || t->node.has_ccid)
		json_object_set_new(o, "joinedBy",
			json_string(TOKEN_JOIN_USB));
	json_object_set_new(o, "status",
		json_string(problem_name(t->problem)));
	set_text(o, "problem", t->problem_text);
	return o;
}
