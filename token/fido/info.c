/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token on a reader told of itself: there libfido2 asks, and says what it
 * made of the reply.
 */
#include "token/fido/private.h"

#include "token/fido/told.h"

#include <string.h>

static void take_words(char *ret, size_t size, char **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		told_word(ret, size, list[i]);
}

static void take_lists(struct fido_info *i, const fido_cbor_info_t *ci)
{
	char **names = fido_cbor_info_options_name_ptr(ci);
	const bool *values = fido_cbor_info_options_value_ptr(ci);
	size_t k;

	take_words(i->versions, sizeof(i->versions),
		fido_cbor_info_versions_ptr(ci),
		fido_cbor_info_versions_len(ci));
	take_words(i->extensions, sizeof(i->extensions),
		fido_cbor_info_extensions_ptr(ci),
		fido_cbor_info_extensions_len(ci));
	take_words(i->transports, sizeof(i->transports),
		fido_cbor_info_transports_ptr(ci),
		fido_cbor_info_transports_len(ci));
	for (k = 0; k < fido_cbor_info_algorithm_count(ci); k++)
		told_algorithm(i, fido_cbor_info_algorithm_cose(ci, k));
	for (k = 0; k < fido_cbor_info_options_len(ci); k++)
		told_option(i, names[k], values[k]);
}

static void take_info(struct fido_info *i, const fido_cbor_info_t *ci)
{
	take_lists(i, ci);
	if (fido_cbor_info_aaguid_len(ci) == sizeof(i->aaguid))
		memcpy(i->aaguid, fido_cbor_info_aaguid_ptr(ci),
			sizeof(i->aaguid));
	i->pin_change_forced = fido_cbor_info_new_pin_required(ci);
	i->min_pin_length = fido_cbor_info_minpinlen(ci);
	i->firmware = fido_cbor_info_fwversion(ci);
	i->resident_left = fido_cbor_info_rk_remaining(ci);
	i->max_message = fido_cbor_info_maxmsgsiz(ci);
	i->max_list = fido_cbor_info_maxcredcntlst(ci);
	i->max_id = fido_cbor_info_maxcredidlen(ci);
	told_end(i);
}

int fido_read_from_libfido2(struct fido *f, struct error *err)
{
	fido_cbor_info_t *ci;
	int r;

	told_begin(&f->info, &f->transport.hid, fido_dev_is_fido2(f->dev));
	if (!f->info.ctap2)
		return 0;
	ci = fido_cbor_info_new();
	if (!ci)
		return error_memory(err);
	r = fido_dev_get_cbor_info(f->dev, ci);
	if (r == FIDO_OK)
		take_info(&f->info, ci);
	fido_cbor_info_free(&ci);
	return r == FIDO_OK ? 0 : fido_failed(f, r, "asking what it can do",
		err);
}
