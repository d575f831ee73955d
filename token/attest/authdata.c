/* SPDX-License-Identifier: Apache-2.0 */
/* Authenticator data. */
#include "token/attest/authdata.h"

#include "token/attest/cbor.h"

#define FIXED 37 /* rpIdHash, flags, signCount */

static int parse_attested(const unsigned char **p, size_t *n,
	struct authdata *a, struct error *err)
{
	size_t len;

	if (*n < 18)
		return error_set(err, ERROR_MALFORMED,
			"authenticator data: cut off in the AAGUID");
	a->aaguid = *p;
	a->credential_id_n = (size_t)(*p)[16] << 8 | (*p)[17];
	a->credential_id = *p + 18;
	*p += 18;
	*n -= 18;
	if (a->credential_id_n > *n || a->credential_id_n == 0)
		return error_set(err, ERROR_MALFORMED,
			"authenticator data: a credential id of %zu bytes, but "
			"%zu follow", a->credential_id_n, *n);
	*p += a->credential_id_n;
	*n -= a->credential_id_n;
	len = tcbor_item_length(*p, *n);
	if (len == 0)
		return error_set(err, ERROR_MALFORMED,
			"authenticator data: no public key behind the "
			"credential id");
	a->public_key = *p;
	a->public_key_n = len;
	*p += len;
	*n -= len;
	return 0;
}

int authdata_parse(const unsigned char *p, size_t n, struct authdata *ret,
	struct error *err)
{
	struct authdata a = { 0 };
	int r;

	if (n < FIXED)
		return error_set(err, ERROR_MALFORMED,
			"authenticator data of %zu bytes", n);
	a.rp_id_hash = p;
	a.flags = p[32];
	a.counter = (uint32_t)p[33] << 24 | (uint32_t)p[34] << 16 |
		(uint32_t)p[35] << 8 | p[36];
	p += FIXED;
	n -= FIXED;
	if (a.flags & AUTHDATA_AT) {
		r = parse_attested(&p, &n, &a, err);
		if (r < 0)
			return r;
	}
	if (a.flags & AUTHDATA_ED) {
		size_t len = n && p[0] >> 5 == TCBOR_MAP ?
			tcbor_item_length(p, n) : 0;

		if (len == 0)
			return error_set(err, ERROR_MALFORMED,
				"authenticator data: malformed extensions");
		n -= len;
	}
	if (n != 0)
		return error_set(err, ERROR_MALFORMED,
			"authenticator data: %zu bytes too many", n);
	*ret = a;
	return 0;
}
