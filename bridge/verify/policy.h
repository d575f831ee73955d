/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy file: which tokens may be registered, and how. It is described in
 * tokenbridge.policy(5). Without a file the defaults hold.
 */
#ifndef BRIDGE_VERIFY_POLICY_H
#define BRIDGE_VERIFY_POLICY_H

#include "token/model/advisory.h"

#define POLICY_MODELS_MAX 128
#define POLICY_FIRMWARES_MAX 16

/* Keys of the file; firmware.PRODUCT belongs to POLICY_FIRMWARE. */
enum policy_key {
	POLICY_VERDICTS,
	POLICY_MODELS,
	POLICY_FIRMWARE,
	POLICY_FIRMWARE_SIGNED,
	POLICY_CERTIFICATION,
	POLICY_PIN,
	POLICY_PIN_LENGTH,
	POLICY_ALWAYS_UV,
	POLICY_HARDWARE_BOUND,
	POLICY_METHODS,
	POLICY_DEFAULT_METHOD,
	POLICY_KEY_COUNT,
};

/* FIDO certification, by the metadata's statuses; higher is more. */
enum policy_certification {
	POLICY_CERTIFICATION_UNKNOWN,
	POLICY_NOT_CERTIFIED,
	POLICY_FIDO_CERTIFIED,
	POLICY_L1,
	POLICY_L1_PLUS,
	POLICY_L2,
	POLICY_L2_PLUS,
	POLICY_L3,
	POLICY_L3_PLUS,
};

struct policy_model {
	const char *product; /* constant; NULL: an AAGUID */
	uint8_t aaguid[16];
};

struct policy_firmware {
	const char *product; /* constant */
	uint32_t minimum;
	size_t line;
};

struct policy {
	char *file;                    /* owned; NULL: the defaults */
	char *value[POLICY_KEY_COUNT]; /* owned, as written; NULL: default */
	size_t line[POLICY_KEY_COUNT];
	unsigned verdicts;             /* a bit each */
	struct policy_model models[POLICY_MODELS_MAX];
	size_t models_n;               /* 0: any */
	uint32_t firmware;             /* minimum */
	struct policy_firmware firmwares[POLICY_FIRMWARES_MAX];
	size_t firmwares_n;
	bool firmware_signed;
	enum policy_certification certification; /* UNKNOWN: any */
	bool pin;
	uint64_t pin_length;           /* code points; 0: any */
	bool always_uv;
	bool hardware_bound;
	unsigned methods;              /* bits; 0: any */
	const char *default_method;    /* constant; NULL: none */
};

/* What holds without a file. */
void policy_init(struct policy *p);
void policy_done(struct policy *p);

/*
 * Reads a file's bytes into *ret, which is initialised. Unknown keys, those
 * that stand twice, bad values and verdicts that may never be accepted are
 * ERROR_USAGE and name file and line; *ret is then as it was. Pure.
 */
int policy_parse(const char *p, size_t n, const char *name,
	struct policy *ret, struct error *err);

/* The file at path, which others must not be able to write; NULL: defaults. */
int policy_load(const char *path, struct policy *ret, struct error *err);

/* The file's word for a key; NULL behind the last. */
const char *policy_key_name(size_t key);
const char *policy_key_default(enum policy_key key);

/* Whether this verdict may never be accepted, by nobody's word. */
bool policy_is_never(enum verdict v);

/* A fact that may not be known; what is not known is refused. */
enum policy_fact {
	POLICY_UNKNOWN,
	POLICY_NO,
	POLICY_YES,
};

/* What is known about a token. */
struct policy_facts {
	/*
	 * Nothing is attested yet: what the token claims is taken for true,
	 * and rules about what only an attestation tells are passed over. That
	 * refuses early, and accepts nothing.
	 */
	bool claims_only;
	enum verdict verdict;
	bool aaguid_proved;
	struct advisory_subject subject;
	enum policy_certification certification;
	enum policy_fact pin;
	enum policy_fact always_uv;
	uint64_t pin_length;       /* the token's minimum; 0: unknown */
	enum policy_fact copyable; /* BE or BS is set */
	enum policy_fact verifiable; /* its signatures are, here */
	const char *method;        /* NULL: not for registering at AWS */
};

struct policy_refusal {
	enum policy_key key;
	size_t line; /* 0: by default */
	char text[320]; /* "/etc/tokenbridge.policy:7: minimum firmware ..." */
};

struct policy_refusals {
	struct policy_refusal rows[POLICY_KEY_COUNT];
	size_t n;
	bool never; /* one of them holds whatever anybody says */
};

/* Every rule against the facts; nothing in *ret is acceptance. Pure. */
void policy_decide(const struct policy *p, const struct policy_facts *f,
	struct policy_refusals *ret);
/* Whether it has a list of methods, with this one on it. */
bool policy_lists(const struct policy *p, const char *method);
/* The only rule about a method for which no token is verified. Pure. */
void policy_decide_method(const struct policy *p, const char *method,
	struct policy_refusals *ret);
/*
 * The rules about a single statement of a token that was decided already: its
 * verdict, whether its credential can be verified and stays in the token. Of
 * the facts no others are read. Pure.
 */
void policy_decide_statement(const struct policy *p,
	const struct policy_facts *f, struct policy_refusals *ret);

#endif
