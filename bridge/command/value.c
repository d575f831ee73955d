/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options: how each is completed, and what gives it away. */
#include "bridge/command/value.h"

#include "aws/config/arn.h"
#include "base/text.h"
#include "token/fido/io/reader.h"

#include <string.h>

/* ---- how they are completed ---- */

static const struct {
	enum value value;
	const char *words;
} rows[OPTION_COUNT] = {
	[OPTION_CONFIG] = { VALUE_FILE, NULL },
	[OPTION_FORMAT] = { VALUE_WORDS, "text json" },
	[OPTION_TOKEN] = { VALUE_TOKEN, NULL },
	[OPTION_REGISTRY] = { VALUE_FILE, NULL },
	[OPTION_BUNDLE] = { VALUE_FOLDER, NULL },
	[OPTION_METHOD] = { VALUE_WORDS, "fido totp hardware-totp virtual" },
	[OPTION_CUSTODIAN] = { VALUE_PERSON, NULL },
	[OPTION_PAGE] = { VALUE_FILE, NULL },
	[OPTION_INITIAL_PINS] = { VALUE_FOLDER, NULL },
	[OPTION_HOLDER] = { VALUE_PERSON, NULL },
	[OPTION_LEAVER] = { VALUE_PERSON, NULL },
	[OPTION_PLACE] = { VALUE_PLACE, NULL },
	[OPTION_EVIDENCE] = { VALUE_FILE, NULL },
	[OPTION_FROM] = { VALUE_FILE, NULL },
	[OPTION_AT] = { VALUE_WORDS, "now made" },
	[OPTION_REPORT] = { VALUE_FILE, NULL },
	[OPTION_ACCOUNTS] = { VALUE_FILE, NULL },
	[OPTION_MUTE] = { VALUE_FILE, NULL },
	[OPTION_PLAN] = { VALUE_FILE, NULL },
	[OPTION_SINCE] = { VALUE_FILE, NULL },
	[OPTION_WITHOUT] = { VALUE_WORDS, "tokens group registry metadata "
		"aws" },
	[OPTION_CHECKS] = { VALUE_WORDS, "benchmark house cis "
		"root-mfa-missing root-mfa-virtual root-access-key "
		"root-one-device root-credentials-removable user-mfa-missing "
		"admin-mfa-missing user-not-phishing-resistant "
		"user-passkey-uncertified user-one-device device-unknown "
		"device-gone device-moved token-vulnerable token-unverified "
		"virtual-orphan run-unfinished mute-expired" },
	[OPTION_STATUS] = { VALUE_WORDS, "FAIL UNKNOWN MUTED PASS "
		"NOT_APPLICABLE" },
	[OPTION_SEVERITY] = { VALUE_WORDS, "critical high medium low" },
	[OPTION_FAIL_ON] = { VALUE_WORDS, "critical high medium low" },
	[OPTION_PERSON] = { VALUE_PERSON, NULL },
	[OPTION_OUTPUT] = { VALUE_FILE, NULL },
	[OPTION_INITIAL_PIN] = { VALUE_FILE, NULL },
	[OPTION_FILE] = { VALUE_FILE, NULL },
	[OPTION_LOGIN_DB] = { VALUE_FILE, NULL },
	[OPTION_USER] = { VALUE_LOCAL_USER, NULL },
	[OPTION_PAM_DIR] = { VALUE_FOLDER, NULL },
	[OPTION_SSHD_CONFIG] = { VALUE_FILE, NULL },
	[OPTION_MDS] = { VALUE_FILE, NULL },
	[OPTION_STATE] = { VALUE_WORDS, "stock lost out sealed" },
};

struct value_taken value_of(enum option_id id)
{
	return (struct value_taken){ id, rows[id].value, rows[id].words };
}

bool value_has_word(const char *words, const char *word)
{
	size_t n = strlen(word);
	const char *p = words;

	while (p && *p) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len + strspn(p + len, " ");
	}
	return false;
}

/* ---- what gives them away ---- */

static bool is_account(const char *s)
{
	return arn_is_account(s, strlen(s));
}

static bool is_token(const char *s)
{
	return text_is_digits(s, strlen(s)) || strncmp(s, "/dev/", 5) == 0 ||
		reader_is_path(s);
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdefABCDEF") == 64;
}

static bool is_head(const char *s)
{
	return strchr(s, ':') && strspn(s, "0123456789abcdef:") == strlen(s);
}

static bool is_time(const char *s)
{
	return strlen(s) >= 10 && strspn(s, "0123456789") == 4 &&
		s[4] == '-' && strspn(s + 5, "0123456789") == 2;
}

static bool is_url(const char *s)
{
	return strncmp(s, "https://", 8) == 0 || strncmp(s, "http://", 7) == 0;
}

static bool is_registry(const char *s)
{
	size_t n = strlen(s);

	return n > 3 && strcmp(s + n - 3, ".db") == 0;
}

static bool is_file(const char *s)
{
	return strchr(s, '/') || strchr(s, '.');
}

/* The first that fits goes before; without a test its words are the test. */
static const struct {
	enum option_id id;
	bool (*fits)(const char *s);
	const char *phrase;
} forms[] = {
	{ OPTION_ACCOUNT, is_account, "an AWS account is named by" },
	{ OPTION_TOKEN, is_token, "a token is named by" },
	{ OPTION_METHOD, NULL, "the method is said by" },
	{ OPTION_STATE, NULL, "the state is said by" },
	{ OPTION_FORMAT, NULL, "the format is said by" },
	{ OPTION_CHECKS, NULL, "checks are chosen by" },
	{ OPTION_AT, NULL, "a time is said by" },
	{ OPTION_AT, is_time, "a time is said by" },
	{ OPTION_GENERATED, is_time, "a time is said by" },
	{ OPTION_SINCE, is_time, "a time is said by" },
	{ OPTION_SHA256, is_sha256, "a hash is given by" },
	{ OPTION_HEAD, is_head, "a head is given by" },
	{ OPTION_MDS, is_url, "an address is given by" },
	{ OPTION_ENDPOINT_URL, is_url, "an address is given by" },
	{ OPTION_REGISTRY, is_registry, "a registry is named by" },
	{ OPTION_REPORT, is_file, "a file is named by" },
	{ OPTION_FROM, is_file, "a file is named by" },
	{ OPTION_MDS, is_file, "a file is named by" },
	/* by the row's word only */
	{ OPTION_OUTPUT, NULL, "a file is named by" },
	{ OPTION_HOLDER, NULL, "a holder is named by" },
	{ OPTION_LABEL, NULL, "a label is given by" },
	{ OPTION_USER, NULL, "a local user is named by" },
};

enum option_id value_looks_like(const char *word,
	bool (*has)(const void *arg, enum option_id id), const void *arg)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(forms); i++) {
		enum option_id id = forms[i].id;

		if (has(arg, id) && (forms[i].fits ? forms[i].fits(word) :
				value_has_word(rows[id].words, word)))
			return id;
	}
	return (enum option_id)0;
}

const char *value_phrase(enum option_id id)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(forms); i++)
		if (forms[i].id == id)
			return forms[i].phrase;
	return "it is given by";
}
