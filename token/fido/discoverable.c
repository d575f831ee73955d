/* SPDX-License-Identifier: Apache-2.0 */
/* Discoverable credentials, by libfido2's credential management. */
#include "token/fido/discoverable.h"

#include "base/text.h"
#include "token/fido/newer/identifier.h"
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

static int count_once(struct fido *f, const char *rp, const struct secret *pin,
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

/* The PIN was right a moment ago, so none of its tries is at stake. */
static bool is_asked_again(struct fido *f, int code, unsigned *tries)
{
	return code != FIDO_OK && code != FIDO_ERR_NO_CREDENTIALS &&
		fido_asks_again(f, fido_failed(f, code, "", NULL), tries);
}

static int count_keys(struct fido *f, const char *rp, const struct secret *pin,
	size_t *ret)
{
	unsigned tries = 0;
	int r;

	do {
		r = count_once(f, rp, pin, ret);
	} while (is_asked_again(f, r, &tries));
	return r;
}

static int list_rps(struct fido *f, const struct secret *pin,
	fido_credman_rp_t *rps)
{
	unsigned tries = 0;
	int r;

	do {
		fido_begin(f);
		r = fido_credman_get_dev_rp(fido_dev_of(f), rps,
			secret_str(pin));
	} while (is_asked_again(f, r, &tries));
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
	r = list_rps(f, pin, rps);
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

/* ---- whether it lists anything ---- */

static int no_listing(struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
		"the token does not list what it keeps: it does not know the "
		"command (it has no credential management)");
}

enum { CREDENTIALS = 0x0a, CREDENTIALS_PREVIEW = 0x41 };
#define INVALID_COMMAND 0x01

/*
 * Whether the token knows a command, by its own answer: what getInfo announces
 * is another thing, and was seen to leave it out. The counts are asked for
 * without the PIN's proof, so nothing is told and no try is spent.
 */
static int knows(struct fido *f, unsigned char command, bool *ret,
	struct error *err)
{
	const unsigned char question[] = { command, 0xa1, 0x01, 0x01 };
	CLEANUP(buf_done) struct buf reply;
	int r;

	buf_init(&reply, HID_MESSAGE_MAX);
	r = hid_transact(fido_hid_of(f), HID_CBOR, question, sizeof(question),
		&reply, err);
	if (r == 0)
		*ret = reply.n > 0 && reply.p[0] != INVALID_COMMAND;
	return r;
}

/* The command that libfido2 sends: before 1.15 the preview's to every token.
 * meson sets CREDMAN_IS_FINAL where it knows that of CTAP 2.1. */
static unsigned char sent_command(const struct fido_info *i)
{
	return CREDMAN_IS_FINAL && i->credential_management == FIDO_ON ?
		CREDENTIALS : CREDENTIALS_PREVIEW;
}

static int ask_for_command(struct fido *f, struct error *err)
{
	unsigned char command = sent_command(fido_info(f));
	bool known = false, known_as_final = false;
	int r;

	r = knows(f, command, &known, err);
	if (r == 0 && !known && command != CREDENTIALS)
		r = knows(f, CREDENTIALS, &known_as_final, err);
	if (r < 0 || known)
		return r;
	if (known_as_final)
		return error_set(err, ERROR_UNSUPPORTED, CREDMAN_IS_FINAL ?
			"the token knows the command that lists what it keeps "
			"and does not announce it, so libfido2 does not send "
			"it" :
			"the token lists what it keeps by a command that needs "
			"libfido2 1.15 or newer; this program was built with "
			"an older one");
	return no_listing(err);
}

int discoverable_check(struct fido *f, struct error *err)
{
	const struct fido_info *i = fido_info(f);

	if (!i->ctap2)
		return no_listing(err);
	if (i->client_pin != FIDO_ON)
		return error_set(err, ERROR_PIN,
			"the token lists what it keeps only to who knows its "
			"PIN, and it has none: `tokenbridge pin set`");
	/* on a reader libfido2 alone has the way to it */
	return fido_hid_of(f)->fd < 0 ? 0 : ask_for_command(f, err);
}

static int listing_failed(struct fido *f, int code, struct error *err)
{
	return code == FIDO_ERR_INVALID_COMMAND ? no_listing(err) :
		fido_failed(f, code, "listing its credentials", err);
}

static int read_identifier(struct fido *f, const struct secret *pin,
	uint8_t ret[16], bool *ret_known, struct error *err)
{
	int r;

	*ret_known = false;
	if (fido_info(f)->credential_listing != FIDO_ON)
		return 0;
	fido_begin(f);
	r = identifier_ask(fido_dev_of(f), secret_str(pin), ret, ret_known);
	return r == FIDO_OK ? 0 : fido_failed(f, r,
		"asking for its identifier", err);
}

int discoverable_read(struct fido *f, const struct secret *pin,
	struct discoverable *ret, struct error *err)
{
	int r = read_counts(f, pin, ret);

	if (r == FIDO_OK && ret->kept > 0)
		r = read_rps(f, pin, ret);
	if (r != FIDO_OK)
		return listing_failed(f, r, err);
	return read_identifier(f, pin, ret->identifier, &ret->has_identifier,
		err);
}
