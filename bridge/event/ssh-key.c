/* SPDX-License-Identifier: Apache-2.0 */
/* sk public keys and authorized_keys lines. */
#include "bridge/event/ssh-key.h"

#include "base/encode.h"
#include "base/text.h"
#include "base/utf8.h"
#include "bridge/hash/chain.h"

#include <stdio.h>
#include <string.h>

/* The two types that a security key holds, with the size of their key part. */
static const struct {
	const char *type;
	const char *curve; /* NULL: no such field */
	size_t point;
} types[] = {
	{ "sk-ssh-ed25519@openssh.com", NULL, 32 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", 65 },
};

struct reader {
	const unsigned char *p;
	size_t n;
};

static bool get_string(struct reader *r, const unsigned char **ret,
	size_t *ret_n)
{
	size_t n;

	if (r->n < 4)
		return false;
	n = (size_t)r->p[0] << 24 | (size_t)r->p[1] << 16 |
		(size_t)r->p[2] << 8 | r->p[3];
	if (n > r->n - 4)
		return false;
	*ret = r->p + 4;
	*ret_n = n;
	r->p += 4 + n;
	r->n -= 4 + n;
	return true;
}

static bool get_exactly(struct reader *r, const char *want)
{
	const unsigned char *p;
	size_t n;

	return get_string(r, &p, &n) && n == strlen(want) &&
		memcmp(p, want, n) == 0;
}

static int ssh_key_malformed(const char *why, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "%s", why);
}

/* Index in types; negative where it is another one. */
static int type_of(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (strlen(types[i].type) == n &&
			memcmp(p, types[i].type, n) == 0)
			return (int)i;
	return -1;
}

static int blob_type(const unsigned char *p, size_t n, struct error *err)
{
	struct reader r = { p, n };
	const unsigned char *s;
	size_t s_n;
	int type;

	if (n > SSH_KEY_MAX || !get_string(&r, &s, &s_n))
		return ssh_key_malformed("the key is cut off", err);
	type = type_of((const char *)s, s_n);
	return type >= 0 ? type : error_set(err, ERROR_UNSUPPORTED,
		"the key is not one of a security key (sk-ssh-ed25519, "
		"sk-ecdsa-sha2-nistp256)");
}

int ssh_key_parse_blob(const unsigned char *p, size_t n, struct ssh_key *ret,
	struct error *err)
{
	struct reader r = { p, n };
	const unsigned char *point, *app;
	size_t point_n, app_n;
	int type = blob_type(p, n, err);

	if (type < 0)
		return type;
	if (!get_exactly(&r, types[type].type) ||
		(types[type].curve && !get_exactly(&r, types[type].curve)) ||
		!get_string(&r, &point, &point_n) ||
		point_n != types[type].point ||
		(types[type].curve && point[0] != 4) ||
		!get_string(&r, &app, &app_n) || r.n != 0)
		return ssh_key_malformed("the key is cut off, or something "
			"follows it", err);
	if (app_n == 0 || app_n >= sizeof(ret->application) ||
		!utf8_is_clean((const char *)app, app_n))
		return ssh_key_malformed("the key's application is not valid",
			err);
	memcpy(ret->application, app, app_n);
	ret->application[app_n] = '\0';
	memcpy(ret->blob, p, n);
	ret->blob_n = n;
	return 0;
}

int ssh_key_line(const unsigned char *blob, size_t n, bool verify_required,
	struct buf *b, struct error *err)
{
	int type = blob_type(blob, n, err);

	if (type < 0)
		return type;
	buf_printf(b, "%s%s ", verify_required ? "verify-required " : "",
		types[type].type);
	base64_encode(b, BASE64_STD, blob, n);
	return buf_check(b, "an ssh key", err);
}

int ssh_key_fingerprint(const unsigned char *blob, size_t n,
	char ret[SSH_FINGERPRINT_LEN], struct error *err)
{
	unsigned char hash[SHA256_LEN];
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, 64);
	r = chain_digest(blob, n, hash, err);
	if (r < 0)
		return r;
	base64_encode(&b, BASE64_STD, hash, sizeof(hash));
	r = buf_check(&b, "a fingerprint", err);
	if (r == 0) /* 32 bytes are 43 characters and one of padding */
		snprintf(ret, SSH_FINGERPRINT_LEN, "SHA256:%.43s",
			buf_str(&b));
	return r;
}

/* ---- lines ---- */

static size_t blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i;
}

/* Length of the options: up to a blank outside of quotes. */
static size_t options_length(const char *p, size_t n)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 1 < n && p[i + 1] == '"')
			i++;
		else if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && (p[i] == ' ' || p[i] == '\t'))
			break;
	}
	return quoted ? n : i;
}

static int take_options(const char *p, size_t n, struct ssh_key *ret,
	struct error *err)
{
	static const char known[] = "verify-required";
	size_t len;

	while (n > 0) {
		const char *comma = memchr(p, ',', n);

		len = comma ? (size_t)(comma - p) : n;
		if (len != sizeof(known) - 1 ||
			strncasecmp(p, known, len) != 0)
			return error_set(err, ERROR_UNSUPPORTED,
				"option '%.*s' cannot be kept (only "
				"verify-required can): without it the line "
				"would let in more", (int)(len > 40 ? 40 : len),
				p);
		ret->verify_required = true;
		len += comma != NULL;
		p += len;
		n -= len;
	}
	return 0;
}

static size_t word_length(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != ' ' && p[i] != '\t')
		i++;
	return i;
}

static bool is_key_type(const char *p, size_t n)
{
	static const char *const others[] = { "ssh-", "ecdsa-", "sk-",
		"webauthn-" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(others); i++)
		if (n > strlen(others[i]) &&
			memcmp(p, others[i], strlen(others[i])) == 0)
			return true;
	return false;
}

static int ssh_key_take_key(const char *p, size_t n, int type,
	struct ssh_key *ret, struct error *err)
{
	unsigned char blob[SSH_KEY_MAX];
	size_t len = word_length(p, n);
	ssize_t blob_n;
	int r;

	if (len == 0)
		return ssh_key_malformed("no key follows its type", err);
	blob_n = len > SSH_KEY_MAX ? -1 :
		base64_decode(BASE64_STD, p, len, blob, sizeof(blob));
	if (blob_n <= 0)
		return ssh_key_malformed("the key is not base64", err);
	r = ssh_key_parse_blob(blob, (size_t)blob_n, ret, err);
	if (r == 0 && blob_type(blob, (size_t)blob_n, NULL) != type)
		return ssh_key_malformed("the key is of another type than the "
			"line says", err);
	return r;
}

int ssh_key_parse_line(const char *p, size_t n, struct ssh_key *ret,
	bool *ret_empty, struct error *err)
{
	struct ssh_key key = { .verify_required = false };
	size_t skip, len;
	int type, r = 0;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	skip = blanks(p, n);
	p += skip;
	n -= skip;
	*ret_empty = n == 0 || *p == '#';
	if (*ret_empty)
		return 0;
	if (memchr(p, '\0', n))
		return ssh_key_malformed("it holds a NUL byte", err);
	len = word_length(p, n);
	if (!is_key_type(p, len)) {
		len = options_length(p, n);
		r = take_options(p, len, &key, err);
		if (r < 0)
			return r;
		len += blanks(p + len, n - len);
		p += len;
		n -= len;
		len = word_length(p, n);
	}
	type = type_of(p, len);
	if (type < 0)
		return is_key_type(p, len) ? error_set(err, ERROR_UNSUPPORTED,
			"a key of type '%.*s' is not kept in a security key",
			(int)(len > 40 ? 40 : len), p) :
			ssh_key_malformed("there is no key in it", err);
	len += blanks(p + len, n - len);
	r = ssh_key_take_key(p + len, n - len, type, &key, err);
	if (r == 0)
		*ret = key;
	return r;
}
