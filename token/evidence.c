/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence files. */
#include "token/evidence.h"

#include "base/encode.h"
#include "base/text.h"
#include "token/foreign.h"

#include <jansson.h>
#include <string.h>

#define VERSION 1
#define BOM "\xef\xbb\xbf" /* which some editors put before a text */
#define PIN_LENGTH_MAX 255 /* which no token can want; CTAP allows 63 */

void evidence_init(struct evidence *e)
{
	memset(e, 0, sizeof(*e));
	e->verdict = -1;
	attestation_init(&e->attestation);
	assertion_init(&e->assertion);
}

void evidence_done(struct evidence *e)
{
	attestation_done(&e->attestation);
	assertion_done(&e->assertion);
}

void evidence_set_claims(struct evidence *e, const struct token *t)
{
	e->has_claims = true;
	memcpy(e->claimed_aaguid, t->fido.aaguid, 16);
	token_firmware(t, e->claimed_firmware);
	if (!token_serial(t, &e->claimed_serial))
		e->claimed_serial = 0;
	e->has_posture = true;
	e->claimed_pin = t->fido.client_pin == FIDO_ON;
	e->claimed_always_uv = t->fido.always_uv == FIDO_ON;
	e->claimed_min_pin = t->fido.min_pin_length <= PIN_LENGTH_MAX ?
		t->fido.min_pin_length : 0;
}

static json_t *bytes_json(const void *p, size_t n)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, EVIDENCE_MAX);
	base64_encode(&b, BASE64_URL, p, n);
	return buf_failed(&b) ? NULL : json_string(buf_str(&b));
}

static json_t *attestation_object_json(const struct attestation *a)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, EVIDENCE_MAX);
	attestation_put_object(&b, a);
	return buf_failed(&b) ? NULL : bytes_json(b.p, b.n);
}

static json_t *public_key_json(const struct attestation *a)
{
	struct authdata auth;

	if (authdata_parse(a->auth_data.p, a->auth_data.n, &auth, NULL) < 0 ||
		!auth.public_key)
		return json_null();
	return bytes_json(auth.public_key, auth.public_key_n);
}

static json_t *assertion_json(const struct assertion *a)
{
	return json_pack("{s:o,s:o,s:o,s:o}",
		"credentialId", bytes_json(a->credential_id.p,
			a->credential_id.n),
		"clientDataJSON", bytes_json(a->client_data.p,
			a->client_data.n),
		"authenticatorData", bytes_json(a->auth_data.p,
			a->auth_data.n),
		"signature", bytes_json(a->signature.p, a->signature.n));
}

/* Sets a member whose value may not have been made; *o is NULL after that. */
static void set_member(json_t **o, const char *name, json_t *value)
{
	if (*o && json_object_set_new(*o, name, value) == 0)
		return;
	if (!*o)
		json_decref(value);
	json_decref(*o);
	*o = NULL;
}

static json_t *claims_json(const struct evidence *e)
{
	char aaguid[AAGUID_TEXT_LEN];
	json_t *o;

	aaguid_format(e->claimed_aaguid, aaguid);
	o = json_pack("{s:b,s:s}", "unsigned", 1, "aaguid", aaguid);
	if (e->claimed_firmware[0])
		set_member(&o, "firmware", json_string(e->claimed_firmware));
	if (e->claimed_serial)
		set_member(&o, "serial", json_integer(e->claimed_serial));
	if (e->has_posture) {
		set_member(&o, "clientPin", json_boolean(e->claimed_pin));
		set_member(&o, "alwaysUv", json_boolean(e->claimed_always_uv));
	}
	if (e->claimed_min_pin)
		set_member(&o, "minPINLength",
			json_integer((json_int_t)e->claimed_min_pin));
	return o;
}

static json_t *basis_json(const struct evidence *e)
{
	json_t *o = json_object();

	if (e->verdict >= 0)
		set_member(&o, "verdict", json_string(
			verdict_name((enum verdict)e->verdict)));
	if (e->anchor_sha256[0])
		set_member(&o, "anchor", json_string(e->anchor_sha256));
	if (e->advisories[0])
		set_member(&o, "advisories", json_string(e->advisories));
	if (e->metadata_number)
		set_member(&o, "metadata",
			json_integer((json_int_t)e->metadata_number));
	if (e->metadata_entry[0])
		set_member(&o, "metadataEntry",
			json_string(e->metadata_entry));
	if (e->local_advisories[0])
		set_member(&o, "localAdvisories",
			json_string(e->local_advisories));
	return o;
}

int evidence_write(const struct evidence *e, struct buf *b, struct error *err)
{
	const struct attestation *a = &e->attestation;
	char made_at[TEXT_TIME_LEN];
	json_t *root;
	char *text;

	text_format_time(e->made_at, made_at);
	root = json_pack("{s:i,s:s,s:s,s:o,s:o,s:o,s:o,s:s}",
		"v", VERSION,
		"rpId", a->rp_id,
		"origin", a->rp_id,
		"clientDataJSON", bytes_json(a->client_data.p,
			a->client_data.n),
		"attestationObject", attestation_object_json(a),
		"credentialPublicKey", public_key_json(a),
		"basis", basis_json(e),
		"madeAt", made_at);
	if (e->has_assertion)
		set_member(&root, "assertion", assertion_json(&e->assertion));
	if (e->has_claims)
		set_member(&root, "getInfo", claims_json(e));
	text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
	json_decref(root);
	if (!text)
		return error_memory(err);
	buf_reset(b);
	buf_printf(b, "%s\n", text);
	free(text);
	return buf_check(b, "evidence", err);
}

static int lacks(const char *member, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"evidence: member '%s' is missing or malformed", member);
}

static int get_text(json_t *o, const char *member, char *ret, size_t size,
	struct error *err)
{
	json_t *s = json_object_get(o, member);

	if (!json_is_string(s) || json_string_length(s) >= size ||
		strlen(json_string_value(s)) != json_string_length(s) ||
		!utf8_is_clean(json_string_value(s), json_string_length(s)))
		return lacks(member, err);
	memcpy(ret, json_string_value(s), json_string_length(s) + 1);
	return 0;
}

static int get_bytes(json_t *o, const char *member, struct buf *ret,
	struct error *err)
{
	json_t *s = json_object_get(o, member);
	CLEANUP(free_p) unsigned char *raw = NULL;
	ssize_t n;

	if (!json_is_string(s))
		return lacks(member, err);
	raw = malloc(json_string_length(s) + 1);
	if (!raw)
		return error_memory(err);
	n = base64_decode(BASE64_URL, json_string_value(s),
		json_string_length(s), raw, json_string_length(s));
	if (n < 0)
		return lacks(member, err);
	buf_reset(ret);
	buf_put(ret, raw, (size_t)n);
	return buf_check(ret, member, err);
}

static int get_attestation(json_t *root, struct attestation *a,
	struct error *err)
{
	CLEANUP(buf_done) struct buf object;
	int r;

	buf_init(&object, ATTEST_BYTES_MAX);
	r = get_text(root, "rpId", a->rp_id, sizeof(a->rp_id), err);
	if (r == 0)
		r = get_bytes(root, "clientDataJSON", &a->client_data, err);
	if (r == 0)
		r = get_bytes(root, "attestationObject", &object, err);
	if (r == 0)
		r = attestation_parse_object(object.p, object.n, a, err);
	return r;
}

static int get_assertion(json_t *root, struct evidence *e, struct error *err)
{
	json_t *o = json_object_get(root, "assertion");
	struct assertion *a = &e->assertion;
	int r;

	if (!o)
		return 0;
	if (!json_is_object(o))
		return lacks("assertion", err);
	strcpy(a->rp_id, e->attestation.rp_id);
	r = get_bytes(o, "credentialId", &a->credential_id, err);
	if (r == 0)
		r = get_bytes(o, "clientDataJSON", &a->client_data, err);
	if (r == 0)
		r = get_bytes(o, "authenticatorData", &a->auth_data, err);
	if (r == 0)
		r = get_bytes(o, "signature", &a->signature, err);
	e->has_assertion = r == 0;
	return r;
}

static int get_posture(json_t *o, struct evidence *e, struct error *err)
{
	json_t *pin = json_object_get(o, "clientPin");
	json_t *always = json_object_get(o, "alwaysUv");
	json_t *least = json_object_get(o, "minPINLength");

	if ((pin && !json_is_boolean(pin)) || !pin != !always)
		return lacks("getInfo.clientPin", err);
	if (always && !json_is_boolean(always))
		return lacks("getInfo.alwaysUv", err);
	if (least && (!json_is_integer(least) ||
			     json_integer_value(least) < 1 ||
			     json_integer_value(least) > PIN_LENGTH_MAX))
		return lacks("getInfo.minPINLength", err);
	e->has_posture = pin != NULL;
	e->claimed_pin = json_is_true(pin);
	e->claimed_always_uv = json_is_true(always);
	e->claimed_min_pin = (uint64_t)json_integer_value(least);
	return 0;
}

static int get_claims(json_t *root, struct evidence *e, struct error *err)
{
	json_t *o = json_object_get(root, "getInfo");
	char aaguid[AAGUID_TEXT_LEN];
	json_t *serial;

	if (!o)
		return 0;
	if (get_text(o, "aaguid", aaguid, sizeof(aaguid), NULL) < 0 ||
		aaguid_parse(aaguid, strlen(aaguid), e->claimed_aaguid) < 0)
		return lacks("getInfo.aaguid", err);
	if (json_object_get(o, "firmware") &&
		get_text(o, "firmware", e->claimed_firmware,
			sizeof(e->claimed_firmware), NULL) < 0)
		return lacks("getInfo.firmware", err);
	serial = json_object_get(o, "serial");
	if (serial && (!json_is_integer(serial) ||
			      json_integer_value(serial) < 1 ||
			      json_integer_value(serial) > UINT32_MAX))
		return lacks("getInfo.serial", err);
	e->claimed_serial = (uint32_t)json_integer_value(serial);
	e->has_claims = true;
	return get_posture(o, e, err);
}

static int get_verdict(json_t *basis, struct evidence *e, struct error *err)
{
	char name[32];
	int v;

	if (!json_object_get(basis, "verdict"))
		return 0;
	if (get_text(basis, "verdict", name, sizeof(name), NULL) < 0)
		return lacks("basis.verdict", err);
	for (v = VERDICT_GENUINE; v <= VERDICT_NOT_THIS_TOKEN; v++)
		if (strcmp(verdict_name((enum verdict)v), name) == 0 &&
			(v == VERDICT_GENUINE || v >= VERDICT_VULNERABLE)) {
			e->verdict = v;
			return 0;
		}
	return lacks("basis.verdict", err);
}

static int get_basis(json_t *root, struct evidence *e, struct error *err)
{
	json_t *o = json_object_get(root, "basis"), *number;

	if (!json_is_object(o))
		return lacks("basis", err);
	if (json_object_get(o, "anchor") &&
		get_text(o, "anchor", e->anchor_sha256,
			sizeof(e->anchor_sha256), NULL) < 0)
		return lacks("basis.anchor", err);
	if (json_object_get(o, "advisories") &&
		get_text(o, "advisories", e->advisories,
			sizeof(e->advisories), NULL) < 0)
		return lacks("basis.advisories", err);
	if (json_object_get(o, "metadataEntry") &&
		get_text(o, "metadataEntry", e->metadata_entry,
			sizeof(e->metadata_entry), NULL) < 0)
		return lacks("basis.metadataEntry", err);
	number = json_object_get(o, "metadata");
	if (number && (!json_is_integer(number) ||
			      json_integer_value(number) < 1))
		return lacks("basis.metadata", err);
	e->metadata_number = (uint64_t)json_integer_value(number);
	if (json_object_get(o, "localAdvisories") &&
		get_text(o, "localAdvisories", e->local_advisories,
			sizeof(e->local_advisories), NULL) < 0)
		return lacks("basis.localAdvisories", err);
	return get_verdict(o, e, err);
}

/* The key is in the signed data too: a copy that differs is forged. */
static int check_public_key(json_t *root, const struct evidence *e,
	struct error *err)
{
	CLEANUP(buf_done) struct buf key;
	struct authdata auth;
	int r;

	buf_init(&key, ATTEST_BYTES_MAX);
	r = authdata_parse(e->attestation.auth_data.p,
		e->attestation.auth_data.n, &auth, err);
	if (r < 0 || !auth.public_key)
		return r;
	r = get_bytes(root, "credentialPublicKey", &key, err);
	if (r == 0 && (key.n != auth.public_key_n ||
			      memcmp(key.p, auth.public_key, key.n) != 0))
		r = error_set(err, ERROR_MALFORMED,
			"evidence: credentialPublicKey is not the key in the "
			"signed data");
	return r;
}

static int get_all(json_t *root, struct evidence *e, struct error *err)
{
	char made_at[64], origin[64];
	json_t *v = json_object_get(root, "v");
	int r;

	if (!json_is_integer(v))
		return lacks("v", err);
	if (json_integer_value(v) != VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"evidence of version %lld: this program reads version "
			"%d", (long long)json_integer_value(v), VERSION);
	r = get_attestation(root, &e->attestation, err);
	if (r == 0)
		r = get_text(root, "origin", origin, sizeof(origin), err);
	if (r == 0)
		r = get_text(root, "madeAt", made_at, sizeof(made_at), err);
	if (r == 0 && text_parse_time(made_at, strlen(made_at), &e->made_at))
		r = lacks("madeAt", err);
	if (r == 0)
		r = get_assertion(root, e, err);
	if (r == 0)
		r = get_claims(root, e, err);
	if (r == 0)
		r = get_basis(root, e, err);
	return r < 0 ? r : check_public_key(root, e, err);
}

/* No evidence at all is told by what it is, where that is known. */
static int not_evidence(const void *p, size_t n, const char *otherwise,
	struct error *err)
{
	const char *name = foreign_name(p, n);

	if (!name)
		return error_set(err, ERROR_MALFORMED, "%s", otherwise);
	return error_set(err, ERROR_MALFORMED,
		"no evidence, which `tokenbridge verify --evidence FILE` saves "
		"with the token, but %s", name);
}

int evidence_parse(const void *p, size_t n, struct evidence *ret,
	struct error *err)
{
	const char *text = p;
	json_error_t je;
	char why[sizeof(je.text) + 40];
	json_t *root;
	int r;

	if (n > EVIDENCE_MAX)
		return error_set(err, ERROR_MALFORMED,
			"evidence of %zu bytes: at most %u", n, EVIDENCE_MAX);
	if (n >= strlen(BOM) && memcmp(text, BOM, strlen(BOM)) == 0) {
		text += strlen(BOM);
		n -= strlen(BOM);
	}
	root = n ? json_loadb(text, n, JSON_REJECT_DUPLICATES, &je) : NULL;
	if (!root) {
		snprintf(why, sizeof(why), "evidence, line %d: %s",
			n ? je.line : 0, n ? je.text : "nothing is there");
		return not_evidence(text, n, why, err);
	}
	if (!json_is_object(root))
		r = not_evidence(text, n, "evidence is not a JSON object", err);
	else if (!json_object_get(root, "v") &&
		!json_object_get(root, "basis"))
		r = not_evidence(text, n,
			"evidence: member 'v' is missing or malformed", err);
	else
		r = get_all(root, ret, err);
	json_decref(root);
	return r;
}
