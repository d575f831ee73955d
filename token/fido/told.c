/* SPDX-License-Identifier: Apache-2.0 */
/* What a token tells of itself, as a struct. */
#include "token/fido/told.h"

#include "base/text.h"
#include "token/attest/cbor.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- one thing at a time ---- */

void told_begin(struct fido_info *ret, const struct hid *h, bool ctap2)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->hid_version, h->version, sizeof(ret->hid_version));
	ret->hid_protocol = h->protocol;
	ret->hid_capabilities = h->capabilities;
	ret->pin_retries = -1;
	ret->resident_left = -1;
	ret->ctap2 = ctap2;
	if (!ctap2)
		snprintf(ret->versions, sizeof(ret->versions), "U2F_V2");
}

#define AT(member) offsetof(struct fido_info, member)

void told_option(struct fido_info *i, const char *name, bool value)
{
	static const struct {
		const char *name;
		size_t at;
	} options[] = {
		{ "clientPin", AT(client_pin) },
		{ "uv", AT(user_verification) },
		{ "alwaysUv", AT(always_uv) },
		{ "rk", AT(resident) },
		{ "makeCredUvNotRqd", AT(make_cred_uv_not_required) },
		{ "credMgmt", AT(credential_management) },
		{ "credentialMgmtPreview", AT(credential_preview) },
		{ "perCredMgmtRO", AT(credential_listing) },
		{ "ep", AT(enterprise) },
		{ "authnrCfg", AT(config) },
		{ "setMinPINLength", AT(min_pin_settable) },
	};
	size_t k;

	for (k = 0; k < ARRAY_LEN(options); k++)
		if (strcmp(options[k].name, name) == 0)
			*(enum fido_option *)((char *)i + options[k].at) =
				value ? FIDO_ON : FIDO_OFF;
}

void told_word(char *list, size_t size, const char *word)
{
	size_t used = strlen(list), n = strlen(word);

	if (n == 0 || used + n + 2 > size || strpbrk(word, " \t\r\n"))
		return;
	if (used)
		list[used++] = ' ';
	memcpy(list + used, word, n + 1);
	utf8_sanitise(list + used);
}

void told_algorithm(struct fido_info *i, int64_t alg)
{
	/* IANA's registry "COSE Algorithms" */
	static const struct {
		int64_t alg;
		const char *name;
	} known[] = {
		{ -7, "es256" },
		{ -8, "eddsa" },
		{ -35, "es384" },
		{ -257, "rs256" },
	};
	char number[24];
	const char *name = number;
	size_t k;

	snprintf(number, sizeof(number), "%lld", (long long)alg);
	for (k = 0; k < ARRAY_LEN(known); k++)
		if (known[k].alg == alg)
			name = known[k].name;
	told_word(i->algorithms, sizeof(i->algorithms), name);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

bool fido_speaks(const struct fido_info *i, const char *version)
{
	return has_word(i->versions, version);
}

void told_end(struct fido_info *i)
{
	i->cred_protect = has_word(i->extensions, "credProtect");
}

/* ---- getInfo ---- */

/* A member's value into its place in the struct; false: another form. */
typedef bool take_fn(cbor_item_t *item, void *at);

static bool any_number(cbor_item_t *item, void *at)
{
	(void)at;
	return cbor_isa_uint(item);
}

static bool take_number(cbor_item_t *item, void *at)
{
	if (!cbor_isa_uint(item))
		return false;
	*(uint64_t *)at = cbor_get_int(item);
	return true;
}

static bool take_left(cbor_item_t *item, void *at)
{
	int64_t *left = at;

	return cbor_isa_uint(item) && tcbor_int(item, left) == 0;
}

static bool is_bool(const cbor_item_t *item)
{
	return cbor_isa_float_ctrl(item) && cbor_float_ctrl_is_ctrl(item) &&
		cbor_is_bool(item);
}

static bool take_flag(cbor_item_t *item, void *at)
{
	if (!is_bool(item))
		return false;
	*(bool *)at = cbor_get_bool(item);
	return true;
}

static bool take_aaguid(cbor_item_t *item, void *at)
{
	const unsigned char *p;
	size_t n;

	p = tcbor_bytes(item, &n);
	if (!p || n != 16)
		return false;
	memcpy(at, p, n);
	return true;
}

static bool take_texts(cbor_item_t *item, void *at)
{
	char word[FIDO_LIST_MAX];
	size_t i;

	if (!cbor_isa_array(item))
		return false;
	for (i = 0; i < cbor_array_size(item); i++) {
		cbor_item_t *one = cbor_array_handle(item)[i];

		if (!cbor_isa_string(one))
			return false;
		if (tcbor_text(one, word, sizeof(word)) == 0)
			told_word(at, FIDO_LIST_MAX, word);
	}
	return true;
}

static bool is_numbers(cbor_item_t *item, void *at)
{
	size_t i;

	(void)at;
	for (i = 0; cbor_isa_array(item) && i < cbor_array_size(item); i++)
		if (!cbor_isa_uint(cbor_array_handle(item)[i]))
			return false;
	return cbor_isa_array(item);
}

/* Of the whole struct, as the next one. */
static bool take_algorithms(cbor_item_t *item, void *at)
{
	int64_t alg;
	size_t i;

	for (i = 0; cbor_isa_array(item) && i < cbor_array_size(item); i++) {
		cbor_item_t *one = cbor_array_handle(item)[i];

		if (!cbor_isa_map(one))
			return false;
		if (tcbor_int(tcbor_get(one, "alg"), &alg) == 0)
			told_algorithm(at, alg);
	}
	return cbor_isa_array(item);
}

/* As CTAP orders the keys of a map: the shorter first. */
static bool is_behind(const char *before, const char *name)
{
	size_t a = strlen(before), b = strlen(name);

	return a < b || (a == b && strcmp(before, name) < 0);
}

static bool take_settings(cbor_item_t *item, void *at)
{
	char name[64], before[64] = "";
	size_t i;

	for (i = 0; cbor_isa_map(item) && i < cbor_map_size(item); i++) {
		struct cbor_pair pair = cbor_map_handle(item)[i];

		if (tcbor_text(pair.key, name, sizeof(name)) < 0)
			continue;
		if (!is_behind(before, name))
			return false;
		memcpy(before, name, sizeof(before));
		if (is_bool(pair.value))
			told_option(at, name, cbor_get_bool(pair.value));
	}
	return cbor_isa_map(item);
}

/*
 * By the number that CTAP gives them. Those that nobody here asks for are
 * looked at as far as libfido2 (1.12 to 1.17) refuses another form.
 */
static const struct {
	take_fn *take;
	size_t at;
} members[] = {
	[0x01] = { take_texts, AT(versions) },
	[0x02] = { take_texts, AT(extensions) },
	[0x03] = { take_aaguid, AT(aaguid) },
	[0x04] = { take_settings, 0 },
	[0x05] = { take_number, AT(max_message) },
	[0x06] = { is_numbers, 0 },
	[0x07] = { take_number, AT(max_list) },
	[0x08] = { take_number, AT(max_id) },
	[0x09] = { take_texts, AT(transports) },
	[0x0a] = { take_algorithms, 0 },
	[0x0b] = { any_number, 0 },
	[0x0c] = { take_flag, AT(pin_change_forced) },
	[0x0d] = { take_number, AT(min_pin_length) },
	[0x0e] = { take_number, AT(firmware) },
	[0x0f] = { any_number, 0 },
	[0x10] = { any_number, 0 },
	[0x11] = { any_number, 0 },
	[0x12] = { any_number, 0 },
	[0x14] = { take_left, AT(resident_left) },
};

static int read_member(struct cbor_pair pair, int64_t *before,
	struct fido_info *ret, struct error *err)
{
	int64_t key;

	if (tcbor_int(pair.key, &key) < 0 || key < 0)
		return 0;
	if (key <= *before)
		return error_set(err, ERROR_MALFORMED,
			"getInfo: '%lld' stands twice, or in the wrong place",
			(long long)key);
	*before = key;
	if ((size_t)key >= ARRAY_LEN(members) || !members[key].take ||
		members[key].take(pair.value, (char *)ret + members[key].at))
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"getInfo: member %lld does not have its form", (long long)key);
}

static int read_members(const struct buf *reply, struct fido_info *ret,
	struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *item = NULL;
	const size_t n = tcbor_item_length(reply->p + 1, reply->n - 1);
	int64_t before = -1;
	size_t i;
	int r;

	/* bytes behind the map make no key useless: getinfo.c tells of them */
	r = tcbor_load(reply->p + 1, n > 0 ? n : reply->n - 1, &item, err);
	if (r == 0 && !cbor_isa_map(item))
		r = error_set(err, ERROR_MALFORMED, "getInfo is no map");
	for (i = 0; r == 0 && i < cbor_map_size(item); i++)
		r = read_member(cbor_map_handle(item)[i], &before, ret, err);
	return r;
}

int told_check_status(const struct buf *reply, struct error *err)
{
	if (reply->n == 0)
		return error_set(err, ERROR_MALFORMED,
			"the token answers getInfo with nothing");
	if (reply->p[0] != 0)
		return error_set(err, ERROR_FAILED,
			"the token answers getInfo with status 0x%02x",
			reply->p[0]);
	return 0;
}

int told_read(const struct hid *h, const struct buf *get_info,
	struct fido_info *ret, struct error *err)
{
	int r;

	told_begin(ret, h, h->capabilities & HID_CAP_CBOR);
	if (!ret->ctap2)
		return 0;
	r = told_check_status(get_info, err);
	if (r == 0)
		r = read_members(get_info, ret, err);
	if (r < 0)
		return r;
	told_end(ret);
	return 0;
}
