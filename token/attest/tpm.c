/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements of the format tpm. */
#include "token/attest/private.h"
#include "token/attest/tpm-structures.h"

#include <string.h>

/* Members that no other format has, borrowed from the statement */
struct members {
	const unsigned char *area, *info;
	size_t area_n, info_n;
};

static bool load_members(const struct statement *st, struct members *ret)
{
	char ver[4];

	ret->area = tcbor_bytes(tcbor_get(st->map, "pubArea"), &ret->area_n);
	ret->info = tcbor_bytes(tcbor_get(st->map, "certInfo"), &ret->info_n);
	return tcbor_text(tcbor_get(st->map, "ver"), ver, sizeof(ver)) == 0 &&
		strcmp(ver, "2.0") == 0 && st->leaf && st->has_alg &&
		st->sig && ret->area && ret->info;
}

/* SHA-1 is what many TPMs in use still sign their certificates with. */
static const EVP_MD *digest_of(int64_t alg)
{
	return alg == COSE_ALG_RS1 ? EVP_sha1() : cose_digest(alg);
}

/* extraData: the hash, by alg's function, of what was asked and answered */
static bool extra_holds(const struct verification *c,
	const struct tpm_certify *info)
{
	const EVP_MD *md = digest_of(c->st.alg);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char want[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool good;

	good = ctx && md && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
		EVP_DigestUpdate(ctx, c->a->auth_data.p,
			c->a->auth_data.n) == 1 &&
		EVP_DigestUpdate(ctx, c->client_data_hash, 32) == 1 &&
		EVP_DigestFinal_ex(ctx, want, &n) == 1 &&
		info->extra_n == n && memcmp(info->extra, want, n) == 0;
	EVP_MD_CTX_free(ctx);
	return good;
}

static bool tpm_signature_holds(const struct statement *st,
	const struct members *m)
{
	EVP_PKEY *key = X509_get0_pubkey(st->leaf);

	if (st->alg == COSE_ALG_RS1)
		return cose_verify_rs1(key, m->info, m->info_n, st->sig,
			st->sig_n);
	return cose_verify(key, (int)st->alg, m->info, m->info_n, NULL, 0,
		st->sig, st->sig_n);
}

static bool member_malformed(struct verification *c, const char *member,
	const char *why)
{
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED,
		"the statement's %s: %s", member, why);
	return false;
}

static bool parse_members(struct verification *c, const struct members *m,
	struct tpm_public *area, struct tpm_certify *info)
{
	struct error e;

	if (tpm_public_parse(m->area, m->area_n, area, &e) < 0)
		return member_malformed(c, "pubArea", e.text);
	if (tpm_certify_parse(m->info, m->info_n, info, &e) < 0)
		return member_malformed(c, "certInfo", e.text);
	return true;
}

/* Of a key that cannot be loaded here the type is all that can be compared. */
static bool may_be_area(const struct verification *c,
	const struct tpm_public *area)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	int64_t kty;

	return tcbor_load(c->auth.public_key, c->auth.public_key_n, &map,
		       NULL) == 0 &&
		tcbor_int(tcbor_get_int(map, 1), &kty) == 0 &&
		kty == (area->type == TPM_RSA ? 3 : 2);
}

/* Of a key that may leave its TPM, nobody knows where it is now. */
static bool may_leave(const struct tpm_public *area)
{
	const uint32_t need = TPM_FIXED_TPM | TPM_FIXED_PARENT |
		TPM_SENSITIVE_ORIGIN;

	return (area->attributes & need) != need;
}

/* Section 8.3. The signature is the plain one that every TPM in use sends. */
bool attest_verify_tpm(struct verification *c)
{
	struct tpm_certify info;
	struct tpm_public area;
	struct members m;
	const char *defect;

	if (!load_members(&c->st, &m))
		return statement_malformed(c,
			"a tpm statement of another version than 2.0, or "
			"without a certificate, alg, sig, certInfo or pubArea");
	if (!parse_members(c, &m, &area, &info))
		return false;
	if (c->key ? !tpm_public_is(&area, c->key) : !may_be_area(c, &area))
		return statement_malformed(c, "the TPM vouches for another key "
					      "than the credential's");
	if (!tpm_name_is(&area, m.area, m.area_n, info.name, info.name_n))
		return statement_malformed(c,
			"what the TPM certifies is not the key in pubArea");
	if (c->st.alg != COSE_ALG_RS1 && statement_is_open(c)) {
		defect = leaf_tpm_defect(c->st.leaf);
		return defect ? statement_malformed(c, defect) :
				statement_unjudged(c);
	}
	if (!extra_holds(c, &info) || !tpm_signature_holds(&c->st, &m))
		return statement_forged(c);
	defect = leaf_tpm_defect(c->st.leaf);
	if (defect)
		return statement_malformed(c, defect);
	c->st.movable = may_leave(&area);
	statement_passes(c, "the TPM's attestation key");
	return true;
}
