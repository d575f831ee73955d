/* SPDX-License-Identifier: Apache-2.0 */
/* info --json */
#include "bridge/show/info.h"

#include "base/encode.h"
#include "bridge/run/json.h"
#include "bridge/show/verify.h"
#include "token/fido/getinfo.h"

const char *show_option_text(enum fido_option o)
{
	return o == FIDO_ABSENT ? "no" : o == FIDO_ON ? "on" : "off";
}

static json_t *oath_json(const struct info *m)
{
	const struct oath_applet *a = &m->card->applet;
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < a->n; i++)
		json_array_append_new(names, json_string(a->accounts[i].name));
	return json_pack("{s:s,s:s,s:o,s:b,s:o,s:s}",
		"reader", m->card->reader,
		"deviceId", a->id,
		"version", json_sprintf("%u.%u.%u", a->version[0],
			a->version[1], a->version[2]),
		"password", a->locked,
		"accounts", names,
		"joinedBy", identity_join_name(m->card->join));
}

static json_t *otp_json(const struct info *m)
{
	const struct otp_interface *o = &m->otp;

	return json_pack("{s:o,s:[{s:b,s:b},{s:b,s:b}],s:s}",
		"version", json_sprintf("%u.%u.%u", o->version[0],
			o->version[1], o->version[2]),
		"slots",
		"configured", o->slots[0].configured,
		"touch", o->slots[0].touch,
		"configured", o->slots[1].configured,
		"touch", o->slots[1].touch,
		"joinedBy", TOKEN_JOIN_SERIAL);
}

static json_t *credentials_json(const struct info *m)
{
	const struct discoverable *v = &m->discoverable;
	char hex[HEX_LEN(sizeof(v->identifier))];
	json_t *o, *rps = json_array();
	size_t i;

	for (i = 0; i < v->rps_n; i++)
		json_array_append_new(rps, json_pack("{s:s,s:I}",
			"rpId", v->rps[i].id,
			"count", (json_int_t)v->rps[i].n));
	o = json_pack("{s:I,s:I,s:o}", "kept", (json_int_t)v->kept,
		"left", (json_int_t)v->left, "for", rps);
	hex_encode(v->identifier, sizeof(v->identifier), hex);
	if (v->has_identifier)
		json_object_set_new(o, "deviceIdentifier", json_string(hex));
	return o;
}

static json_t *fido_json(const struct token *t, const struct info *m)
{
	const struct fido_info *f = &t->fido;
	json_t *o;

	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"versions", f->versions,
		"extensions", f->extensions,
		"transports", f->transports,
		"algorithms", f->algorithms,
		"clientPin", show_option_text(f->client_pin),
		"userVerification", show_option_text(f->user_verification),
		"alwaysUv", show_option_text(f->always_uv),
		"residentKeys", show_option_text(f->resident));
	if (m->pin_retries >= 0)
		json_object_set_new(o, "pinRetries",
			json_integer(m->pin_retries));
	if (f->min_pin_length)
		json_object_set_new(o, "minPinLength",
			json_integer((json_int_t)f->min_pin_length));
	if (f->resident_left >= 0)
		json_object_set_new(o, "residentKeysLeft",
			json_integer(f->resident_left));
	if (f->max_list)
		json_object_set_new(o, "maxCredentialsInList",
			json_integer((json_int_t)f->max_list));
	if (m->getinfo)
		json_object_set(o, "getInfo", m->getinfo);
	else if (m->getinfo_text[0])
		json_object_set_new(o, "getInfoProblem",
			json_string(m->getinfo_text));
	if (t->node.transport == NODE_USB)
		json_object_set_new(o, "ctapHid", getinfo_channel(f));
	if (m->has_discoverable)
		json_object_set_new(o, "credentials", credentials_json(m));
	return o;
}

static json_t *advisories_json(const struct info *m)
{
	json_t *o = show_advisories_json(m->advisories);

	json_object_set_new(o, "steps", show_steps_json(&m->steps));
	return o;
}

static json_t *version_json(const uint8_t v[3])
{
	return json_sprintf("%u.%u.%u", v[0], v[1], v[2]);
}

static json_t *applications_json(uint32_t bits)
{
	char names[DEVINFO_NAMES_LEN];

	devinfo_names(bits, names);
	return json_string(names);
}

/* What the token's own page says beside what every TOKEN has. */
static json_t *device_json(const struct devinfo *d)
{
	json_t *o = json_pack("{s:o,s:o,s:b,s:b}",
		"usbSupported", applications_json(d->usb_supported),
		"nfcSupported", applications_json(d->nfc_supported),
		"biometric", devinfo_is_biometric(d),
		"preview", devinfo_is_preview(d));

	if (d->has_usb_enabled)
		json_object_set_new(o, "usbEnabled",
			applications_json(d->usb_enabled));
	json_object_set_new(o, "nfcEnabled",
		applications_json(d->nfc_enabled));
	json_object_set_new(o, "configurationLocked", json_boolean(d->locked));
	json_object_set_new(o, "partNumber", json_of_text(d->part_number));
	json_object_set_new(o, "fipsCapable",
		applications_json(d->fips_capable));
	json_object_set_new(o, "fipsApproved",
		applications_json(d->fips_approved));
	json_object_set_new(o, "pinComplexity",
		json_boolean(d->pin_complexity));
	json_object_set_new(o, "nfcRestricted",
		json_boolean(d->nfc_restricted));
	json_object_set_new(o, "resetBlocked",
		applications_json(d->reset_blocked));
	if (d->fingerprint_version[0])
		json_object_set_new(o, "fingerprintVersion",
			version_json(d->fingerprint_version));
	return o;
}

static json_t *differences_json(const struct info *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->differences.n; i++)
		json_array_append_new(list,
			json_string(m->differences.text[i]));
	return list;
}

json_t *show_info_json(const struct token *t, const struct info *m)
{
	json_t *o = attached_json(t);

	if (t->identified)
		json_object_set_new(o, "fido", fido_json(t, m));
	if (m->card && m->card->has_oath)
		json_object_set_new(o, "oath", oath_json(m));
	else if (m->card_text[0])
		json_object_set_new(o, "oathProblem",
			json_string(m->card_text));
	if (m->has_otp)
		json_object_set_new(o, "otp", otp_json(m));
	else if (m->otp_text[0])
		json_object_set_new(o, "otpProblem", json_string(m->otp_text));
	json_object_set_new(o, "advisories", advisories_json(m));
	if (t->devinfo.present)
		json_object_set_new(o, "deviceInfo", device_json(&t->devinfo));
	if (m->row.json)
		json_object_set(o, "registry", m->row.json);
	else if (m->row_text[0])
		json_object_set_new(o, "registryProblem",
			json_string(m->row_text));
	json_object_set_new(o, "disagreements", differences_json(m));
	return o;
}
