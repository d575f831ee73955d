/* Byte strings. */
#include "bytes.h"

#include <string.h>

void put(GByteArray *b, const void *p, size_t n)
{
	if (n)
		g_byte_array_append(b, p, (guint)n);
}

void put8(GByteArray *b, unsigned v)
{
	uint8_t c = (uint8_t)v;

	put(b, &c, 1);
}

void put16(GByteArray *b, unsigned v)
{
	put8(b, v >> 8);
	put8(b, v);
}

void put32(GByteArray *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v);
}

void put_tlv(GByteArray *b, unsigned tag, const void *p, size_t n)
{
	put8(b, tag);
	if (n > 255)
		put8(b, 0x82), put16(b, (unsigned)n);
	else if (n > 127)
		put8(b, 0x81), put8(b, (unsigned)n);
	else
		put8(b, (unsigned)n);
	put(b, p, n);
}

unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

char *hex_from(const void *p, size_t n)
{
	const uint8_t *u = p;
	GString *s = g_string_sized_new(2 * n + 1);

	for (size_t i = 0; i < n; i++)
		g_string_append_printf(s, "%02x", u[i]);
	return g_string_free(s, FALSE);
}

GByteArray *hex_bytes(const char *s)
{
	GByteArray *b = g_byte_array_new();

	while (s && *s) {
		int hi, lo;

		if (*s == '-') {
			s++;
			continue;
		}
		hi = g_ascii_xdigit_value(s[0]);
		lo = hi < 0 ? -1 : g_ascii_xdigit_value(s[1]);
		if (lo < 0) {
			g_byte_array_unref(b);
			return NULL;
		}
		put8(b, (unsigned)(hi << 4 | lo));
		s += 2;
	}
	return b;
}

bool hex_to(const char *s, void *ret, size_t n)
{
	g_autoptr(GByteArray) b = s ? hex_bytes(s) : NULL;

	if (!b || b->len != n)
		return false;
	memcpy(ret, b->data, n);
	return true;
}
