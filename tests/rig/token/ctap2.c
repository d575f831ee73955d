/* CTAP 2: from the command byte to the file that serves it. */
#include "ctap2.h"

#include "credential.h"
#include "key.h"

#include <string.h>

static int selection(struct token *t, const struct call *c, GByteArray *out)
{
	(void)t;
	(void)out;
	return c->touched ? CTAP2_OK : CTAP2_TOUCH;
}

static bool is_21(const struct token *t)
{
	return t->p.ctap21;
}

static bool has_credman(const struct token *t)
{
	return t->p.credman & CREDMAN_FULL;
}

static bool has_config(const struct token *t)
{
	return t->p.acfg;
}

static bool has_bio(const struct token *t)
{
	return t->p.bio;
}

static bool has_preview(const struct token *t)
{
	return t->p.credman & CREDMAN_PREVIEW;
}

/* bare: without parameters */
static const struct command {
	uint8_t byte;
	const char *name;
	ctap2_command *run;
	bool bare;
	bool (*has)(const struct token *t);
} commands[] = {
	{ 0x01, "makeCredential", ctap2_make_credential, false, NULL },
	{ 0x02, "getAssertion", ctap2_get_assertion, false, NULL },
	{ 0x04, "getInfo", ctap2_get_info, true, NULL },
	{ 0x06, "clientPIN", ctap2_client_pin, false, NULL },
	{ 0x07, "reset", ctap2_reset, true, NULL },
	{ 0x08, "getNextAssertion", ctap2_next_assertion, true, NULL },
	{ 0x0a, "credentialManagement", ctap2_credential_management, false,
	  has_credman },
	{ 0x0b, "selection", selection, true, is_21 },
	{ 0x0d, "config", ctap2_config, false, has_config },
	{ 0x09, "bioEnrollment", ctap2_bio, false, has_bio },
	{ 0x40, "bioEnrollment", ctap2_bio, false, has_bio },
	{ 0x41, "credentialManagement", ctap2_credential_management, false,
	  has_preview },
};

static const struct command *find(const uint8_t *p, size_t n)
{
	for (size_t i = 0; n && i < G_N_ELEMENTS(commands); i++)
		if (commands[i].byte == p[0])
			return &commands[i];
	return NULL;
}

void ctap2_name(struct token *t, const uint8_t *p, size_t n)
{
	const struct command *m = find(p, n);

	if (m)
		token_seen(t, "%s", m->name);
	else
		token_seen(t, "ctap2-%02x", n ? p[0] : 0);
}

void ctap2_forget(struct token *t)
{
	assertion_forget(t);
	credman_forget(t);
	bio_forget(t);
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

void ctap2_put_agreement(GByteArray *b, const uint8_t d[32])
{
	uint8_t xy[64];

	p256_public(d, xy);
	cbor_put_map(b, 5);
	cbor_put_int(b, 1), cbor_put_int(b, 2);		/* kty EC2 */
	cbor_put_int(b, 3), cbor_put_int(b, -25);
	cbor_put_int(b, -1), cbor_put_int(b, 1);	/* P-256 */
	cbor_put_int(b, -2), cbor_put_bytes(b, xy, 32);
	cbor_put_int(b, -3), cbor_put_bytes(b, xy + 32, 32);
}

/* --- dispatch ---------------------------------------------------------- */

static int dispatch(struct token *t, struct call *c, const uint8_t *p,
		    size_t n, GByteArray *out)
{
	const struct command *m = find(p, n);

	/* anything else ends a round of assertions, or a listing */
	if (!m || m->run != ctap2_next_assertion)
		assertion_forget(t);
	if (!m || m->run != ctap2_credential_management)
		credman_forget(t);
	if (!m || m->run != ctap2_bio)
		bio_forget(t);
	if (!m || (m->has && !m->has(t)))
		return CTAP1_ERR_INVALID_COMMAND;
	if (n > MESSAGE_MAX)
		return CTAP2_ERR_REQUEST_TOO_LARGE;
	if (m->bare && n != 1)
		return CTAP1_ERR_INVALID_LENGTH;
	c->req = (struct cbor){ .major = CBOR_MAP };
	if (n > 1 && !cbor_read(p + 1, n - 1, &c->req))
		return CTAP2_ERR_INVALID_CBOR;
	if (c->req.major != CBOR_MAP)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	return m->run(t, c, out);
}

enum outcome ctap2_handle(struct token *t, uint32_t cid, const uint8_t *p,
			  size_t n, bool touched, GByteArray *out)
{
	g_autoptr(GByteArray) map = g_byte_array_new();
	struct call c = { .cid = cid, .touched = touched };
	struct cbor check;
	int r = dispatch(t, &c, p, n, map);

	if (r == CTAP2_TOUCH)
		return WANT_TOUCH;
	put8(out, (unsigned)r);
	if (r == CTAP2_OK) {
		if (map->len && !cbor_read(map->data, map->len, &check))
			g_error("%s: own reply is not canonical", t->command);
		put(out, map->data, map->len);
	}
	ctap2_spoil(t, out);
	return DONE;
}
