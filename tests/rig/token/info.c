/* authenticatorGetInfo. */
#include "ctap2.h"

static void versions(struct token *t, GByteArray *b)
{
	cbor_put_array(b, 1u + t->p.u2f + t->p.ctap21);
	if (t->p.u2f)
		cbor_put_text(b, "U2F_V2");
	cbor_put_text(b, "FIDO_2_0");
	if (t->p.ctap21)
		cbor_put_text(b, "FIDO_2_1");
}

static void options(struct token *t, GByteArray *b)
{
	bool yubico = t->p.vid == 0x1050;
	const struct { const char *name; bool has, value; } list[] = {
		/* in canonical order */
		{ "rk", true, true },
		{ "up", true, true },
		{ "plat", true, false },
		{ "credMgmt", t->p.ctap21, true },
		{ "clientPin", true, t->pin_set },
		{ "pinUvAuthToken", t->p.ctap21, true },
		{ "makeCredUvNotRqd", t->p.ctap21, true },
		{ "credentialMgmtPreview", yubico, true },
	};
	size_t n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(list); i++)
		n += list[i].has;
	cbor_put_map(b, n);
	for (size_t i = 0; i < G_N_ELEMENTS(list); i++)
		if (list[i].has) {
			cbor_put_text(b, list[i].name);
			cbor_put_bool(b, list[i].value);
		}
}

int ctap2_get_info(struct token *t, GByteArray *b)
{
	bool yubico = t->p.vid == 0x1050, full = yubico || t->p.ctap21;

	cbor_put_map(b, 6u + (full ? 5 : 0) + (t->p.ctap21 ? 2 : 0));
	cbor_put_int(b, 1), versions(t, b);
	cbor_put_int(b, 2), cbor_put_array(b, full ? 2 : 1);
	if (full)
		cbor_put_text(b, "credProtect");
	cbor_put_text(b, "hmac-secret");
	cbor_put_int(b, 3), cbor_put_bytes(b, t->aaguid, 16);
	cbor_put_int(b, 4), options(t, b);
	cbor_put_int(b, 5), cbor_put_int(b, 1200);
	cbor_put_int(b, 6), cbor_put_array(b, 2);
	cbor_put_int(b, 2), cbor_put_int(b, 1);
	if (full) {
		cbor_put_int(b, 7), cbor_put_int(b, LIST_MAX);
		cbor_put_int(b, 8), cbor_put_int(b, 128);
		cbor_put_int(b, 9), cbor_put_array(b, 1);
		cbor_put_text(b, "usb");
		cbor_put_int(b, 10), cbor_put_array(b, 1);
		cbor_put_map(b, 2);
		cbor_put_text(b, "alg"), cbor_put_int(b, -7);
		cbor_put_text(b, "type"), cbor_put_text(b, "public-key");
	}
	if (t->p.ctap21)
		cbor_put_int(b, 13), cbor_put_int(b, 4);
	if (full) {
		cbor_put_int(b, 14);
		cbor_put_int(b, t->p.fw[0] << 16 | t->p.fw[1] << 8 |
			     t->p.fw[2]);
	}
	if (t->p.ctap21) {
		cbor_put_int(b, 20);
		cbor_put_int(b, (int64_t)t->p.rk_max - t->residents->len);
	}
	return CTAP2_OK;
}
