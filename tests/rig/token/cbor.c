/* CTAP2 canonical CBOR. */
#include "cbor.h"

#include <string.h>

#define MAX_DEPTH 4

static bool head(const uint8_t **p, const uint8_t *end, struct cbor *c)
{
	static const uint8_t width[] = { 1, 2, 4, 8 };
	static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
	unsigned info;

	if (*p >= end)
		return false;
	c->raw = *p;
	c->major = (enum cbor_major)(**p >> 5);
	info = *(*p)++ & 31;
	c->n = info;
	if (info < 24)
		return true;
	if (info > 27 || end - *p < width[info - 24])
		return false;	/* reserved, indefinite or cut short */
	c->n = 0;
	for (unsigned i = 0; i < width[info - 24]; i++)
		c->n = c->n << 8 | *(*p)++;
	return c->n >= least[info - 24];
}

/* shorter encoding first, then bytewise: what CTAP2 calls sorted */
static int key_order(const struct cbor *a, const struct cbor *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->rawlen != b->rawlen)
		return a->rawlen < b->rawlen ? -1 : 1;
	return memcmp(a->raw, b->raw, a->rawlen);
}

static bool item(const uint8_t **p, const uint8_t *end, unsigned depth,
		 struct cbor *c)
{
	struct cbor key, last = { 0 }, value;

	if (!head(p, end, c))
		return false;
	c->s = *p;
	switch (c->major) {
	case CBOR_UINT:
	case CBOR_NEGINT:
		break;
	case CBOR_BYTES:
	case CBOR_TEXT:
		if (c->n > (uint64_t)(end - *p))
			return false;
		if (c->major == CBOR_TEXT &&
		    !g_utf8_validate((const char *)*p, (gssize)c->n, NULL))
			return false;
		*p += c->n;
		break;
	case CBOR_ARRAY:
		if (depth == 0)
			return false;
		for (uint64_t i = 0; i < c->n; i++)
			if (!item(p, end, depth - 1, &value))
				return false;
		break;
	case CBOR_MAP:
		if (depth == 0)
			return false;
		for (uint64_t i = 0; i < c->n; i++) {
			if (!item(p, end, depth - 1, &key))
				return false;
			if (i && key_order(&last, &key) >= 0)
				return false;
			last = key;
			if (!item(p, end, depth - 1, &value))
				return false;
		}
		break;
	case CBOR_TAG:
		return false;
	case CBOR_SIMPLE:
		if (c->n < 20 || c->n > 22)
			return false;
		break;
	}
	c->rawlen = (size_t)(*p - c->raw);
	return true;
}

bool cbor_read(const uint8_t *p, size_t n, struct cbor *ret)
{
	const uint8_t *end = p + n;

	return item(&p, end, MAX_DEPTH, ret) && p == end;
}

static bool next(const uint8_t **p, const struct cbor *in, struct cbor *ret)
{
	return item(p, in->raw + in->rawlen, MAX_DEPTH, ret);
}

bool cbor_at(const struct cbor *array, uint64_t i, struct cbor *ret)
{
	const uint8_t *p = array->s;

	if (array->major != CBOR_ARRAY || i >= array->n)
		return false;
	do
		if (!next(&p, array, ret))
			return false;
	while (i--);
	return true;
}

static bool member(const struct cbor *map, const GByteArray *key,
		   struct cbor *ret)
{
	const uint8_t *p = map->s;
	struct cbor k;

	if (map->major != CBOR_MAP)
		return false;
	for (uint64_t i = 0; i < map->n; i++) {
		if (!next(&p, map, &k) || !next(&p, map, ret))
			return false;
		if (k.rawlen == key->len && !memcmp(k.raw, key->data, key->len))
			return true;
	}
	return false;
}

bool cbor_int_key(const struct cbor *map, int64_t key, struct cbor *ret)
{
	g_autoptr(GByteArray) k = g_byte_array_new();

	cbor_put_int(k, key);
	return member(map, k, ret);
}

bool cbor_text_key(const struct cbor *map, const char *key, struct cbor *ret)
{
	g_autoptr(GByteArray) k = g_byte_array_new();

	cbor_put_text(k, key);
	return member(map, k, ret);
}

bool cbor_is_text(const struct cbor *c, const char *text)
{
	return c->major == CBOR_TEXT && c->n == strlen(text) &&
	       !memcmp(c->s, text, c->n);
}

bool cbor_is_bool(const struct cbor *c)
{
	return c->major == CBOR_SIMPLE && (c->n == 20 || c->n == 21);
}

bool cbor_is_true(const struct cbor *c)
{
	return c->major == CBOR_SIMPLE && c->n == 21;
}

int64_t cbor_number(const struct cbor *c)
{
	return c->major == CBOR_NEGINT ? -1 - (int64_t)c->n : (int64_t)c->n;
}

static void put_head(GByteArray *b, enum cbor_major major, uint64_t n)
{
	unsigned m = (unsigned)major << 5;

	if (n < 24)
		put8(b, m | (unsigned)n);
	else if (n < 0x100)
		put8(b, m | 24), put8(b, (unsigned)n);
	else if (n < 0x10000)
		put8(b, m | 25), put16(b, (unsigned)n);
	else
		put8(b, m | 26), put32(b, (uint32_t)n);
}

void cbor_put_int(GByteArray *b, int64_t v)
{
	if (v < 0)
		put_head(b, CBOR_NEGINT, (uint64_t)(-1 - v));
	else
		put_head(b, CBOR_UINT, (uint64_t)v);
}

void cbor_put_bytes(GByteArray *b, const void *p, size_t n)
{
	put_head(b, CBOR_BYTES, n);
	put(b, p, n);
}

void cbor_put_text(GByteArray *b, const char *s)
{
	put_head(b, CBOR_TEXT, strlen(s));
	put(b, s, strlen(s));
}

void cbor_put_array(GByteArray *b, size_t n)
{
	put_head(b, CBOR_ARRAY, n);
}

void cbor_put_map(GByteArray *b, size_t n)
{
	put_head(b, CBOR_MAP, n);
}

void cbor_put_bool(GByteArray *b, bool v)
{
	put8(b, v ? 0xf5 : 0xf4);
}
