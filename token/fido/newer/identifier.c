/* SPDX-License-Identifier: Apache-2.0 */
/* The token's identifier, by libfido2 1.17's PIN/UV auth tokens. */
#include "token/fido/newer/identifier.h"

#include "base/util.h"

#include <string.h>

static void info_p(fido_cbor_info_t **i)
{
	fido_cbor_info_free(i);
}

/* A new answer of getInfo, and the identifier that this token opens. */
static int decrypt_identifier(fido_dev_t *dev, uint8_t ret[16], bool *ret_known)
{
	CLEANUP(info_p) fido_cbor_info_t *i = fido_cbor_info_new();
	int r;

	if (!i)
		return FIDO_ERR_INTERNAL;
	r = fido_dev_get_cbor_info(dev, i);
	if (r == FIDO_OK)
		r = fido_cbor_info_decrypt(i, fido_dev_puat_ptr(dev),
			fido_dev_puat_len(dev));
	if (r != FIDO_OK || fido_cbor_info_id_len(i) != 16)
		return r;
	memcpy(ret, fido_cbor_info_id_ptr(i), 16);
	*ret_known = true;
	return FIDO_OK;
}

int identifier_ask(fido_dev_t *dev, const char *pin, uint8_t ret[16],
	bool *ret_known)
{
	int r;

	*ret_known = false;
	r = fido_dev_get_puat(dev, FIDO_PUAT_CREDMAN_RO, NULL, pin);
	if (r == FIDO_OK)
		r = decrypt_identifier(dev, ret, ret_known);
	fido_dev_set_puat(dev, NULL, 0);
	return r;
}
