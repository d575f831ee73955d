/* DeviceInfo TLVs. */
#include "devinfo.h"

#include "key.h"

enum tag {
	USB_SUPPORTED = 0x01, SERIAL = 0x02, USB_ENABLED = 0x03, FORM = 0x04,
	VERSION = 0x05, AUTO_EJECT = 0x06, CHALRESP_TIMEOUT = 0x07,
	FLAGS = 0x08, CONFIG_LOCK = 0x0a, MORE_DATA = 0x10,
	PART_NUMBER = 0x13, FIPS_CAPABLE = 0x14, FIPS_APPROVED = 0x15,
	PIN_COMPLEXITY = 0x16, NFC_RESTRICTED = 0x17, RESET_BLOCKED = 0x18
};

enum { FIDO2 = 0x200 };			/* among the capabilities */

static void tlv_number(GByteArray *b, enum tag tag, uint32_t v, unsigned n)
{
	put8(b, tag);
	put8(b, n);
	while (n--)
		put8(b, v >> (8 * n));
}

uint32_t devinfo_serial(struct token *t, enum devinfo_from from)
{
	bool false_claim = (from == DEVINFO_CCID &&
		    token_misbehaves(t, M_CCID_OTHER_SERIAL, NULL)) ||
		   (from == DEVINFO_OTP &&
		    token_misbehaves(t, M_OTP_WRONG_SERIAL, NULL));

	return false_claim ? t->serial + 1 : t->serial;
}

static void first_page(struct token *t, enum devinfo_from from,
		       GByteArray *b)
{
	/* one byte where one byte is enough: firmware 4 writes it so */
	unsigned width = t->p.caps > 0xff || t->p.fw[0] >= 5 ? 2 : 1;
	uint32_t enabled = t->p.caps & ~(t->p.fido2_off ? FIDO2 : 0u);

	tlv_number(b, USB_SUPPORTED, t->p.caps, width);
	if (t->has_serial)
		tlv_number(b, SERIAL, devinfo_serial(t, from), 4);
	/* firmware 4 tells nonsense */
	tlv_number(b, USB_ENABLED, t->p.fw[0] == 4 ? 0 : enabled, width);
	if (t->p.form)
		tlv_number(b, FORM, t->p.form, 1);
	put_tlv(b, VERSION, t->p.fw, 3);
	tlv_number(b, AUTO_EJECT, 0, 2);
	tlv_number(b, CHALRESP_TIMEOUT, 15, 1);
	tlv_number(b, FLAGS, 0, 1);
	tlv_number(b, CONFIG_LOCK, 0, 1);
}

static bool has_pages(const struct token *t)
{
	return t->p.fw[0] * 100 + t->p.fw[1] >= 507;
}

static void second_page(GByteArray *b)
{
	put_tlv(b, PART_NUMBER, "", 0);
	tlv_number(b, FIPS_CAPABLE, 0, 2);
	tlv_number(b, FIPS_APPROVED, 0, 2);
	tlv_number(b, PIN_COMPLEXITY, 0, 1);
	tlv_number(b, NFC_RESTRICTED, 0, 1);
	tlv_number(b, RESET_BLOCKED, 0, 2);
}

static void spoil(struct token *t, GByteArray *out)
{
	bool garbage = token_misbehaves(t, M_CONFIG_GARBAGE, NULL);
	guint i;

	/* the same each time: random bytes are well-formed now and then */
	for (i = 1; garbage && i < out->len; i++)
		out->data[i] ^= 0xa5;
	if (token_misbehaves(t, M_CONFIG_TRUNCATED, NULL)) {
		/* in the middle of a value, the length byte made to fit */
		g_byte_array_set_size(out, out->len / 2 | 1);
		out->data[0] = (uint8_t)(out->len - 1);
		out->data[out->len - 1] = 0x7f;
	}
	if (token_misbehaves(t, M_CONFIG_TOO_LONG, NULL))
		out->data[0] = 0xff;
}

void devinfo_page(struct token *t, unsigned page, enum devinfo_from from,
		  GByteArray *out)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	if (page == 0) {
		first_page(t, from, b);
		if (has_pages(t))
			tlv_number(b, MORE_DATA, 1, 1);
	} else if (page == 1 && has_pages(t)) {
		second_page(b);
	}
	put8(out, b->len);
	put(out, b->data, b->len);
	spoil(t, out);
}
