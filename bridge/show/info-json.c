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
		json_row(&names, json_of_text(a->accounts[i].name));
	return json_pack("{s:o,s:o,s:o,s:b,s:o,s:s}",
		"reader", json_of_text(m->card->reader),
		"deviceId", json_of_text(a->id),
		"version", json_sprintf("%u.%u.%u", a->version[0],
			a->version[1], a->version[2]),
		"password", a->locked,
		"credentials", names,
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
	char hex[HEX_LEN(sizeof(v->identifier))] = "";
	json_t *rps = json_array();
	size_t i;

	for (i = 0; i < v->rps_n; i++)
		json_row(&rps, json_pack("{s:o,s:I}",
			"rpId", json_of_text(v->rps[i].id),
			"count", (json_int_t)v->rps[i].n));
	if (v->has_identifier)
		hex_encode(v->identifier, sizeof(v->identifier), hex);
	return json_pack("{s:I,s:I,s:o,s:o}", "kept", (json_int_t)v->kept,
		"left", (json_int_t)v->left, "for", rps, "deviceIdentifier",
		json_of_text(hex));
}

static json_t *fido_json(const struct token *t, const struct info *m)
{
	const struct fido_info *f = &t->fido;

	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o}",
		"versions", json_of_words(f->versions),
		"extensions", json_of_words(f->extensions),
		"transports", json_of_words(f->transports),
		"algorithms", json_of_words(f->algorithms),
		"clientPin", show_option_text(f->client_pin),
		"userVerification", show_option_text(f->user_verification),
		"alwaysUv", show_option_text(f->always_uv),
		"residentKeys", show_option_text(f->resident),
		"pinRetries", json_of_number(m->pin_retries >= 0,
			(uint64_t)m->pin_retries),
		"minPinLength", json_of_number(f->min_pin_length > 0,
			f->min_pin_length),
		"residentKeysLeft", json_of_number(f->resident_left >= 0,
			(uint64_t)f->resident_left),
		"maxCredentialsInList", json_of_number(f->max_list > 0,
			f->max_list),
		"getInfo", m->getinfo ? json_incref(m->getinfo) : json_null(),
		"getInfoProblem", json_of_text(m->getinfo ? NULL :
			m->getinfo_text),
		"ctapHid", t->node.transport == NODE_USB ? getinfo_channel(f) :
			json_null(),
		"credentials", m->has_discoverable ? credentials_json(m) :
			json_null());
}

static json_t *advisories_json(const struct info *m)
{
	json_t *o = show_advisories_json(m->advisories);

	json_member(&o, "steps", show_steps_json(&m->steps));
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
	return json_of_words(names);
}

/* What the token's own page says beside what every TOKEN has. */
static json_t *device_json(const struct devinfo *d)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:b,s:b,s:b,"
		"s:o}",
		"usbSupported", applications_json(d->usb_supported),
		"usbEnabled", d->has_usb_enabled ?
			applications_json(d->usb_enabled) : json_null(),
		"nfcSupported", applications_json(d->nfc_supported),
		"nfcEnabled", applications_json(d->nfc_enabled),
		"fipsCapable", applications_json(d->fips_capable),
		"fipsApproved", applications_json(d->fips_approved),
		"resetBlocked", applications_json(d->reset_blocked),
		"partNumber", json_of_text(d->part_number),
		"biometric", devinfo_is_biometric(d),
		"preview", devinfo_is_preview(d),
		"configurationLocked", d->locked,
		"pinComplexity", d->pin_complexity,
		"nfcRestricted", d->nfc_restricted,
		"fingerprintVersion", d->fingerprint_version[0] ?
			version_json(d->fingerprint_version) : json_null());
}

static json_t *differences_json(const struct info *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->differences.n; i++)
		json_row(&list, json_of_text(m->differences.text[i]));
	return list;
}

json_t *show_info_json(const struct token *t, const struct info *m)
{
	bool has_oath = m->card && m->card->has_oath;
	json_t *o = attached_json(t);

	json_member(&o, "fido", t->identified ? fido_json(t, m) : json_null());
	json_member(&o, "oath", has_oath ? oath_json(m) : json_null());
	json_member(&o, "oathProblem", json_of_text(has_oath ? NULL :
		m->card_text));
	json_member(&o, "otp", m->has_otp ? otp_json(m) : json_null());
	json_member(&o, "otpProblem", json_of_text(m->has_otp ? NULL :
		m->otp_text));
	json_member(&o, "advisories", advisories_json(m));
	json_member(&o, "deviceInfo", t->devinfo.present ?
		device_json(&t->devinfo) : json_null());
	json_member(&o, "registry", m->row.json ? json_incref(m->row.json) :
		json_null());
	json_member(&o, "registryProblem", json_of_text(m->row.json ? NULL :
		m->row_text));
	json_member(&o, "disagreements", differences_json(m));
	return o;
}
