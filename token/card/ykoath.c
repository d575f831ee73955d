/* SPDX-License-Identifier: Apache-2.0 */
/* Management and YKOATH APDUs. */
#include "token/card/ykoath.h"

#include "base/encode.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#define REPLY_MAX 8192
#define SW_OK 0x9000

enum { INS_SELECT = 0xa4, INS_READ_CONFIG = 0x1d, INS_PUT = 0x01,
	INS_DELETE = 0x02, INS_LIST = 0xa1, INS_CALCULATE = 0xa2, INS_VALIDATE = 0xa3,
	INS_SEND_REMAINING = 0xa5 };
enum { TAG_NAME = 0x71, TAG_NAME_LIST = 0x72, TAG_KEY = 0x73,
	TAG_CHALLENGE = 0x74, TAG_RESPONSE = 0x75, TAG_TRUNCATED = 0x76,
	TAG_PROPERTY = 0x78, TAG_VERSION = 0x79, TAG_SERIAL = 0x8f };
enum { WHOLE = 0, TRUNCATED = 1 }; /* P2 of CALCULATE */
enum { TYPE_TOTP_SHA1 = 0x21, PROPERTY_TOUCH = 0x02, DIGITS = 6,
	DIGITS_MAX = 8 };

static const unsigned char aid_management[] = { 0xa0, 0, 0, 0x05, 0x27, 0x47,
	0x11, 0x17 };
static const unsigned char aid_oath[] = { 0xa0, 0, 0, 0x05, 0x27, 0x21, 0x01 };

/* Status words on which somebody acts */
static const struct {
	uint16_t sw;
	enum error_code code;
	const char *text;
} words[] = {
	{ 0x6a84, ERROR_REFUSED,
		"its OATH application is full: delete an account that nobody "
		"needs (`tokenbridge info` lists them)" },
	{ 0x6982, ERROR_TOUCH,
		"the token was not touched in time, or a password protects it" },
	{ 0x6984, ERROR_CONFLICT, "it has no such account" },
	{ 0x6a80, ERROR_FAILED, "it refuses the data" },
	{ 0x6d00, ERROR_UNSUPPORTED, "it does not know the command" },
	{ 0x6e00, ERROR_UNSUPPORTED, "it does not know the command" },
};

static int bad_status(uint16_t sw, const char *what, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].sw == sw)
			return error_set(err, (int)words[i].code, "%s: %s",
				what, words[i].text);
	return error_set(err, ERROR_FAILED,
		"%s: the smart card answers status %04x", what, sw);
}

/* Sends, and fetches what 61xx leaves; `all` gets the whole reply. */
static int send_apdu(const struct card *c, uint8_t ins, uint8_t p1, uint8_t p2,
	const void *data, size_t n, struct buf *all, uint16_t *ret_sw,
	struct error *err)
{
	static const unsigned char more[] = { 0, INS_SEND_REMAINING, 0, 0, 0 };
	CLEANUP(buf_done) struct buf part, apdu;
	uint16_t sw;
	int r;

	buf_init(&part, REPLY_MAX);
	buf_init(&apdu, 5 + 255);
	buf_reset(all);
	buf_put_byte(&apdu, 0);
	buf_put_byte(&apdu, ins);
	buf_put_byte(&apdu, p1);
	buf_put_byte(&apdu, p2);
	buf_put_byte(&apdu, (unsigned char)n); /* Lc, or Le where no data */
	buf_put(&apdu, data, n);
	if (n > 255 || buf_failed(&apdu))
		return error_set(err, ERROR_FAILED,
			"an APDU of %zu bytes is too long", n);
	r = c->transmit(c->context, apdu.p, apdu.n, &part, &sw, err);
	while (r == 0) {
		buf_put(all, part.p, part.n);
		/* a card that promises more and sends nothing never ends */
		if (sw >> 8 != 0x61 || part.n == 0 || buf_failed(all))
			break;
		r = c->transmit(c->context, more, sizeof(more), &part, &sw,
			err);
	}
	if (r == 0 && sw >> 8 == 0x61)
		r = error_set(err, ERROR_MALFORMED,
			"the smart card promises more data than it has");
	if (r == 0)
		*ret_sw = sw;
	return r < 0 ? r : buf_check(all, "a smart card's reply", err);
}

static int select_aid(const struct card *c, const unsigned char *aid,
	size_t aid_n, struct buf *reply, bool *ret_present, struct error *err)
{
	uint16_t sw;
	int r;

	r = send_apdu(c, INS_SELECT, 4, 0, aid, aid_n, reply, &sw, err);
	if (r < 0)
		return r;
	*ret_present = sw == SW_OK;
	if (sw == SW_OK || sw == 0x6a82 || sw == 0x6999 || sw == 0x6d00 ||
		sw == 0x6e00)
		return 0;
	return bad_status(sw, "selecting an application", err);
}

int ykoath_read_config(const struct card *c, struct devinfo *info,
	struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	struct devinfo next = { 0 };
	uint8_t page = 0;
	uint16_t sw;
	bool present;
	int r;

	buf_init(&reply, REPLY_MAX);
	r = select_aid(c, aid_management, sizeof(aid_management), &reply,
		&present, err);
	if (r < 0)
		return r;
	do {
		if (!present)
			break;
		r = send_apdu(c, INS_READ_CONFIG, page, 0, NULL, 0, &reply, &sw,
			err);
		if (r == 0 && sw != SW_OK && page == 0)
			break; /* firmware before 4.1 */
		if (r == 0 && sw != SW_OK)
			r = bad_status(sw, "reading the configuration", err);
		if (r == 0)
			r = devinfo_parse(reply.p, reply.n, &next, err);
		if (r < 0)
			return r;
	} while (next.more && ++page < DEVINFO_PAGES_MAX);
	*info = next;
	return 0;
}

/* One TLV from *p; false at the end or where it is cut off. */
static bool next_tlv(const unsigned char **p, size_t *n, uint8_t *ret_tag,
	const unsigned char **ret_v, size_t *ret_n)
{
	size_t len, head = 2;

	if (*n < 2)
		return false;
	len = (*p)[1];
	if (len == 0x81 || len == 0x82) {
		head = len == 0x81 ? 3 : 4;
		if (*n < head)
			return false;
		len = head == 3 ? (*p)[2] : (size_t)(*p)[2] << 8 | (*p)[3];
	} else if (len > 0x82 || len == 0x80) {
		return false;
	}
	if (*n - head < len)
		return false;
	*ret_tag = (*p)[0];
	*ret_v = *p + head;
	*ret_n = len;
	*p += head + len;
	*n -= head + len;
	return true;
}

/* The device id as ykman prints it: it binds a record to this applet. */
static bool format_id(const unsigned char *salt, size_t n,
	char ret[OATH_ID_TEXT])
{
	CLEANUP(buf_done) struct buf b;
	unsigned char hash[32];

	buf_init(&b, 64);
	SHA256(salt, n, hash);
	base64_encode(&b, BASE64_STD, hash, 16);
	if (buf_failed(&b))
		return false;
	memcpy(ret, buf_str(&b), 22); /* drops the padding */
	ret[22] = '\0';
	return true;
}

/* What is too long to be true is as if it were not there. */
static void keep(const unsigned char *v, size_t n,
	unsigned char ret[OATH_SALT_MAX], size_t *ret_n)
{
	*ret_n = n <= OATH_SALT_MAX ? n : 0;
	memcpy(ret, v, *ret_n);
}

static int parse_select(const struct buf *reply, struct oath_applet *a,
	struct error *err)
{
	const unsigned char *p = reply->p, *v;
	size_t n = reply->n, len;
	bool version = false, id = false;
	uint8_t tag;

	while (next_tlv(&p, &n, &tag, &v, &len)) {
		if (tag == TAG_VERSION && len == 3) {
			memcpy(a->version, v, 3);
			version = true;
		} else if (tag == TAG_NAME && len > 0) {
			if (!format_id(v, len, a->id))
				return error_memory(err);
			keep(v, len, a->salt, &a->salt_n);
			id = true;
		} else if (tag == TAG_SERIAL && len == 4) {
			a->serial = (uint32_t)v[0] << 24 |
				(uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 |
				v[3];
			a->has_serial = true;
		} else if (tag == TAG_CHALLENGE) {
			keep(v, len, a->challenge, &a->challenge_n);
			a->locked = true;
		}
	}
	if (!a->locked)
		a->salt_n = 0;
	memset(a->salt + a->salt_n, 0, sizeof(a->salt) - a->salt_n);
	if (n != 0 || !version || !id)
		return error_set(err, ERROR_MALFORMED,
			"the OATH application answers SELECT with %zu bytes "
			"that make no sense", reply->n);
	return 0;
}

static int parse_list(const struct buf *reply, struct oath_applet *a,
	struct error *err)
{
	const unsigned char *p = reply->p, *v;
	size_t n = reply->n, len;
	uint8_t tag;

	a->n = 0;
	while (n > 0) {
		if (!next_tlv(&p, &n, &tag, &v, &len) ||
			tag != TAG_NAME_LIST || len < 2 ||
			len - 1 > OATH_NAME_MAX ||
			a->n == OATH_ACCOUNTS_MAX)
			return error_set(err, ERROR_MALFORMED,
				"the OATH application's list of accounts "
				"makes no sense behind account %zu", a->n);
		a->accounts[a->n].type = v[0];
		memcpy(a->accounts[a->n].name, v + 1, len - 1);
		a->accounts[a->n].name[len - 1] = '\0';
		utf8_sanitise(a->accounts[a->n].name);
		a->n++;
	}
	return 0;
}

int ykoath_select(const struct card *c, struct oath_applet *ret,
	bool *ret_present, struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	struct oath_applet a = { 0 };
	bool present;
	int r;

	buf_init(&reply, REPLY_MAX);
	r = select_aid(c, aid_oath, sizeof(aid_oath), &reply, &present, err);
	if (r == 0 && present)
		r = parse_select(&reply, &a, err);
	if (r < 0)
		return r;
	*ret_present = present;
	*ret = a;
	return 0;
}

int ykoath_list(const struct card *c, struct oath_applet *a,
	struct error *err)
{
	CLEANUP(buf_done) struct buf reply;
	uint16_t sw;
	int r;

	buf_init(&reply, REPLY_MAX);
	if (a->locked)
		return 0;
	r = send_apdu(c, INS_LIST, 0, 0, NULL, 0, &reply, &sw, err);
	if (r == 0 && sw != SW_OK)
		r = bad_status(sw, "listing OATH credentials", err);
	return r < 0 ? r : parse_list(&reply, a, err);
}

static void put_tlv(struct buf *b, uint8_t tag, const void *p, size_t n)
{
	buf_put_byte(b, tag);
	buf_put_byte(b, (unsigned char)n);
	buf_put(b, p, n);
}

static int put_name(struct buf *b, const char *name, struct error *err)
{
	if (strlen(name) > OATH_NAME_MAX)
		return error_set(err, ERROR_FAILED,
			"the OATH credential name '%s' is longer than %d bytes",
			name, OATH_NAME_MAX);
	put_tlv(b, TAG_NAME, name, strlen(name));
	return buf_check(b, "an OATH command", err);
}

/* ---- the password ---- */

enum { ACCESS_KEY = 16, ACCESS_ROUNDS = 1000, CHALLENGE = 8 };

static bool prove(const unsigned char key[ACCESS_KEY], const void *challenge,
	size_t n, unsigned char ret[SHA_DIGEST_LENGTH])
{
	return HMAC(EVP_sha1(), key, ACCESS_KEY, challenge, n, ret, NULL);
}

static int validate(const struct card *c, const struct oath_applet *a,
	const unsigned char key[ACCESS_KEY], struct error *err)
{
	CLEANUP(buf_done) struct buf data, reply;
	unsigned char ours[CHALLENGE], proof[SHA_DIGEST_LENGTH];
	const unsigned char *p, *v;
	size_t n, len;
	uint8_t tag;
	uint16_t sw;
	int r;

	buf_init(&data, 255);
	buf_init(&reply, REPLY_MAX);
	if (RAND_bytes(ours, sizeof(ours)) != 1 ||
		!prove(key, a->challenge, a->challenge_n, proof))
		return error_set(err, ERROR_FAILED, "no random numbers");
	put_tlv(&data, TAG_RESPONSE, proof, sizeof(proof));
	put_tlv(&data, TAG_CHALLENGE, ours, sizeof(ours));
	r = buf_check(&data, "an OATH command", err);
	if (r == 0)
		r = send_apdu(c, INS_VALIDATE, 0, 0, data.p, data.n, &reply,
			&sw, err);
	if (r == 0 && sw == 0x6a80)
		return error_set(err, ERROR_PIN_WRONG,
			"that is not the password of the OATH application");
	if (r == 0 && sw != SW_OK)
		r = bad_status(sw, "unlocking the OATH application", err);
	if (r < 0)
		return r;
	p = reply.p;
	n = reply.n;
	if (!prove(key, ours, sizeof(ours), proof) ||
		!next_tlv(&p, &n, &tag, &v, &len) || n != 0 ||
		tag != TAG_RESPONSE || len != sizeof(proof) ||
		CRYPTO_memcmp(v, proof, sizeof(proof)) != 0)
		return error_set(err, ERROR_MALFORMED,
			"the OATH application takes the password, and does "
			"not prove that it has it");
	return 0;
}

int ykoath_unlock(const struct card *c, struct oath_applet *a,
	const void *password, size_t n, struct error *err)
{
	unsigned char key[ACCESS_KEY];
	int r = 0;

	if (!a->locked)
		return 0;
	if (a->salt_n == 0 || a->challenge_n == 0 || n > 4096 ||
		PKCS5_PBKDF2_HMAC_SHA1(password, (int)n, a->salt,
			(int)a->salt_n, ACCESS_ROUNDS, sizeof(key), key) != 1)
		r = error_set(err, ERROR_UNSUPPORTED,
			"the password of this OATH application cannot be used");
	if (r == 0)
		r = validate(c, a, key, err);
	wipe(key, sizeof(key));
	if (r == 0)
		a->locked = false;
	return r;
}

/* ---- accounts ---- */

int ykoath_put(const struct card *c, const char *name,
	const struct secret *key, struct error *err)
{
	CLEANUP(buf_done) struct buf data, reply;
	uint16_t sw;
	int r;

	buf_init(&data, 255);
	buf_init(&reply, REPLY_MAX);
	/* longer keys would have to be hashed first, shorter ones padded */
	if (key->n < 14 || key->n > 64)
		return error_set(err, ERROR_FAILED,
			"an OATH key of %zu bytes", key->n);
	r = put_name(&data, name, err);
	if (r < 0)
		return r;
	buf_put_byte(&data, TAG_KEY);
	buf_put_byte(&data, (unsigned char)(key->n + 2));
	buf_put_byte(&data, TYPE_TOTP_SHA1);
	buf_put_byte(&data, DIGITS);
	buf_put(&data, key->p, key->n);
	buf_put_byte(&data, TAG_PROPERTY); /* the one without a length */
	buf_put_byte(&data, PROPERTY_TOUCH);
	r = buf_check(&data, "an OATH command", err);
	if (r == 0)
		r = send_apdu(c, INS_PUT, 0, 0, data.p, data.n, &reply, &sw,
			err);
	if (r == 0 && sw != SW_OK)
		r = bad_status(sw, "putting an OATH credential", err);
	return r;
}

int ykoath_delete(const struct card *c, const char *name, struct error *err)
{
	CLEANUP(buf_done) struct buf data, reply;
	uint16_t sw;
	int r;

	buf_init(&data, 255);
	buf_init(&reply, REPLY_MAX);
	r = put_name(&data, name, err);
	if (r == 0)
		r = send_apdu(c, INS_DELETE, 0, 0, data.p, data.n, &reply, &sw,
			err);
	if (r == 0 && sw != SW_OK)
		r = bad_status(sw, "deleting an OATH credential", err);
	return r;
}

/* "There is no such P2": the applet makes codes, and no more. */
static bool refuses_whole(uint16_t sw)
{
	return sw == 0x6a86 || sw == 0x6b00 || sw == 0x6a81;
}

static int bad_response(const struct buf *reply, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the OATH application answers a calculation with %zu bytes "
		"that make no sense", reply->n);
}

static int parse_response(const struct buf *reply, struct oath_response *ret,
	struct error *err)
{
	struct oath_response x = { .whole = false };
	const unsigned char *p = reply->p, *v;
	size_t n = reply->n, len;
	uint8_t tag;

	if (!next_tlv(&p, &n, &tag, &v, &len) || n != 0 || len < 1)
		return bad_response(reply, err);
	x.digits = v[0];
	x.whole = tag == TAG_RESPONSE && len == 1 + sizeof(x.hmac);
	if (x.digits < DIGITS || x.digits > DIGITS_MAX ||
		!(x.whole || (tag == TAG_TRUNCATED && len == 5)))
		return bad_response(reply, err);
	if (x.whole)
		memcpy(x.hmac, v + 1, sizeof(x.hmac));
	else
		x.truncated = (uint32_t)(v[1] & 0x7f) << 24 |
			(uint32_t)v[2] << 16 | (uint32_t)v[3] << 8 | v[4];
	*ret = x;
	return 0;
}

int ykoath_calculate(const struct card *c, const char *name,
	const unsigned char challenge[8], bool whole,
	struct oath_response *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf data, reply;
	uint16_t sw;
	int r;

	buf_init(&data, 255);
	buf_init(&reply, REPLY_MAX);
	r = put_name(&data, name, err);
	if (r < 0)
		return r;
	put_tlv(&data, TAG_CHALLENGE, challenge, 8);
	r = buf_check(&data, "an OATH command", err);
	if (r == 0)
		r = send_apdu(c, INS_CALCULATE, 0, whole ? WHOLE : TRUNCATED,
			data.p, data.n, &reply, &sw, err);
	if (r == 0 && whole && refuses_whole(sw))
		r = send_apdu(c, INS_CALCULATE, 0, TRUNCATED, data.p, data.n,
			&reply, &sw, err);
	if (r == 0 && sw != SW_OK)
		r = bad_status(sw, "calculating a code", err);
	return r < 0 ? r : parse_response(&reply, ret, err);
}
