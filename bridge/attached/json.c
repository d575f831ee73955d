/* SPDX-License-Identifier: Apache-2.0 */
/* A token as members of JSON. */
#include "bridge/attached/attached.h"

#include "bridge/run/json.h"

#include <stdio.h>

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

static const char *transport_name(enum node_transport transport)
{
	static const char *const names[] = {
		[NODE_USB] = "usb",
		[NODE_NFC] = "nfc",
		[NODE_SMART_CARD] = "smart-card",
	};

	return names[transport];
}

/* null before it was asked what it is */
static json_t *applications(const struct token *t)
{
	char names[96];

	if (!t->identified && !t->devinfo.present)
		return json_null();
	token_applications(t, names, sizeof(names));
	return json_of_words(names);
}

static json_t *serial_json(const struct token *t)
{
	uint32_t serial = 0;
	bool known = token_serial(t, &serial);

	return json_of_number(known, serial);
}

static void add_fido(json_t **o, const struct token *t)
{
	bool ctap2 = t->identified && t->fido.ctap2;
	char aaguid[AAGUID_TEXT_LEN] = "";

	if (ctap2)
		aaguid_format(t->fido.aaguid, aaguid);
	json_member(o, "protocol", json_of_text(!t->identified ? NULL :
		ctap2 ? "FIDO2" : "U2F"));
	json_member(o, "aaguid", json_of_text(aaguid));
	json_member(o, "pinSet", json_of_flag(t->identified &&
		t->fido.client_pin != FIDO_ABSENT,
		t->fido.client_pin == FIDO_ON));
}

json_t *attached_json(const struct token *t)
{
	char product[160], firmware[12], usb[16] = "";
	json_t *o;

	token_product(t, product, sizeof(product));
	token_firmware(t, firmware);
	if (t->node.transport == NODE_USB)
		snprintf(usb, sizeof(usb), "%04x:%04x", t->node.vendor,
			t->node.product);
	o = json_pack("{s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}",
		"node", json_of_text(t->node.path),
		"product", json_of_text(product),
		"transport", transport_name(t->node.transport),
		"usb", json_of_text(usb),
		"serial", serial_json(t),
		"firmware", json_of_text(firmware),
		"formFactor", json_of_text(devinfo_form_factor(&t->devinfo)),
		"applications", applications(t),
		"fips", json_of_flag(t->devinfo.present, t->devinfo.fips));
	add_fido(&o, t);
	json_member(&o, "smartCard", json_boolean(t->node.has_ccid));
	json_member(&o, "otpInterface", json_boolean(t->node.has_keyboard));
	json_member(&o, "joinedBy", json_of_text(t->nodes > 1 ||
		t->node.has_ccid ? TOKEN_JOIN_USB : NULL));
	json_member(&o, "status", json_string(problem_name(t->problem)));
	json_member(&o, "problem", json_of_text(t->problem_text));
	return o;
}
