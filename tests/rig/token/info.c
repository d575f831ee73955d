/* authenticatorGetInfo. */
#include "alg.h"
#include "ctap2.h"
#include "persistent.h"
#include "uv.h"

/* a member: its key, whether this token has it, and how it is written */
struct member {
	int key;
	bool (*has)(const struct token *t);
	void (*put)(struct token *t, GByteArray *b);
};

static bool is_21(const struct token *t)
{
	return t->p.ctap21;
}

static bool is_full(const struct token *t)
{
	return t->p.vid == 0x1050 || t->p.ctap21;
}

static bool has_config(const struct token *t)
{
	return t->p.acfg;
}

static bool is_lasting(const struct token *t)
{
	return t->p.lasting && t->p.ctap21;
}

static bool has_bio(const struct token *t)
{
	return t->p.bio && t->p.ctap21;
}

static void put_texts(const char *const *list, size_t n, GByteArray *b)
{
	size_t has = 0;

	for (size_t i = 0; i < n; i++)
		has += list[i] != NULL;
	cbor_put_array(b, has);
	for (size_t i = 0; i < n; i++)
		if (list[i])
			cbor_put_text(b, list[i]);
}

static void versions(struct token *t, GByteArray *b)
{
	const char *const list[] = {
		/* U2F cannot verify the user: alwaysUv switches it off */
		t->p.u2f && !t->policy.always_uv ? "U2F_V2" : NULL,
		"FIDO_2_0", t->p.ctap21 ? "FIDO_2_1" : NULL,
	};

	put_texts(list, G_N_ELEMENTS(list), b);
}

static void extensions(struct token *t, GByteArray *b)
{
	const char *const list[] = {
		is_full(t) ? "credProtect" : NULL, "hmac-secret",
		t->p.acfg ? "minPinLength" : NULL,
	};
	long n = 0;

	if (token_misbehaves(t, M_INFO_HUGE, &n) && n > 0) {
		cbor_put_array(b, (size_t)n);
		while (n--)
			cbor_put_text(b, "an-extension-of-some-length");
		return;
	}
	put_texts(list, G_N_ELEMENTS(list), b);
}

static void aaguid(struct token *t, GByteArray *b)
{
	uint8_t wrong[16];

	for (size_t i = 0; i < sizeof wrong; i++)
		wrong[i] = t->aaguid[i] ^ 0x55;
	cbor_put_bytes(b, token_misbehaves(t, M_INFO_AAGUID, NULL) ? wrong :
		       t->aaguid, 16);
}

static void options(struct token *t, GByteArray *b)
{
	bool v21 = t->p.ctap21;
	bool preview = t->p.credman & CREDMAN_PREVIEW &&
		!t->p.credman_hidden;
	bool enrolled = uv_is_configured(t), bio = t->p.bio;
	const struct { const char *name; bool has, value; } list[] = {
		/* in canonical order */
		{ "ep", v21 && t->p.ep, t->policy.enterprise },
		{ "rk", true, true },
		{ "up", true, true },
		{ "uv", bio, enrolled },
		{ "plat", true, false },
		{ "alwaysUv", t->p.acfg, t->policy.always_uv },
		{ "credMgmt", t->p.credman & CREDMAN_FULL &&
			    !t->p.credman_hidden, true },
		{ "authnrCfg", t->p.acfg, true },
		{ "bioEnroll", bio && v21, enrolled },
		{ "clientPin", true, t->pin_set },
		{ "perCredMgmtRO", is_lasting(t), true },
		{ "pinUvAuthToken", v21, true },
		{ "setMinPINLength", t->p.acfg, true },
		{ "makeCredUvNotRqd", v21, !t->policy.always_uv },
		{ "credentialMgmtPreview", preview, true },
		{ "userVerificationMgmtPreview", bio, enrolled },
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

static void message_size(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, MESSAGE_MAX);
}

static void protocols(struct token *t, GByteArray *b)
{
	size_t n = t->p.protocols[1] ? 2 : 1;

	cbor_put_array(b, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_int(b, t->p.protocols[i]);
}

static bool has_protocols(const struct token *t)
{
	return t->p.protocols[0];
}

static void list_max(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, LIST_MAX);
}

static void id_max(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, 128);
}

static void transports(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_array(b, 1);
	cbor_put_text(b, "usb");
}

static void algorithms(struct token *t, GByteArray *b)
{
	size_t n = 0;

	while (n < ALGORITHMS && t->p.algs[n])
		n++;
	cbor_put_array(b, n);
	for (size_t i = 0; i < n; i++) {
		cbor_put_map(b, 2);
		cbor_put_text(b, "alg"), cbor_put_int(b, t->p.algs[i]);
		cbor_put_text(b, "type"), cbor_put_text(b, "public-key");
	}
}

static void force_pin_change(struct token *t, GByteArray *b)
{
	cbor_put_bool(b, t->policy.force_change);
}

static void min_pin_length(struct token *t, GByteArray *b)
{
	cbor_put_int(b, t->policy.min_pin);
}

static void firmware(struct token *t, GByteArray *b)
{
	cbor_put_int(b, t->p.fw[0] << 16 | t->p.fw[1] << 8 | t->p.fw[2]);
}

static void rps_max(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, MIN_PIN_RPS);
}

static void uv_attempts(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, UV_RETRIES);
}

static void uv_modality(struct token *t, GByteArray *b)
{
	(void)t;
	cbor_put_int(b, 0x02);		/* a fingerprint inside */
}

static void remaining(struct token *t, GByteArray *b)
{
	cbor_put_int(b, (int64_t)t->p.rk_max - t->residents->len);
}

static void identifier(struct token *t, GByteArray *b)
{
	g_autoptr(GByteArray) sealed = g_byte_array_new();

	persistent_identifier(t, sealed);
	cbor_put_bytes(b, sealed->data, sealed->len);
}

static const struct member members[] = {
	{ 0x01, NULL, versions }, { 0x02, NULL, extensions },
	{ 0x03, NULL, aaguid }, { 0x04, NULL, options },
	{ 0x05, NULL, message_size }, { 0x06, has_protocols, protocols },
	{ 0x07, is_full, list_max }, { 0x08, is_full, id_max },
	{ 0x09, is_full, transports }, { 0x0a, is_full, algorithms },
	{ 0x0c, has_config, force_pin_change },
	{ 0x0d, is_21, min_pin_length }, { 0x0e, is_full, firmware },
	{ 0x10, has_config, rps_max }, { 0x11, has_bio, uv_attempts },
	{ 0x12, has_bio, uv_modality }, { 0x14, is_21, remaining },
	{ 0x19, is_lasting, identifier },
};

int ctap2_get_info(struct token *t, const struct call *c, GByteArray *b)
{
	size_t n = 0;

	(void)c;
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		n += !members[i].has || members[i].has(t);
	cbor_put_map(b, n);
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		if (!members[i].has || members[i].has(t)) {
			cbor_put_int(b, members[i].key);
			members[i].put(t, b);
		}
	return CTAP2_OK;
}
