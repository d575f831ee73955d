/* SPDX-License-Identifier: Apache-2.0 */
/* Recipients. */
#include "bridge/seal/recipient.h"

#include "base/encode.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define AGE_HRP "age"
#define AGE_DATA 52  /* groups of five bits that 32 bytes are */
#define AGE_CHECK 6  /* of the checksum */
#define BLOB_MAX 2200
#define RSA_BITS_MIN 2048 /* age takes no less */
#define RSA_BITS_MAX 16384
#define RSA_EXPONENT_MAX 3 /* bytes; Go's ssh takes no more */
#define SEPARATOR ", "

const char *const seal_program_names[] = {
	[SEAL_AGE] = "age",
	[SEAL_GPG] = "gpg",
	NULL,
};

static int bad(const char *why, struct error *err)
{
	return error_set(err, ERROR_USAGE, "%s", why);
}

static bool begins(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p, with, len) == 0;
}

/* ---- bech32 ---- */

static const char bech32[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static int group_of(char c)
{
	const char *at = c ? strchr(bech32, c) : NULL;

	return at ? (int)(at - bech32) : -1;
}

static uint32_t checksum_step(uint32_t c, unsigned group)
{
	static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d,
		0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = c >> 25;
	size_t i;

	c = (c & 0x1ffffff) << 5 ^ group;
	for (i = 0; i < ARRAY_LEN(generator); i++)
		if (top >> i & 1)
			c ^= generator[i];
	return c;
}

static uint32_t checksum_begin(const char *hrp)
{
	uint32_t c = 1;
	size_t i;

	for (i = 0; hrp[i]; i++)
		c = checksum_step(c, (unsigned char)hrp[i] >> 5);
	c = checksum_step(c, 0);
	for (i = 0; hrp[i]; i++)
		c = checksum_step(c, (unsigned char)hrp[i] & 31);
	return c;
}

static int check_age(const char *p, size_t n, struct error *err)
{
	size_t first = strlen(AGE_HRP) + 1, i;
	uint32_t c = checksum_begin(AGE_HRP);
	int group = 0;

	/* a plugin's name stands before the last 1, as no group is written so */
	if (memrchr(p, '1', n) != p + first - 1)
		return bad("a recipient of an age plugin, or of a newer kind "
			"than X25519, is not taken: a plugin is a program that "
			"would be run here", err);
	if (n != first + AGE_DATA + AGE_CHECK)
		return bad("an age recipient has 62 characters", err);
	for (i = first; i < n; i++) {
		group = group_of(p[i]);
		if (group < 0)
			return bad("an age recipient has lower-case letters "
				"and digits of bech32 only", err);
		c = checksum_step(c, (unsigned)group);
		/* 260 bits carry 256 */
		if (i == first + AGE_DATA - 1 && (group & 15))
			return bad("the age recipient's last bits are not 0",
				err);
	}
	return c == 1 ? 0 : bad("the age recipient's checksum is wrong: a "
		"character is mistyped or missing", err);
}

static int take_age(const char *p, size_t n, struct buf *b, struct error *err)
{
	int r = check_age(p, n, err);

	buf_put(b, p, n);
	return r;
}

/* ---- ssh ---- */

struct cursor {
	const unsigned char *p;
	size_t n;
};

static bool get_string(struct cursor *c, const unsigned char **ret,
	size_t *ret_n)
{
	size_t n;

	if (c->n < 4)
		return false;
	n = (size_t)c->p[0] << 24 | (size_t)c->p[1] << 16 |
		(size_t)c->p[2] << 8 | c->p[3];
	if (n > c->n - 4)
		return false;
	*ret = c->p + 4;
	*ret_n = n;
	c->p += 4 + n;
	c->n -= 4 + n;
	return true;
}

/* A positive number in its one form (RFC 4251 section 5). */
static bool get_number(struct cursor *c, const unsigned char **ret,
	size_t *ret_n)
{
	if (!get_string(c, ret, ret_n) || *ret_n == 0 || (*ret)[0] & 0x80)
		return false;
	if ((*ret)[0] != 0)
		return true;
	if (*ret_n < 2 || !((*ret)[1] & 0x80))
		return false;
	++*ret;
	--*ret_n;
	return true;
}

static size_t modulus_bits(const unsigned char *p, size_t n)
{
	size_t bits = n * 8;
	unsigned top;

	for (top = p[0]; !(top & 0x80); top <<= 1)
		bits--;
	return bits;
}

static int check_ed25519(struct cursor *c, struct error *err)
{
	const unsigned char *key;
	size_t n;

	if (!get_string(c, &key, &n) || n != 32 || c->n != 0)
		return bad("the ssh-ed25519 key is cut off or damaged", err);
	return 0;
}

static int check_rsa(struct cursor *c, struct error *err)
{
	const unsigned char *e, *m;
	size_t e_n, m_n, bits;

	if (!get_number(c, &e, &e_n) || !get_number(c, &m, &m_n) ||
		c->n != 0 || !(m[m_n - 1] & 1))
		return bad("the ssh-rsa key is cut off or damaged", err);
	if (e_n > RSA_EXPONENT_MAX || !(e[e_n - 1] & 1) ||
		(e_n == 1 && e[0] == 1))
		return bad("the ssh-rsa key has an exponent that age does not "
			"take", err);
	bits = modulus_bits(m, m_n);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return error_set(err, ERROR_USAGE,
			"the ssh-rsa key has %zu bits: age takes %d and more, "
			"and here it has %d at most", bits, RSA_BITS_MIN,
			RSA_BITS_MAX);
	return 0;
}

static const struct {
	const char *type;
	int (*check)(struct cursor *c, struct error *err);
} ssh_types[] = {
	{ "ssh-ed25519", check_ed25519 },
	{ "ssh-rsa", check_rsa },
};

static int check_blob(size_t type, const char *p, size_t n, struct error *err)
{
	unsigned char blob[BLOB_MAX];
	const unsigned char *name;
	struct cursor c = { blob, 0 };
	ssize_t got = base64_decode(BASE64_STD, p, n, blob, sizeof(blob));
	size_t len;

	if (got < 0)
		return bad("the ssh key is not base64, or too long", err);
	c.n = (size_t)got;
	if (!get_string(&c, &name, &len) ||
		len != strlen(ssh_types[type].type) ||
		memcmp(name, ssh_types[type].type, len) != 0)
		return bad("the ssh key is of another type than its line says",
			err);
	return ssh_types[type].check(&c, err);
}

static int take_ssh(const char *p, size_t n, struct buf *b, struct error *err)
{
	const char *blank = memchr(p, ' ', n), *end;
	size_t type, len;
	int r;

	len = blank ? (size_t)(blank - p) : n;
	for (type = 0; type < ARRAY_LEN(ssh_types); type++)
		if (len == strlen(ssh_types[type].type) &&
			memcmp(p, ssh_types[type].type, len) == 0)
			break;
	if (type == ARRAY_LEN(ssh_types))
		return bad("of ssh keys age takes ssh-ed25519 and ssh-rsa "
			"only: one in a security key can sign, but not "
			"decrypt", err);
	if (!blank)
		return bad("the ssh key has no second field", err);
	p += len + 1;
	n -= len + 1;
	end = memchr(p, ' ', n); /* what follows is a comment */
	len = end ? (size_t)(end - p) : n;
	r = check_blob(type, p, len, err);
	buf_printf(b, "%s ", ssh_types[type].type);
	buf_put(b, p, len);
	return r;
}

/* ---- OpenPGP ---- */

#define V4_DIGITS 40
#define V6_DIGITS 64

static int take_fingerprint(const char *p, size_t n, struct buf *b,
	struct error *err)
{
	size_t digits = 0, i;

	for (i = 0; i < n; i++) {
		if (p[i] == ' ')
			continue;
		buf_put_byte(b, (unsigned char)(p[i] >= 'a' ? p[i] - 32 :
							      p[i]));
		digits++;
	}
	if (digits == V4_DIGITS || digits == V6_DIGITS)
		return 0;
	return error_set(err, ERROR_USAGE,
		"%zu hex digits: an OpenPGP key is named by its whole "
		"fingerprint, 40 digits (64 for a v6 key); anybody can make "
		"another key with the same short id", digits);
}

static bool may_be_fingerprint(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!memchr("0123456789abcdefABCDEF ", p[i], 23))
			return false;
	return n > 0;
}

/* ---- one of them ---- */

typedef int take_fn(const char *p, size_t n, struct buf *b,
	struct error *err);

static const struct {
	const char *begin;
	take_fn *take; /* NULL: why not */
	const char *why;
} kinds[] = {
	{ "age1", take_age, NULL },
	{ "ssh-", take_ssh, NULL },
	{ "AGE-SECRET-KEY-", NULL, "this is an age secret key, and whoever "
		"saw it can read what is encrypted to it: make a new one, and "
		"give what `age-keygen -y` prints" },
	{ "AGE-PLUGIN-", NULL, "this is the identity of an age plugin: "
		"plugins are not taken, and an identity is not for others" },
	{ "-----BEGIN", NULL, "a key file is no recipient: give an age1... "
		"recipient, the line of a .pub file, or a fingerprint" },
	{ "sk-", take_ssh, NULL },
	{ "ecdsa-", take_ssh, NULL },
};

static int take_any(const char *p, size_t n, enum seal_program *ret,
	struct buf *b, struct error *err)
{
	size_t i;

	*ret = SEAL_AGE;
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (begins(p, n, kinds[i].begin))
			return kinds[i].take ? kinds[i].take(p, n, b, err) :
				bad(kinds[i].why, err);
	*ret = SEAL_GPG;
	if (may_be_fingerprint(p, n))
		return take_fingerprint(p, n, b, err);
	return bad("a recipient is age1..., an ssh-ed25519 or ssh-rsa public "
		"key, or the whole fingerprint of an OpenPGP key", err);
}

void recipients_done(struct recipients *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->text[i]);
	*r = (struct recipients){ .n = 0 };
}

static bool has(const struct recipients *r, const char *text)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->text[i], text) == 0)
			return true;
	return false;
}

static int add_text(struct recipients *r, enum seal_program program,
	struct buf *b, struct error *err)
{
	if (r->n > 0 && program != r->program)
		return bad("age's recipients and OpenPGP fingerprints do not "
			"go together: one program encrypts for all of a "
			"holder's", err);
	if (has(r, buf_str(b)))
		return 0;
	if (r->n == RECIPIENTS_MAX)
		return error_set(err, ERROR_USAGE,
			"a holder has at most %d recipients", RECIPIENTS_MAX);
	r->text[r->n] = buf_steal(b);
	if (!r->text[r->n])
		return error_memory(err);
	r->program = program;
	r->n++;
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void cut_spaces(const char **p, size_t *n)
{
	for (; *n > 0 && is_space(**p); ++*p, --*n)
		;
	for (; *n > 0 && is_space((*p)[*n - 1]); --*n)
		;
}

int recipients_add(struct recipients *r, const char *p, size_t n,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	enum seal_program program;
	int e;

	buf_init(&b, RECIPIENT_MAX);
	cut_spaces(&p, &n);
	if (n > RECIPIENTS_TEXT_MAX || !utf8_is_clean(p, n))
		return bad("the recipient is too long, or holds a control "
			"character", err);
	e = take_any(p, n, &program, &b, err);
	if (e == 0)
		e = buf_check(&b, "the recipient", err);
	return e < 0 ? e : add_text(r, program, &b, err);
}

int recipients_add_file(struct recipients *r, const char *p, size_t n,
	struct error *err)
{
	size_t line, len, before = r->n;
	const char *end;
	struct error why;

	for (line = 1; n > 0; line++, p += len, n -= len) {
		const char *text = p;
		size_t text_n;

		end = memchr(p, '\n', n);
		len = end ? (size_t)(end - p) + 1 : n;
		text_n = end ? len - 1 : len;
		cut_spaces(&text, &text_n);
		if (text_n == 0 || *text == '#')
			continue;
		if (recipients_add(r, text, text_n, &why) < 0)
			return error_set(err, why.code, "line %zu: %s", line,
				why.text);
	}
	return r->n > before ? 0 : bad("there is no recipient in it", err);
}

int recipients_join(const struct recipients *r, char **ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	size_t i;
	int e;

	buf_init(&b, RECIPIENTS_TEXT_MAX);
	for (i = 0; i < r->n; i++) {
		buf_put_str(&b, i ? SEPARATOR : "");
		buf_put_str(&b, r->text[i]);
	}
	e = buf_check(&b, "the list of recipients", err);
	if (e < 0)
		return e;
	*ret = buf_steal(&b);
	return *ret ? 0 : error_memory(err);
}

int recipients_split(struct recipients *ret, const char *line,
	struct error *err)
{
	const char *end;
	size_t n;
	int r;

	for (; *line; line += n) {
		end = strstr(line, SEPARATOR);
		n = end ? (size_t)(end - line) : strlen(line);
		r = recipients_add(ret, line, n, err);
		if (r < 0)
			return r;
		n += end ? strlen(SEPARATOR) : 0;
	}
	return ret->n > 0 ? 0 : bad("there is no recipient", err);
}
