/* The YKOATH applet: accounts, codes, the access key. */
#include "oath.h"

#include "key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum ins {
	PUT = 0x01, DELETE = 0x02, SET_CODE = 0x03, RESET = 0x04,
	RENAME = 0x05, LIST = 0xa1, CALCULATE = 0xa2, VALIDATE = 0xa3,
	CALCULATE_ALL = 0xa4
};

enum tag {
	T_NAME = 0x71, T_NAME_LIST = 0x72, T_KEY = 0x73, T_CHALLENGE = 0x74,
	T_RESPONSE = 0x75, T_TRUNCATED = 0x76, T_HOTP = 0x77,
	T_PROPERTY = 0x78, T_VERSION = 0x79, T_IMF = 0x7a, T_ALGORITHM = 0x7b,
	T_TOUCH = 0x7c, T_SERIAL = 0x8f
};

enum { TYPE_HOTP = 0x10, TYPE_TOTP = 0x20 };
enum { PROP_INCREASING = 0x01, PROP_TOUCH = 0x02 };

#define NAME_MAX_LENGTH 64

static const struct { const char *md; size_t block; } algorithms[] = {
	[1] = { "SHA1", 64 }, [2] = { "SHA256", 64 }, [3] = { "SHA512", 128 },
};

static void account_free(void *p)
{
	struct account *c = p;

	g_byte_array_unref(c->name);
	g_byte_array_unref(c->key);
	g_free(c);
}

void oath_init(struct oath *o)
{
	o->accounts = g_ptr_array_new_with_free_func(account_free);
	o->lock = g_byte_array_new();
}

void oath_done(struct oath *o)
{
	g_ptr_array_unref(o->accounts);
	g_byte_array_unref(o->lock);
}

void oath_name(struct token *t, const struct apdu *a)
{
	static const struct { uint8_t ins; const char *name; } names[] = {
		{ PUT, "oath-put" }, { DELETE, "oath-delete" },
		{ SET_CODE, "oath-set-code" }, { RESET, "oath-reset" },
		{ RENAME, "oath-rename" }, { LIST, "oath-list" },
		{ CALCULATE, "oath-calculate" },
		{ VALIDATE, "oath-validate" },
		{ CALCULATE_ALL, "oath-calculate-all" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].ins == a->ins) {
			token_seen(t, "%s", names[i].name);
			return;
		}
	token_seen(t, "oath-%02x", a->ins);
}

/* --- TLV --------------------------------------------------------------- */

struct tlv { unsigned tag; const uint8_t *p; size_t n; };

/* the next of the data; false at its end or when it is malformed */
static bool next(const uint8_t **p, const uint8_t *end, struct tlv *r)
{
	size_t n;

	if (end - *p < 2)
		return false;
	r->tag = *(*p)++;
	if (r->tag == T_PROPERTY) {	/* one byte, without a length */
		r->p = (*p)++;
		r->n = 1;
		return true;
	}
	n = *(*p)++;
	if (n == 0x81 && end - *p >= 1) {
		n = *(*p)++;
	} else if (n == 0x82 && end - *p >= 2) {
		n = get16(*p);
		*p += 2;
	} else if (n >= 0x80) {
		return false;
	}
	if (n > (size_t)(end - *p))
		return false;
	r->p = *p;
	r->n = n;
	*p += n;
	return true;
}

static bool find(const struct apdu *a, unsigned tag, struct tlv *r)
{
	const uint8_t *p = a->data, *end = a->data + a->n;

	while (next(&p, end, r))
		if (r->tag == tag)
			return true;
	return false;
}

/* all of the data is TLVs */
static bool well_formed(const struct apdu *a)
{
	const uint8_t *p = a->data, *end = a->data + a->n;
	struct tlv r;

	while (p < end)
		if (!next(&p, end, &r))
			return false;
	return true;
}

/* --- accounts ---------------------------------------------------------- */

static struct account *lookup(struct token *t, const uint8_t *p, size_t n)
{
	for (guint i = 0; i < t->oath.accounts->len; i++) {
		struct account *c = t->oath.accounts->pdata[i];

		if (c->name->len == n && !memcmp(c->name->data, p, n))
			return c;
	}
	return NULL;
}

static struct account *named(struct token *t, const struct apdu *a)
{
	struct tlv name;

	return find(a, T_NAME, &name) ? lookup(t, name.p, name.n) : NULL;
}

static unsigned check_key(const struct token *t, const struct tlv *key)
{
	unsigned type, alg;

	if (key->n < 3)
		return SW_WRONG_SYNTAX;
	type = key->p[0] & 0xf0;
	alg = key->p[0] & 0x0f;
	if ((type != TYPE_HOTP && type != TYPE_TOTP) || alg < 1 || alg > 3)
		return SW_WRONG_SYNTAX;
	/* SHA-512 came with firmware 4.3.1 */
	if (alg == 3 && t->p.fw[0] * 10000 + t->p.fw[1] * 100 + t->p.fw[2] <
	    40301)
		return SW_WRONG_SYNTAX;
	if (key->p[1] < 6 || key->p[1] > 8)
		return SW_WRONG_SYNTAX;
	if (key->n - 2 < 14 || key->n - 2 > algorithms[alg].block)
		return SW_WRONG_SYNTAX;
	return SW_OK;
}

static unsigned put_account(struct token *t, const struct apdu *a)
{
	struct tlv name, key, prop, imf;
	bool has_prop = find(a, T_PROPERTY, &prop);
	bool has_imf = find(a, T_IMF, &imf);
	struct account *c;
	unsigned sw;

	if (!well_formed(a) || !find(a, T_NAME, &name) ||
	    !find(a, T_KEY, &key) || name.n == 0 ||
	    name.n > NAME_MAX_LENGTH || (has_imf && imf.n != 4))
		return SW_WRONG_SYNTAX;
	if ((sw = check_key(t, &key)) != SW_OK)
		return sw;
	c = lookup(t, name.p, name.n);
	if (!c && t->oath.accounts->len >= t->p.oath_max)
		return SW_NO_SPACE;
	if (!c) {
		c = g_new0(struct account, 1);
		c->name = g_byte_array_new();
		c->key = g_byte_array_new();
		put(c->name, name.p, name.n);
		g_ptr_array_add(t->oath.accounts, c);
	}
	c->type_alg = key.p[0];
	c->digits = key.p[1];
	g_byte_array_set_size(c->key, 0);
	put(c->key, key.p + 2, key.n - 2);
	c->props = has_prop ? prop.p[0] : 0;
	c->moving = has_imf ? get32(imf.p) : 0;
	token_save(t);
	return SW_OK;
}

static unsigned delete(struct token *t, const struct apdu *a)
{
	struct account *c = named(t, a);

	if (!c)
		return SW_NO_OBJECT;
	g_ptr_array_remove(t->oath.accounts, c);
	token_save(t);
	return SW_OK;
}

/* two names, the old and the new */
static unsigned rename_account(struct token *t, const struct apdu *a)
{
	const uint8_t *p = a->data, *end = a->data + a->n;
	struct tlv old, new;
	struct account *c;

	if (t->p.fw[0] * 100 + t->p.fw[1] < 503)
		return SW_INS;
	if (!next(&p, end, &old) || !next(&p, end, &new) || p != end ||
	    old.tag != T_NAME || new.tag != T_NAME || new.n == 0 ||
	    new.n > NAME_MAX_LENGTH)
		return SW_WRONG_SYNTAX;
	c = lookup(t, old.p, old.n);
	if (!c || lookup(t, new.p, new.n))
		return SW_NO_OBJECT;
	g_byte_array_set_size(c->name, 0);
	put(c->name, new.p, new.n);
	token_save(t);
	return SW_OK;
}

static unsigned list(struct token *t, GByteArray *out)
{
	for (guint i = 0; i < t->oath.accounts->len; i++) {
		struct account *c = t->oath.accounts->pdata[i];

		put8(out, T_NAME_LIST);
		put8(out, c->name->len + 1);
		put8(out, c->type_alg);
		put(out, c->name->data, c->name->len);
	}
	return SW_OK;
}

/* --- codes ------------------------------------------------------------- */

static void respond(struct token *t, struct account *c, const uint8_t *chal,
		    size_t n, bool truncate, GByteArray *out)
{
	uint8_t mac[64], step[8], four[5];
	size_t len, o;

	if ((c->type_alg & 0xf0) == TYPE_HOTP) {
		for (int i = 0; i < 8; i++)
			step[i] = (uint8_t)(c->moving >> (56 - 8 * i));
		c->moving++;
		token_save(t);
		chal = step;
		n = sizeof step;
	}
	len = hmac(algorithms[c->type_alg & 15].md, c->key->data,
		   c->key->len, chal, n, mac);
	if (token_misbehaves(t, M_OATH_WRONG_HMAC, NULL))
		for (size_t i = 0; i < len; i++)
			mac[i] ^= 0x55;
	put8(out, truncate ? T_TRUNCATED : T_RESPONSE);
	if (truncate) {
		/* the host has to mask the top bit, as with real keys */
		o = mac[len - 1] & 15;
		four[0] = c->digits;
		memcpy(four + 1, mac + o, 4);
		put8(out, sizeof four);
		put(out, four, sizeof four);
	} else {
		put8(out, (unsigned)len + 1);
		put8(out, c->digits);
		put(out, mac, len);
	}
}

static uint64_t number(const struct tlv *v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v->n && i < 8; i++)
		n = n << 8 | v->p[i];
	return n;
}

static unsigned calculate(struct token *t, const struct apdu *a, bool touched,
			  bool *ret_touch, GByteArray *out)
{
	struct account *c = named(t, a);
	struct tlv chal = { 0 };

	if (a->p2 > 1 || (a->p2 == 0 && t->p.oath_short))
		return SW_WRONG_P1P2;
	if (!find(a, T_CHALLENGE, &chal) || chal.n > 64)
		return SW_WRONG_SYNTAX;
	if (!c)
		return SW_NO_OBJECT;
	if (c->props & PROP_INCREASING && c->type_alg & TYPE_TOTP) {
		if (number(&chal) < c->moving)
			return SW_WRONG_SYNTAX;
		c->moving = number(&chal);
	}
	if (c->props & PROP_TOUCH && !touched) {
		*ret_touch = true;
		return SW_OK;
	}
	respond(t, c, chal.p, chal.n, a->p2 == 1, out);
	return SW_OK;
}

static unsigned calculate_all(struct token *t, const struct apdu *a,
			      GByteArray *out)
{
	struct tlv chal;

	if (a->p2 > 1)
		return SW_WRONG_P1P2;
	if (!find(a, T_CHALLENGE, &chal))
		return SW_WRONG_SYNTAX;
	for (guint i = 0; i < t->oath.accounts->len; i++) {
		struct account *c = t->oath.accounts->pdata[i];

		put_tlv(out, T_NAME, c->name->data, c->name->len);
		if ((c->type_alg & 0xf0) == TYPE_HOTP)
			put_tlv(out, T_HOTP, &c->digits, 1);
		else if (c->props & PROP_TOUCH)
			put_tlv(out, T_TOUCH, &c->digits, 1);
		else
			respond(t, c, chal.p, chal.n, a->p2 == 1, out);
	}
	return SW_OK;
}

/* --- the access key ---------------------------------------------------- */

unsigned oath_select(struct token *t, GByteArray *out)
{
	struct oath *o = &t->oath;

	o->open = !o->lock->len;
	put_tlv(out, T_VERSION, t->p.fw, 3);
	put_tlv(out, T_NAME, o->salt, sizeof o->salt);
	if (t->p.oath_serial) {
		put8(out, T_SERIAL);
		put8(out, 4);
		put32(out, t->serial);
	}
	if (o->lock->len) {
		random_bytes(o->challenge, sizeof o->challenge);
		put_tlv(out, T_CHALLENGE, o->challenge, sizeof o->challenge);
		put_tlv(out, T_ALGORITHM, &o->lock_alg, 1);
	}
	return SW_OK;
}

/* the response is the key's MAC over the challenge, whole */
static bool proves(const uint8_t *key, size_t klen, unsigned alg,
		   const uint8_t *chal, size_t n, const struct tlv *response)
{
	uint8_t mac[64];
	size_t len = hmac(algorithms[alg].md, key, klen, chal, n, mac);

	return response->n == len && !memcmp(mac, response->p, len);
}

static unsigned set_code(struct token *t, const struct apdu *a)
{
	struct tlv key, chal, response;
	unsigned alg;

	if (!find(a, T_KEY, &key)) {
		if (a->n)
			return SW_WRONG_SYNTAX;
		key.n = 0;
	}
	if (key.n == 0) {
		g_byte_array_set_size(t->oath.lock, 0);
		token_save(t);
		return SW_OK;
	}
	alg = key.p[0] & 15;
	if (key.n < 2 || alg < 1 || alg > 3 ||
	    !find(a, T_CHALLENGE, &chal) || !find(a, T_RESPONSE, &response))
		return SW_WRONG_SYNTAX;
	if (!proves(key.p + 1, key.n - 1, alg, chal.p, chal.n, &response))
		return SW_NO_OBJECT;
	t->oath.lock_alg = key.p[0] & 15;
	g_byte_array_set_size(t->oath.lock, 0);
	put(t->oath.lock, key.p + 1, key.n - 1);
	token_save(t);
	return SW_OK;
}

static unsigned validate(struct token *t, const struct apdu *a,
			 GByteArray *out)
{
	struct oath *o = &t->oath;
	struct tlv chal, response;
	uint8_t mac[64];
	size_t n;

	if (!o->lock->len)
		return SW_NO_OBJECT;
	if (!find(a, T_RESPONSE, &response) || !find(a, T_CHALLENGE, &chal))
		return SW_WRONG_SYNTAX;
	if (!proves(o->lock->data, o->lock->len, o->lock_alg, o->challenge,
		    sizeof o->challenge, &response))
		return SW_WRONG_SYNTAX;
	o->open = true;
	n = hmac(algorithms[o->lock_alg].md, o->lock->data, o->lock->len,
		 chal.p, chal.n, mac);
	if (token_misbehaves(t, M_OATH_WRONG_HMAC, NULL))
		mac[0] ^= 1;
	put_tlv(out, T_RESPONSE, mac, n);
	return SW_OK;
}

static unsigned reset(struct token *t, const struct apdu *a)
{
	if (a->p1 != 0xde || a->p2 != 0xad)
		return SW_WRONG_P1P2;
	g_ptr_array_set_size(t->oath.accounts, 0);
	g_byte_array_set_size(t->oath.lock, 0);
	random_bytes(t->oath.salt, sizeof t->oath.salt);
	t->oath.open = true;
	token_save(t);
	return SW_OK;
}

enum outcome oath_command(struct token *t, const struct apdu *a,
			  bool touched, GByteArray *out, unsigned *sw)
{
	bool want = false;

	if (!t->oath.open && a->ins != RESET && a->ins != VALIDATE) {
		*sw = SW_AUTH_REQUIRED;
		return DONE;
	}
	switch (a->ins) {
	case PUT: *sw = put_account(t, a); break;
	case DELETE: *sw = delete(t, a); break;
	case SET_CODE: *sw = set_code(t, a); break;
	case RESET: *sw = reset(t, a); break;
	case RENAME: *sw = rename_account(t, a); break;
	case LIST: *sw = list(t, out); break;
	case CALCULATE:
		*sw = calculate(t, a, touched, &want, out);
		break;
	case VALIDATE: *sw = validate(t, a, out); break;
	case CALCULATE_ALL: *sw = calculate_all(t, a, out); break;
	default: *sw = SW_INS;
	}
	return want ? WANT_TOUCH : DONE;
}

/* --- for tests --------------------------------------------------------- */

void oath_set_password(struct token *t, const char *password)
{
	g_byte_array_set_size(t->oath.lock, 0);
	if (*password) {
		g_byte_array_set_size(t->oath.lock, 16);
		PKCS5_PBKDF2_HMAC_SHA1(password, -1, t->oath.salt, 8, 1000,
				       16, t->oath.lock->data);
	}
	t->oath.lock_alg = 1;
	token_save(t);
}

void oath_fill(struct token *t, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct account *c = g_new0(struct account, 1);
		g_autofree char *name = g_strdup_printf("Filled:user%02u", i);

		c->name = g_byte_array_new();
		put(c->name, name, strlen(name));
		c->key = g_byte_array_new();
		g_byte_array_set_size(c->key, 20);
		random_bytes(c->key->data, 20);
		c->type_alg = TYPE_TOTP | 1;
		c->digits = 6;
		g_ptr_array_add(t->oath.accounts, c);
	}
	token_save(t);
}
