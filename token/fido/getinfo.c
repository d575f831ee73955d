/* SPDX-License-Identifier: Apache-2.0 */
/* authenticatorGetInfo as JSON. */
#include "token/fido/getinfo.h"

#include "base/encode.h"
#include "base/text.h"
#include "token/attest/cbor.h"
#include "token/fido/private.h"
#include "token/fido/told.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX UINT64_C(9007199254740991) /* in every JSON reader */

/* ---- any item ---- */

static json_t *item_json(cbor_item_t *item, struct error *err);

static json_t *number_json(cbor_item_t *item)
{
	uint64_t v = cbor_get_int(item);
	bool negative = cbor_isa_negint(item);

	if (v <= EXACT_MAX - negative)
		return json_integer(negative ? -1 - (json_int_t)v :
					       (json_int_t)v);
	if (!negative)
		return json_sprintf("%llu", (unsigned long long)v);
	if (v == UINT64_MAX)
		return json_string("-18446744073709551616");
	return json_sprintf("-%llu", (unsigned long long)v + 1);
}

static json_t *bytes_json(cbor_item_t *item)
{
	CLEANUP(free_p) char *hex = NULL;
	const unsigned char *p;
	size_t n;

	p = tcbor_bytes(item, &n);
	hex = p || n == 0 ? malloc(HEX_LEN(n)) : NULL;
	if (!hex)
		return NULL;
	hex_encode(p, n, hex);
	return json_string(hex);
}

/* A token's text as a clean string; NULL without memory. */
static char *clean_text(const void *p, size_t n)
{
	char *s = malloc(n + 1);
	size_t i;

	if (!s)
		return NULL;
	for (i = 0; i < n; i++)
		s[i] = ((const char *)p)[i] ? ((const char *)p)[i] : '?';
	s[n] = '\0';
	utf8_sanitise(s);
	return s;
}

static json_t *text_json(cbor_item_t *item)
{
	CLEANUP(free_p) char *s = clean_text(cbor_string_handle(item),
		cbor_string_length(item));

	return s ? json_string(s) : NULL;
}

static json_t *list_json(cbor_item_t *item, struct error *err)
{
	CLEANUP(json_decrefp) json_t *ret = json_array();
	json_t *o;
	size_t i;

	for (i = 0; i < cbor_array_size(item); i++) {
		o = item_json(cbor_array_handle(item)[i], err);
		if (!o)
			return NULL;
		json_array_append_new(ret, o);
	}
	return steal(&ret);
}

/* Text as it is, a number in digits; NULL with err for any other key. */
static char *getinfo_key_of(cbor_item_t *key, struct error *err)
{
	CLEANUP(json_decrefp) json_t *o = NULL;
	char *s;

	if (!cbor_isa_string(key) && !cbor_is_int(key)) {
		error_set(err, ERROR_MALFORMED, "getInfo: a key of a map is "
			"neither text nor a number");
		return NULL;
	}
	o = cbor_is_int(key) ? number_json(key) : text_json(key);
	s = json_is_integer(o) ? text_format("%lld",
		(long long)json_integer_value(o)) :
		o ? strdup(json_string_value(o)) : NULL;
	if (!s)
		error_memory(err);
	return s;
}

/* Takes value over. */
static int put_member(json_t *o, const char *key, json_t *value,
	struct error *err)
{
	if (value && json_object_get(o, key)) {
		json_decref(value);
		return error_set(err, ERROR_MALFORMED,
			"getInfo: '%s' stands twice", key);
	}
	if (!value || json_object_set_new(o, key, value) < 0)
		return error_memory(err);
	return 0;
}

static json_t *map_json(cbor_item_t *item, struct error *err)
{
	CLEANUP(json_decrefp) json_t *ret = json_object();
	size_t i;

	for (i = 0; i < cbor_map_size(item); i++) {
		struct cbor_pair pair = cbor_map_handle(item)[i];
		CLEANUP(free_p) char *key = getinfo_key_of(pair.key, err);
		json_t *o = key ? item_json(pair.value, err) : NULL;

		if (!o || put_member(ret, key, o, err) < 0)
			return NULL;
	}
	return steal(&ret);
}

static json_t *simple_json(const cbor_item_t *item)
{
	double v;

	if (!cbor_float_ctrl_is_ctrl(item)) {
		v = cbor_float_get_float(item);
		return isfinite(v) ? json_real(v) : json_null();
	}
	if (cbor_is_bool(item)) /* asserts that it is no number */
		return json_boolean(cbor_get_bool(item));
	return json_null(); /* null, undefined */
}

static json_t *tagged_json(cbor_item_t *item, struct error *err)
{
	cbor_item_t *inner = cbor_tag_item(item);
	json_t *o = item_json(inner, err);

	cbor_decref(&inner);
	return o;
}

/* NULL with err */
static json_t *item_json(cbor_item_t *item, struct error *err)
{
	json_t *o;

	switch (cbor_typeof(item)) {
	case CBOR_TYPE_ARRAY:
		return list_json(item, err);
	case CBOR_TYPE_MAP:
		return map_json(item, err);
	case CBOR_TYPE_TAG:
		return tagged_json(item, err);
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
		o = number_json(item);
		break;
	case CBOR_TYPE_BYTESTRING:
		o = bytes_json(item);
		break;
	case CBOR_TYPE_STRING:
		o = text_json(item);
		break;
	default:
		o = simple_json(item);
	}
	if (!o)
		error_memory(err);
	return o;
}

/* ---- the forms of members ---- */

/*
 * A form says whether an item has it; what is shown is the same for all, but
 * for two that replace *o.
 */
typedef bool form_fn(cbor_item_t *item, json_t **o);

static bool is_number(cbor_item_t *item, json_t **o)
{
	(void)o;
	return cbor_isa_uint(item);
}

static bool is_flag(cbor_item_t *item, json_t **o)
{
	(void)item;
	return json_is_boolean(*o);
}

static bool is_bytes(cbor_item_t *item, json_t **o)
{
	(void)o;
	return cbor_isa_bytestring(item);
}

static bool all_items(cbor_item_t *item, bool (*fits)(const cbor_item_t *))
{
	size_t i, n = cbor_isa_array(item) ? cbor_array_size(item) : 0;

	for (i = 0; i < n; i++)
		if (!fits(cbor_array_handle(item)[i]))
			return false;
	return cbor_isa_array(item);
}

static bool is_texts(cbor_item_t *item, json_t **o)
{
	(void)o;
	return all_items(item, cbor_isa_string);
}

static bool is_numbers(cbor_item_t *item, json_t **o)
{
	(void)o;
	return all_items(item, cbor_isa_uint);
}

static bool is_maps(cbor_item_t *item, json_t **o)
{
	(void)o;
	return all_items(item, cbor_isa_map);
}

static bool all_values(cbor_item_t *item, const json_t *o, bool flags)
{
	const char *key;
	json_t *value;
	size_t i;

	if (!cbor_isa_map(item))
		return false;
	for (i = 0; i < cbor_map_size(item); i++)
		if (!cbor_isa_string(cbor_map_handle(item)[i].key))
			return false;
	json_object_foreach((json_t *)o, key, value)
		if (flags ? !json_is_boolean(value) : !json_is_integer(value))
			return false;
	return true;
}

static bool is_flags(cbor_item_t *item, json_t **o)
{
	return all_values(item, *o, true);
}

static bool is_levels(cbor_item_t *item, json_t **o)
{
	return all_values(item, *o, false);
}

static bool is_aaguid(cbor_item_t *item, json_t **o)
{
	char uuid[AAGUID_TEXT_LEN];
	const unsigned char *p;
	json_t *better;
	size_t n;

	p = tcbor_bytes(item, &n);
	if (!p || n != 16)
		return false;
	aaguid_format(p, uuid);
	better = json_string(uuid);
	if (better) {
		json_decref(*o);
		*o = better;
	}
	return true;
}

/* Bytes that are text; some say it as text. */
static bool is_url(cbor_item_t *item, json_t **o)
{
	const unsigned char *p;
	json_t *better;
	size_t n;

	if (cbor_isa_string(item))
		return true;
	p = tcbor_bytes(item, &n);
	if (!p || !utf8_is_clean((const char *)p, n))
		return false;
	better = json_stringn((const char *)p, n);
	if (better) {
		json_decref(*o);
		*o = better;
	}
	return true;
}

static const struct {
	const char *name;
	form_fn *form;
} members[] = {
	[0x01] = { "versions", is_texts },
	[0x02] = { "extensions", is_texts },
	[0x03] = { "aaguid", is_aaguid },
	[0x04] = { "options", is_flags },
	[0x05] = { "maxMsgSize", is_number },
	[0x06] = { "pinUvAuthProtocols", is_numbers },
	[0x07] = { "maxCredentialCountInList", is_number },
	[0x08] = { "maxCredentialIdLength", is_number },
	[0x09] = { "transports", is_texts },
	[0x0a] = { "algorithms", is_maps },
	[0x0b] = { "maxSerializedLargeBlobArray", is_number },
	[0x0c] = { "forcePINChange", is_flag },
	[0x0d] = { "minPINLength", is_number },
	[0x0e] = { "firmwareVersion", is_number },
	[0x0f] = { "maxCredBlobLength", is_number },
	[0x10] = { "maxRPIDsForSetMinPINLength", is_number },
	[0x11] = { "preferredPlatformUvAttempts", is_number },
	[0x12] = { "uvModality", is_number },
	[0x13] = { "certifications", is_levels },
	[0x14] = { "remainingDiscoverableCredentials", is_number },
	[0x15] = { "vendorPrototypeConfigCommands", is_numbers },
	[0x16] = { "attestationFormats", is_texts },
	[0x17] = { "uvCountSinceLastPinEntry", is_number },
	[0x18] = { "longTouchForReset", is_flag },
	[0x19] = { "encIdentifier", is_bytes },
	[0x1a] = { "transportsForReset", is_texts },
	[0x1b] = { "pinComplexityPolicy", is_flag },
	[0x1c] = { "pinComplexityPolicyURL", is_url },
	[0x1d] = { "maxPINLength", is_number },
	[0x1e] = { "encCredStoreState", is_bytes },
	[0x1f] = { "authenticatorConfigCommands", is_numbers },
};

static const char *name_of(struct cbor_pair pair, json_t **o)
{
	int64_t key;

	if (tcbor_int(pair.key, &key) < 0 || key < 0 ||
		(size_t)key >= ARRAY_LEN(members) || !members[key].name ||
		!members[key].form(pair.value, o))
		return NULL;
	return members[key].name;
}

/* What a map of members becomes. */
struct shown {
	json_t *known; /* by name */
	json_t *other; /* by number */
	json_t *seen;  /* a key may not stand twice, whatever its form */
};

static int add_member(const struct shown *s, struct cbor_pair pair,
	struct error *err)
{
	CLEANUP(free_p) char *key = getinfo_key_of(pair.key, err);
	json_t *o;
	const char *name;
	int r;

	if (!key)
		return -err->code;
	r = put_member(s->seen, key, json_true(), err);
	o = r == 0 ? item_json(pair.value, err) : NULL;
	if (!o)
		return -err->code;
	name = name_of(pair, &o);
	return put_member(name ? s->known : s->other, name ? name : key, o,
		err);
}

static int add_members(cbor_item_t *item, const struct shown *s,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < cbor_map_size(item); i++)
		r = add_member(s, cbor_map_handle(item)[i], err);
	return r;
}

int getinfo_parse(const unsigned char *p, size_t n, json_t **ret,
	struct error *err)
{
	CLEANUP(json_decrefp) json_t *known = json_object();
	CLEANUP(json_decrefp) json_t *other = json_object();
	CLEANUP(json_decrefp) json_t *seen = json_object();
	const struct shown shown = { known, other, seen };
	CLEANUP(tcbor_done) cbor_item_t *item = NULL;
	struct error e;
	int r;

	r = tcbor_load(p, n, &item, &e);
	if (r == 0 && !cbor_isa_map(item))
		r = error_set(&e, ERROR_MALFORMED, "getInfo is no map");
	if (r == 0)
		r = add_members(item, &shown, &e);
	if (r == 0 && json_object_size(other) > 0)
		r = json_object_set(known, "other", other);
	if (r < 0)
		return error_copy(err, &e);
	*ret = steal(&known);
	return 0;
}

int getinfo_parse_reply(const struct buf *reply, json_t **ret,
	struct error *err)
{
	int r = told_check_status(reply, err);

	return r < 0 ? r : getinfo_parse(reply->p + 1, reply->n - 1, ret, err);
}

int getinfo_of(const struct fido *f, json_t **ret, struct error *err)
{
	const struct buf *reply = fido_get_info(f);

	if (!fido_info(f)->ctap2)
		return error_set(err, ERROR_UNSUPPORTED,
			"a U2F key has no getInfo");
	if (reply->n == 0)
		return error_set(err, ERROR_UNSUPPORTED,
			"getInfo in full is read over USB only");
	return getinfo_parse_reply(reply, ret, err);
}

/* ---- CTAPHID ---- */

json_t *getinfo_channel(const struct fido_info *i)
{
	json_t *names = json_array();

	if (i->hid_capabilities & HID_CAP_WINK)
		json_array_append_new(names, json_string("wink"));
	if (i->hid_capabilities & HID_CAP_CBOR)
		json_array_append_new(names, json_string("cbor"));
	if (!(i->hid_capabilities & HID_CAP_NMSG))
		json_array_append_new(names, json_string("msg"));
	return json_pack("{s:i,s:o,s:o}",
		"protocol", i->hid_protocol,
		"deviceVersion", json_sprintf("%u.%u.%u", i->hid_version[0],
			i->hid_version[1], i->hid_version[2]),
		"capabilities", names);
}
