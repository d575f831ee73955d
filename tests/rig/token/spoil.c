/* Replies of CTAP 2 that were told to be wrong as a whole. */
#include "ctap2.h"

static void replace(GByteArray *out, const GByteArray *by)
{
	g_byte_array_set_size(out, 0);
	put(out, by->data, by->len);
}

static void oversize_string(GByteArray *out)
{
	static const uint8_t r[] = { 0, 0xa1, 1, 0x7a, 0, 0x10, 0, 0, 'x' };

	g_byte_array_set_size(out, 0);
	put(out, r, sizeof r);
}

static void deep_nesting(GByteArray *out)
{
	g_byte_array_set_size(out, 0);
	put8(out, 0);
	put8(out, 0xa1);
	put8(out, 1);
	for (int i = 0; i < 5000; i++)
		put8(out, 0x81);
	put8(out, 0);
}

/* the reply's map without its head; out[1] is that head */
static void indefinite(GByteArray *out)
{
	out->data[1] = 0xbf;
	put8(out, 0xff);
}

static void duplicate(GByteArray *out)
{
	g_autoptr(GByteArray) b = g_byte_array_new();
	struct cbor map, key, value;

	if (!cbor_read(out->data + 1, out->len - 1, &map))
		return;
	put8(b, 0);
	cbor_put_map(b, map.n + 1);
	/* the first pair, twice; keys of replies are small integers */
	key.raw = map.s;
	if (cbor_int_key(&map, map.s[0], &value)) {
		put8(b, key.raw[0]);
		put(b, value.raw, value.rawlen);
	}
	put(b, map.s, (size_t)(map.raw + map.rawlen - map.s));
	replace(out, b);
}

static void non_canonical(GByteArray *out)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	put8(b, 0);
	put8(b, 0xb8);		/* the number of members in two bytes */
	put8(b, out->data[1] & 31);
	put(b, out->data + 2, out->len - 2);
	replace(out, b);
}

static void trailing(GByteArray *out)
{
	put(out, "\x01\x02\x03", 3);
}

void ctap2_spoil(struct token *t, GByteArray *out)
{
	static const struct {
		enum misbehaviour kind;
		void (*how)(GByteArray *out);
	} ways[] = {
		{ M_OVERSIZE_STRING, oversize_string },
		{ M_DEEP_NESTING, deep_nesting },
		{ M_INDEFINITE_LENGTH, indefinite },
		{ M_DUPLICATE_KEYS, duplicate },
		{ M_NON_CANONICAL, non_canonical },
		{ M_TRAILING_BYTES, trailing },
	};
	long at;

	if (token_misbehaves(t, M_WRONG_STATUS, &at)) {
		g_byte_array_set_size(out, 0);
		put8(out, (unsigned)at);
	}
	if (out->len < 2)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
		if (token_misbehaves(t, ways[i].kind, NULL))
			ways[i].how(out);
	if (token_misbehaves(t, M_TRUNCATE_CBOR, &at) && at >= 0 &&
	    (guint)at + 1 < out->len)
		g_byte_array_set_size(out, (guint)at + 1);
}
