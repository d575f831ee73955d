/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files of pam_u2f. */
#include "bridge/local/u2f-keys.h"

#include "base/encode.h"
#include "bridge/local/mapping.h"
#include "token/attest/attest.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS 4
#define POINT_LEN 65 /* 04, x, y */

void u2f_keys_done(struct u2f_keys *keys)
{
	free(keys->p);
	keys->p = NULL;
	keys->n = 0;
}

/* ---- fields ---- */

static bool piece_is(const struct piece *at, const char *word)
{
	return at->n == strlen(word) && memcmp(at->p, word, at->n) == 0;
}

static int take_handle(const struct piece *at, struct u2f_key *k,
	struct error *err)
{
	ssize_t n;

	if (piece_is(at, "*")) {
		k->is_resident = true;
		return 0;
	}
	n = base64_decode(k->is_old ? BASE64_URL : BASE64_STD, at->p, at->n,
		k->id, sizeof(k->id));
	if (n <= 0)
		return piece_bad(at, ERROR_MALFORMED, err,
			"the key handle is no %s of 1 to %d bytes",
			k->is_old ? "base64url" : "base64", U2F_BYTES_MAX);
	k->id_n = (size_t)n;
	return 0;
}

static int put_cose_key(const struct piece *at, const char *type,
	const unsigned char *p, size_t n, struct u2f_key *k, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, sizeof(k->key));
	r = cose_key_of_raw(type, p, n, &b, &k->alg, &e);
	if (r < 0)
		return piece_bad(at, ERROR_MALFORMED, err,
			"that is no public key of this type: %s", e.text);
	memcpy(k->key, b.p, b.n);
	k->key_n = b.n;
	return 0;
}

static int take_point(const struct piece *at, struct u2f_key *k,
	struct error *err)
{
	unsigned char point[POINT_LEN];

	if (hex_decode(at->p, at->n, point, sizeof(point)) != POINT_LEN ||
		point[0] != 0x04)
		return piece_bad(at, ERROR_MALFORMED, err,
			"the key is no point in 130 hex digits, as the form "
			"without a type has it");
	return put_cose_key(at, "es256", point + 1, POINT_LEN - 1, k, err);
}

static int take_raw(const struct piece *at, const char *type,
	struct u2f_key *k, struct error *err)
{
	unsigned char raw[U2F_KEY_MAX];
	ssize_t n = base64_decode(BASE64_STD, at->p, at->n, raw, sizeof(raw));

	if (n <= 0)
		return piece_bad(at, ERROR_MALFORMED, err,
			"the public key is no base64");
	return put_cose_key(at, type, raw, (size_t)n, k, err);
}

static int take_type(const struct piece *at, const char **ret,
	struct error *err)
{
	static const char *const types[] = {
		"es256", "es384", "eddsa", "rs256",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (piece_is(at, types[i])) {
			*ret = types[i];
			return 0;
		}
	return piece_bad(at, ERROR_UNSUPPORTED, err,
		"the type '%.*s' is none of es256, es384, eddsa and rs256",
		at->n < 32 ? (int)at->n : 32, at->p);
}

/* A touch is always wanted here. */
static int take_options(struct piece rest, struct u2f_key *k,
	struct error *err)
{
	struct piece at;

	if (rest.n == 0)
		return 0;
	if (rest.p[0] != '+')
		return piece_bad(&rest, ERROR_MALFORMED, err,
			"options begin with '+'");
	piece_cut(&rest, '+', &at);
	while (piece_cut(&rest, '+', &at)) {
		if (piece_is(&at, "verification") || piece_is(&at, "pin"))
			k->verify = true;
		else if (!piece_is(&at, "presence"))
			return piece_bad(&at, ERROR_UNSUPPORTED, err,
				"the option '+%.*s' is none of +presence, "
				"+verification and +pin: without it the key "
				"might let in more than it did",
				at.n < 32 ? (int)at.n : 32, at.p);
	}
	return 0;
}

static int take_fields(const struct piece *what, struct u2f_key *k,
	struct error *err)
{
	struct piece rest = *what, fields[FIELDS] = { { .p = NULL } };
	const char *type = "es256";
	size_t n = 0;
	int r = 0;

	while (n < FIELDS && piece_cut(&rest, ',', &fields[n]))
		n++;
	if (n < 2 || rest.p)
		return piece_bad(what, ERROR_MALFORMED, err,
			"a credential is HANDLE,KEY,TYPE,OPTIONS, or "
			"HANDLE,KEY as it was before");
	k->is_old = n == 2;
	if (!k->is_old)
		r = take_type(&fields[2], &type, err);
	if (r == 0)
		r = take_handle(&fields[0], k, err);
	if (r == 0)
		r = k->is_old ? take_point(&fields[1], k, err) :
			take_raw(&fields[1], type, k, err);
	return r == 0 && n == FIELDS ? take_options(fields[3], k, err) : r;
}

/* ---- lines ---- */

static const struct u2f_key *other_line(const struct u2f_keys *keys,
	const char *user, size_t line)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (keys->p[i].line != line &&
			strcmp(keys->p[i].user, user) == 0)
			return &keys->p[i];
	return NULL;
}

static struct u2f_key *one_more(struct u2f_keys *keys)
{
	struct u2f_key *p = keys->p;

	if ((keys->n & (keys->n - 1)) == 0)
		p = reallocarray(p, keys->n ? 2 * keys->n : 1, sizeof(*p));
	if (!p)
		return NULL;
	keys->p = p;
	memset(&p[keys->n], 0, sizeof(*p));
	return &p[keys->n];
}

static int take_credential(const char *user, const struct piece *what,
	void *arg, struct error *err)
{
	struct u2f_keys *keys = arg;
	const struct u2f_key *other = other_line(keys, user, what->line);
	struct u2f_key *k;
	int r;

	if (other)
		return piece_bad(what, ERROR_MALFORMED, err,
			"'%.64s' has line %zu already: pam_u2f takes the last "
			"one alone; leave the one that is meant", user,
			other->line);
	if (keys->n == U2F_KEYS_MAX)
		return piece_bad(what, ERROR_MALFORMED, err,
			"these are more than %d credentials", U2F_KEYS_MAX);
	k = one_more(keys);
	if (!k)
		return error_memory(err);
	k->line = what->line;
	k->byte = what->byte;
	strcpy(k->user, user);
	r = take_fields(what, k, err);
	keys->n += r == 0;
	return r;
}

int u2f_keys_parse(const char *p, size_t n, struct u2f_keys *ret,
	struct error *err)
{
	CLEANUP(u2f_keys_done) struct u2f_keys keys = { NULL, 0 };
	int r = mapping_parse(p, n, take_credential, &keys, err);

	if (r < 0)
		return r;
	*ret = keys;
	keys = (struct u2f_keys){ NULL, 0 };
	return 0;
}
