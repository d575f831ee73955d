/* CTAP 2: from the command byte to the file that serves it. */
#include "ctap2.h"

#include "credential.h"
#include "key.h"

#include <string.h>

enum {
	MAKE_CREDENTIAL = 0x01, GET_ASSERTION = 0x02, GET_INFO = 0x04,
	CLIENT_PIN = 0x06, RESET = 0x07, GET_NEXT_ASSERTION = 0x08,
	CREDENTIAL_MANAGEMENT = 0x0a, SELECTION = 0x0b,
	CREDENTIAL_MANAGEMENT_PRE = 0x41
};

static const struct { uint8_t command; const char *name; } names[] = {
	{ MAKE_CREDENTIAL, "makeCredential" },
	{ GET_ASSERTION, "getAssertion" },
	{ GET_INFO, "getInfo" },
	{ CLIENT_PIN, "clientPIN" },
	{ RESET, "reset" },
	{ GET_NEXT_ASSERTION, "getNextAssertion" },
	{ CREDENTIAL_MANAGEMENT, "credentialManagement" },
	{ SELECTION, "selection" },
	{ CREDENTIAL_MANAGEMENT_PRE, "credentialManagement" },
};

void ctap2_name(struct token *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; n && i < G_N_ELEMENTS(names); i++)
		if (names[i].command == p[0]) {
			token_seen(t, "%s", names[i].name);
			return;
		}
	token_seen(t, "ctap2-%02x", n ? p[0] : 0);
}

void ctap2_forget(struct token *t)
{
	assertion_forget(t);
	credman_forget(t);
}

/* --- parameters -------------------------------------------------------- */

int ctap2_may(const struct cbor *map, int key, enum cbor_major major,
	      bool *ret_has, struct cbor *ret)
{
	*ret_has = cbor_int_key(map, key, ret);
	return *ret_has && ret->major != major ?
	       CTAP2_ERR_CBOR_UNEXPECTED_TYPE : CTAP2_OK;
}

int ctap2_need(const struct cbor *map, int key, enum cbor_major major,
	       struct cbor *ret)
{
	bool has;
	int r = ctap2_may(map, key, major, &has, ret);

	return has ? r : CTAP2_ERR_MISSING_PARAMETER;
}

int ctap2_option(const struct cbor *options, const char *name, bool *ret)
{
	struct cbor c;

	if (!cbor_text_key(options, name, &c))
		return CTAP2_OK;
	if (!cbor_is_bool(&c))
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	*ret = cbor_is_true(&c);
	return CTAP2_OK;
}

struct resident *ctap2_resident(struct token *t, const uint8_t *id, size_t n)
{
	for (guint i = 0; i < t->residents->len; i++) {
		struct resident *r = t->residents->pdata[i];

		if (r->id->len == n && !memcmp(r->id->data, id, n))
			return r;
	}
	return NULL;
}

int ctap2_open_listed(struct token *t, const struct cbor *member,
		      const uint8_t rp_hash[32], struct credential *ret,
		      struct cbor *ret_id)
{
	struct cbor type;

	if (member->major != CBOR_MAP)
		return -CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if (!cbor_text_key(member, "type", &type) ||
	    !cbor_text_key(member, "id", ret_id))
		return -CTAP2_ERR_MISSING_PARAMETER;
	if (type.major != CBOR_TEXT || ret_id->major != CBOR_BYTES)
		return -CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if (!cbor_is_text(&type, "public-key") ||
	    !credential_open(t, rp_hash, ret_id->s, ret_id->n, ret))
		return 0;
	/* one that was deleted is gone, though its id would still open */
	return !(ret->flags & CRED_RESIDENT) ||
	       ctap2_resident(t, ret_id->s, ret_id->n);
}

void ctap2_put_cose(GByteArray *b, int alg, const uint8_t d[32])
{
	uint8_t xy[64];

	p256_public(d, xy);
	cbor_put_map(b, 5);
	cbor_put_int(b, 1), cbor_put_int(b, 2);		/* kty EC2 */
	cbor_put_int(b, 3), cbor_put_int(b, alg);
	cbor_put_int(b, -1), cbor_put_int(b, 1);	/* P-256 */
	cbor_put_int(b, -2), cbor_put_bytes(b, xy, 32);
	cbor_put_int(b, -3), cbor_put_bytes(b, xy + 32, 32);
}

/* --- small commands ---------------------------------------------------- */

static int reset(struct token *t, bool touched)
{
	/* only soon after plugging in: not by a page while one is away */
	if (g_get_monotonic_time() - t->plugged_at >
	    1000 * (gint64)t->reset_window)
		return CTAP2_ERR_NOT_ALLOWED;
	if (!touched)
		return CTAP2_TOUCH;
	random_bytes(t->secret, sizeof t->secret);
	g_ptr_array_set_size(t->residents, 0);
	token_set_pin(t, "");
	t->counter = 0;
	memset(&t->pin, 0, sizeof t->pin);
	p256_new(t->pin.agreement);
	random_bytes(t->pin.token, sizeof t->pin.token);
	ctap2_forget(t);
	token_save(t);
	return CTAP2_OK;
}

static int dispatch(struct token *t, uint32_t cid, const uint8_t *p,
		    size_t n, bool touched, GByteArray *out)
{
	bool bare = p[0] == GET_INFO || p[0] == RESET ||
		    p[0] == GET_NEXT_ASSERTION || p[0] == SELECTION;
	struct cbor req = { .major = CBOR_MAP };

	/* anything else ends a round of assertions, or a listing */
	if (p[0] != GET_NEXT_ASSERTION)
		assertion_forget(t);
	if (p[0] != CREDENTIAL_MANAGEMENT &&
	    p[0] != CREDENTIAL_MANAGEMENT_PRE)
		credman_forget(t);
	if (bare && n != 1)
		return CTAP1_ERR_INVALID_LENGTH;
	if (!bare && n > 1 && !cbor_read(p + 1, n - 1, &req))
		return CTAP2_ERR_INVALID_CBOR;
	if (req.major != CBOR_MAP)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	switch (p[0]) {
	case MAKE_CREDENTIAL:
		return ctap2_make_credential(t, &req, touched, out);
	case GET_ASSERTION:
		return ctap2_get_assertion(t, cid, &req, touched, out);
	case GET_NEXT_ASSERTION:
		return ctap2_next_assertion(t, cid, out);
	case GET_INFO:
		return ctap2_get_info(t, out);
	case CLIENT_PIN:
		return ctap2_client_pin(t, &req, out);
	case RESET:
		return reset(t, touched);
	case CREDENTIAL_MANAGEMENT:
		if (!t->p.ctap21)
			break;
		return ctap2_credential_management(t, &req, out);
	case CREDENTIAL_MANAGEMENT_PRE:
		if (t->p.vid != 0x1050)
			break;
		return ctap2_credential_management(t, &req, out);
	case SELECTION:
		if (!t->p.ctap21)
			break;
		return touched ? CTAP2_OK : CTAP2_TOUCH;
	}
	return CTAP1_ERR_INVALID_COMMAND;
}

/* --- replies told to be wrong ------------------------------------------ */

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

static void spoil(struct token *t, GByteArray *out)
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

enum outcome ctap2_handle(struct token *t, uint32_t cid, const uint8_t *p,
			  size_t n, bool touched, GByteArray *out)
{
	g_autoptr(GByteArray) map = g_byte_array_new();
	struct cbor check;
	int r = dispatch(t, cid, p, n, touched, map);

	if (r == CTAP2_TOUCH)
		return WANT_TOUCH;
	put8(out, (unsigned)r);
	if (r == CTAP2_OK) {
		if (map->len && !cbor_read(map->data, map->len, &check))
			g_error("%s: own reply is not canonical", t->command);
		put(out, map->data, map->len);
	}
	spoil(t, out);
	return DONE;
}
