/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded CBOR on top of libcbor. */
#include "token/attest/cbor.h"

#include <string.h>

/* Argument of the head at p; false where it is cut off or indefinite. */
static bool parse_head(const unsigned char *p, size_t n, size_t *ret_len,
	uint64_t *ret_arg)
{
	size_t extra, i;
	unsigned low;

	if (n == 0)
		return false;
	low = p[0] & 31u;
	if (low < 24) {
		*ret_len = 1;
		*ret_arg = low;
		return true;
	}
	if (low > 27)
		return false;
	extra = (size_t)1 << (low - 24);
	if (n - 1 < extra)
		return false;
	for (*ret_arg = 0, i = 1; i <= extra; i++)
		*ret_arg = *ret_arg << 8 | p[i];
	*ret_len = 1 + extra;
	return true;
}

static size_t item_length(const unsigned char *p, size_t n, unsigned depth)
{
	uint64_t arg, left;
	size_t len, inner;
	unsigned major;

	if (depth > CBOR_DEPTH_MAX || !parse_head(p, n, &len, &arg))
		return 0;
	major = p[0] >> 5;
	if (major < 2 || major == 7)
		return len;
	if (major != 6 && arg > n - len) /* 6: a tag's number, no count */
		return 0;
	if (major < 4)
		return len + (size_t)arg;
	left = major == 4 ? arg : major == 5 ? 2 * arg : 1;
	for (; left > 0; left--, len += inner) {
		inner = item_length(p + len, n - len, depth + 1);
		if (inner == 0)
			return 0;
	}
	return len;
}

size_t tcbor_item_length(const unsigned char *p, size_t n)
{
	return n > CBOR_BYTES_MAX ? 0 : item_length(p, n, 0);
}

int tcbor_load(const unsigned char *p, size_t n, cbor_item_t **ret,
	struct error *err)
{
	struct cbor_load_result result;
	size_t len = tcbor_item_length(p, n);
	cbor_item_t *item;

	if (len == 0)
		return error_set(err, ERROR_MALFORMED,
			"CBOR of %zu bytes is cut off, nested too deep or of "
			"indefinite length", n);
	if (len != n)
		return error_set(err, ERROR_MALFORMED,
			"CBOR ends at byte %zu of %zu", len, n);
	item = cbor_load(p, n, &result);
	if (!item)
		return error_set(err, ERROR_MALFORMED,
			"CBOR is malformed at byte %zu",
			result.error.position);
	*ret = item;
	return 0;
}

void tcbor_done(cbor_item_t **item)
{
	if (*item)
		cbor_decref(item);
	*item = NULL;
}

static bool key_is_text(cbor_item_t *key, const char *want)
{
	return cbor_isa_string(key) && cbor_string_is_definite(key) &&
		cbor_string_length(key) == strlen(want) &&
		memcmp(cbor_string_handle(key), want, strlen(want)) == 0;
}

cbor_item_t *tcbor_get(cbor_item_t *map, const char *key)
{
	size_t i;

	if (!map || !cbor_isa_map(map))
		return NULL;
	for (i = 0; i < cbor_map_size(map); i++)
		if (key_is_text(cbor_map_handle(map)[i].key, key))
			return cbor_map_handle(map)[i].value;
	return NULL;
}

cbor_item_t *tcbor_get_int(cbor_item_t *map, int64_t key)
{
	int64_t v;
	size_t i;

	if (!map || !cbor_isa_map(map))
		return NULL;
	for (i = 0; i < cbor_map_size(map); i++)
		if (tcbor_int(cbor_map_handle(map)[i].key, &v) == 0 && v == key)
			return cbor_map_handle(map)[i].value;
	return NULL;
}

const unsigned char *tcbor_bytes(cbor_item_t *item, size_t *ret_n)
{
	*ret_n = 0;
	if (!item || !cbor_isa_bytestring(item) ||
		!cbor_bytestring_is_definite(item))
		return NULL;
	*ret_n = cbor_bytestring_length(item);
	return cbor_bytestring_handle(item);
}

int tcbor_text(cbor_item_t *item, char *ret, size_t size)
{
	size_t n;

	if (!item || !cbor_isa_string(item) || !cbor_string_is_definite(item))
		return -1;
	n = cbor_string_length(item);
	if (n >= size || (n && memchr(cbor_string_handle(item), '\0', n)))
		return -1;
	if (n)
		memcpy(ret, cbor_string_handle(item), n);
	ret[n] = '\0';
	return 0;
}

int tcbor_int(cbor_item_t *item, int64_t *ret)
{
	uint64_t v;

	if (!item || !cbor_is_int(item))
		return -1;
	v = cbor_get_int(item);
	if (v > INT64_MAX)
		return -1;
	*ret = cbor_isa_negint(item) ? -1 - (int64_t)v : (int64_t)v;
	return 0;
}

void tcbor_put_head(struct buf *b, enum tcbor_major major, size_t n)
{
	unsigned char m = (unsigned char)(major << 5);

	if (n < 24) {
		buf_put_byte(b, (unsigned char)(m | n));
	} else if (n <= 0xff) {
		buf_put_byte(b, m | 24);
		buf_put_be(b, n, 1);
	} else if (n <= 0xffff) {
		buf_put_byte(b, m | 25);
		buf_put_be(b, n, 2);
	} else {
		buf_put_byte(b, m | 26);
		buf_put_be(b, n, 4);
	}
}

void tcbor_put_text(struct buf *b, const char *s)
{
	tcbor_put_head(b, TCBOR_TEXT, strlen(s));
	buf_put_str(b, s);
}

void tcbor_put_bytes(struct buf *b, const void *p, size_t n)
{
	tcbor_put_head(b, TCBOR_BYTES, n);
	buf_put(b, p, n);
}
