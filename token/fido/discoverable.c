/* SPDX-License-Identifier: Apache-2.0 */
/* Discoverable credentials, by libfido2's credential management. */
#include "token/fido/discoverable.h"

#include "base/text.h"
#include "token/fido/private.h"

#include <fido/credman.h>
#include <stdio.h>
#include <stdlib.h>

void discoverable_done(struct discoverable *i)
{
	free(i->rps);
	i->rps = NULL;
	i->rps_n = 0;
}

static void metadata_p(fido_credman_metadata_t **m)
{
	fido_credman_metadata_free(m);
}

static void rp_p(fido_credman_rp_t **r)
{
	fido_credman_rp_free(r);
}

static void rk_p(fido_credman_rk_t **r)
{
	fido_credman_rk_free(r);
}

static int read_counts(struct fido *f, const struct secret *pin,
	struct discoverable *i)
{
	CLEANUP(metadata_p) fido_credman_metadata_t *m =
		fido_credman_metadata_new();
	int r;

	if (!m)
		return FIDO_ERR_INTERNAL;
	fido_begin(f);
	r = fido_credman_get_dev_metadata(fido_dev_of(f), m, secret_str(pin));
	if (r == FIDO_OK) {
		i->kept = fido_credman_rk_existing(m);
		i->left = fido_credman_rk_remaining(m);
	}
	return r;
}

static int count_keys(struct fido *f, const char *rp, const struct secret *pin,
	size_t *ret)
{
	CLEANUP(rk_p) fido_credman_rk_t *keys = fido_credman_rk_new();
	int r;

	if (!keys)
		return FIDO_ERR_INTERNAL;
	fido_begin(f);
	r = fido_credman_get_dev_rk(fido_dev_of(f), rp, keys, secret_str(pin));
	if (r == FIDO_OK)
		*ret = fido_credman_rk_count(keys);
	return r;
}

static int read_rps(struct fido *f, const struct secret *pin,
	struct discoverable *i)
{
	CLEANUP(rp_p) fido_credman_rp_t *rps = fido_credman_rp_new();
	size_t k, n;
	int r;

	if (!rps)
		return FIDO_ERR_INTERNAL;
	fido_begin(f);
	r = fido_credman_get_dev_rp(fido_dev_of(f), rps, secret_str(pin));
	if (r == FIDO_ERR_NO_CREDENTIALS)
		return FIDO_OK; /* the last one went meanwhile */
	n = fido_credman_rp_count(rps);
	i->rps = calloc(n + 1, sizeof(*i->rps));
	if (!i->rps)
		return FIDO_ERR_INTERNAL;
	for (k = 0; r == FIDO_OK && k < n; k++) {
		const char *id = fido_credman_rp_id(rps, k);
		struct discoverable_rp *p = &i->rps[i->rps_n++];

		snprintf(p->id, sizeof(p->id), "%s", id ? id : "");
		utf8_sanitise(p->id);
		r = id ? count_keys(f, id, pin, &p->n) : FIDO_OK;
	}
	return r;
}

/* libfido2 before 1.15 sends the preview's command to every token: meson sets
 * CREDMAN_IS_FINAL where it knows that of CTAP 2.1. */
int discoverable_check(const struct fido *f, struct error *err)
{
	const struct fido_info *i = fido_info(f);

	if (i->credential_management != FIDO_ON &&
		i->credential_preview != FIDO_ON)
		return error_set(err, ERROR_UNSUPPORTED,
			"the token does not list what it keeps (it has no "
			"credential management)");
	if (i->client_pin != FIDO_ON)
		return error_set(err, ERROR_PIN,
			"the token lists what it keeps only to who knows its "
			"PIN, and it has none: `tokenbridge pin set`");
	return CREDMAN_IS_FINAL || i->credential_preview == FIDO_ON ? 0 :
		error_set(err, ERROR_UNSUPPORTED,
			"the token lists what it keeps by a command that needs "
			"libfido2 1.15 or newer; this program was built with "
			"an older one");
}

int discoverable_read(struct fido *f, const struct secret *pin,
	struct discoverable *ret, struct error *err)
{
	int r = read_counts(f, pin, ret);

	if (r == FIDO_OK && ret->kept > 0)
		r = read_rps(f, pin, ret);
	if (r != FIDO_OK)
		return fido_failed(f, r, "listing its credentials", err);
	return identifier_read(f, pin, ret->identifier, &ret->has_identifier,
		err);
}
