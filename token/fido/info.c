/* SPDX-License-Identifier: Apache-2.0 */
/* What an open token tells of itself, as libfido2 reads its getInfo. */
#include "token/fido/private.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static enum fido_option option_of(const fido_cbor_info_t *ci, const char *name)
{
	char **names = fido_cbor_info_options_name_ptr(ci);
	const bool *values = fido_cbor_info_options_value_ptr(ci);
	size_t i;

	for (i = 0; i < fido_cbor_info_options_len(ci); i++)
		if (strcmp(names[i], name) == 0)
			return values[i] ? FIDO_ON : FIDO_OFF;
	return FIDO_ABSENT;
}

/* Blank-separated, as many as fit; a token's strings are no clean text. */
static void join_words(char *ret, size_t size, char **list, size_t n)
{
	size_t i, used = 0, len;

	ret[0] = '\0';
	for (i = 0; i < n; i++) {
		len = strlen(list[i]);
		if (used + len + 2 > size || strpbrk(list[i], " \t\r\n"))
			continue;
		if (used)
			ret[used++] = ' ';
		memcpy(ret + used, list[i], len + 1);
		used += len;
	}
	utf8_sanitise(ret);
}

static void join_algorithms(struct fido_info *i, const fido_cbor_info_t *ci)
{
	static const struct {
		int alg;
		const char *name;
	} known[] = {
		{ COSE_ALG_ES256, "es256" },
		{ COSE_ALG_EDDSA, "eddsa" },
		{ COSE_ALG_ES384, "es384" },
		{ COSE_ALG_RS256, "rs256" },
	};
	char numbers[16][16], *names[ARRAY_LEN(numbers)];
	size_t k, j, n = fido_cbor_info_algorithm_count(ci);

	for (k = 0; k < n && k < ARRAY_LEN(names); k++) {
		int alg = fido_cbor_info_algorithm_cose(ci, k);

		names[k] = numbers[k];
		snprintf(numbers[k], sizeof(numbers[k]), "%d", alg);
		for (j = 0; j < ARRAY_LEN(known); j++)
			if (known[j].alg == alg)
				names[k] = (char *)known[j].name;
	}
	join_words(i->algorithms, sizeof(i->algorithms), names, k);
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

static void fill_info(struct fido_info *i, const fido_cbor_info_t *ci)
{
	join_words(i->versions, sizeof(i->versions),
		fido_cbor_info_versions_ptr(ci),
		fido_cbor_info_versions_len(ci));
	join_words(i->extensions, sizeof(i->extensions),
		fido_cbor_info_extensions_ptr(ci),
		fido_cbor_info_extensions_len(ci));
	join_words(i->transports, sizeof(i->transports),
		fido_cbor_info_transports_ptr(ci),
		fido_cbor_info_transports_len(ci));
	join_algorithms(i, ci);
	if (fido_cbor_info_aaguid_len(ci) == sizeof(i->aaguid))
		memcpy(i->aaguid, fido_cbor_info_aaguid_ptr(ci),
			sizeof(i->aaguid));
	i->client_pin = option_of(ci, "clientPin");
	i->user_verification = option_of(ci, "uv");
	i->always_uv = option_of(ci, "alwaysUv");
	i->resident = option_of(ci, "rk");
	i->make_cred_uv_not_required = option_of(ci, "makeCredUvNotRqd");
	i->credential_management = option_of(ci, "credMgmt");
	i->credential_preview = option_of(ci, "credentialMgmtPreview");
	i->credential_listing = option_of(ci, "perCredMgmtRO");
	i->enterprise = option_of(ci, "ep");
	i->config = option_of(ci, "authnrCfg");
	i->min_pin_settable = option_of(ci, "setMinPINLength");
	i->cred_protect = has_word(i->extensions, "credProtect");
	i->pin_change_forced = fido_cbor_info_new_pin_required(ci);
	i->min_pin_length = fido_cbor_info_minpinlen(ci);
	i->firmware = fido_cbor_info_fwversion(ci);
	i->resident_left = fido_cbor_info_rk_remaining(ci);
	i->max_message = fido_cbor_info_maxmsgsiz(ci);
	i->max_list = fido_cbor_info_maxcredcntlst(ci);
	i->max_id = fido_cbor_info_maxcredidlen(ci);
}

void fido_read_basics(struct fido *f)
{
	const struct hid *h = &f->transport.hid;

	memcpy(f->info.hid_version, h->version, 3);
	f->info.hid_protocol = h->protocol;
	f->info.hid_capabilities = h->capabilities;
	f->info.pin_retries = -1;
	f->info.resident_left = -1;
	f->info.ctap2 = fido_dev_is_fido2(f->dev);
	f->info.client_pin = fido_dev_has_pin(f->dev) ? FIDO_ON :
		fido_dev_supports_pin(f->dev) ? FIDO_OFF : FIDO_ABSENT;
	if (!f->info.ctap2)
		snprintf(f->info.versions, sizeof(f->info.versions), "U2F_V2");
}

int fido_read_info(struct fido *f, struct error *err)
{
	fido_cbor_info_t *ci;
	int r;

	if (!f->info.ctap2)
		return 0;
	ci = fido_cbor_info_new();
	if (!ci)
		return error_memory(err);
	r = fido_dev_get_cbor_info(f->dev, ci);
	if (r == FIDO_OK)
		fill_info(&f->info, ci);
	fido_cbor_info_free(&ci);
	return r == FIDO_OK ? 0 : fido_failed(f, r, "asking what it can do",
		err);
}
