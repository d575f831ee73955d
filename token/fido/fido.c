/* SPDX-License-Identifier: Apache-2.0 */
/* One open FIDO token. */
#include "token/fido/fido.h"

#include "base/text.h"
#include "token/fido/enterprise.h"
#include "token/fido/private.h"
#include "token/fido/reader.h"
#include "token/fido/transport.h"
#include "token/hid/survey.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fido {
	struct transport transport;
	fido_dev_t *dev; /* owned */
	struct fido_info info;
	struct devinfo devinfo;
	bool on_reader; /* libfido2's own I/O: hid is not open */
	bool no_user_name_refused; /* it wants a user name: see make_once */
	bool enterprise; /* credentials ask for that attestation */
	bool lists_refused; /* it takes no list, or names no one of it */
};

void assertion_init(struct assertion *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->client_data, ATTEST_BYTES_MAX);
	buf_init(&a->credential_id, ATTEST_BYTES_MAX);
	buf_init(&a->auth_data, ATTEST_BYTES_MAX);
	buf_init(&a->signature, ATTEST_BYTES_MAX);
}

void assertion_done(struct assertion *a)
{
	buf_done(&a->client_data);
	buf_done(&a->credential_id);
	buf_done(&a->auth_data);
	buf_done(&a->signature);
}

#define UNPARSED \
	"the token's answer cannot be parsed: it is damaged, or of a form " \
	"that libfido2 does not know"

/* libfido2's codes on which somebody acts; the rest is ERROR_FAILED */
static const struct {
	int code;
	enum error_code error;
	const char *text;
} fido_errors[] = {
	{ FIDO_ERR_PIN_REQUIRED, ERROR_PIN, "the token wants its PIN" },
	{ FIDO_ERR_PIN_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
	{ FIDO_ERR_PIN_AUTH_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
	{ FIDO_ERR_PIN_AUTH_BLOCKED, ERROR_PIN_BLOCKED,
		"three wrong PINs in a row: unplug the token and plug it in "
		"again before the next try" },
	{ FIDO_ERR_PIN_BLOCKED, ERROR_PIN_BLOCKED,
		"the PIN is blocked for good: only a reset, which erases all "
		"credentials, makes the token usable again" },
	{ FIDO_ERR_PIN_NOT_SET, ERROR_PIN, "the token has no PIN" },
	{ FIDO_ERR_UV_BLOCKED, ERROR_PIN, "biometry is blocked: use the PIN" },
	{ FIDO_ERR_UV_INVALID, ERROR_PIN, "the fingerprint did not match" },
	{ FIDO_ERR_ACTION_TIMEOUT, ERROR_TOUCH,
		"the token was not touched in time" },
	{ FIDO_ERR_USER_ACTION_TIMEOUT, ERROR_TOUCH,
		"the token was not touched in time" },
	{ FIDO_ERR_USER_PRESENCE_REQUIRED, ERROR_TOUCH,
		"the token was not touched" },
	{ FIDO_ERR_OPERATION_DENIED, ERROR_TOUCH,
		"the token refused the operation: it was not touched, or it "
		"does not allow it" },
	{ FIDO_ERR_KEEPALIVE_CANCEL, ERROR_INTERRUPTED, "interrupted" },
	{ FIDO_ERR_UNSUPPORTED_ALGORITHM, ERROR_UNSUPPORTED,
		"the token does not do ES256" },
	{ FIDO_ERR_KEY_STORE_FULL, ERROR_REFUSED, "the token is full" },
	{ FIDO_ERR_INVALID_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX_INVALID_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX_NOT_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX, ERROR_MALFORMED, UNPARSED },
};

int fido_failed(struct fido *f, int code, const char *what, struct error *err)
{
	size_t i;

	if (f->transport.failure.code)
		return error_copy(err, &f->transport.failure);
	if (f->on_reader && (code == FIDO_ERR_RX || code == FIDO_ERR_TX))
		return reader_lost(f->transport.hid.path, what, err);
	for (i = 0; i < ARRAY_LEN(fido_errors); i++)
		if (fido_errors[i].code == code)
			return error_set(err, (int)fido_errors[i].error,
				"%s: %s", what, fido_errors[i].text);
	return error_set(err, ERROR_FAILED, "%s: the token answers %s", what,
		fido_strerr(code));
}

static enum fido_option option_of(const fido_cbor_info_t *ci, const char *name)
{
	char **names = fido_cbor_info_options_name_ptr(ci);
	const bool *values = fido_cbor_info_options_value_ptr(ci);
	size_t i;

	for (i = 0; i < fido_cbor_info_options_len(ci); i++)
		if (strcmp(names[i], name) == 0)
			return values[i] ? FIDO_ON : FIDO_OFF;
	return FIDO_ABSENT;
}

/* Blank-separated, as many as fit; a token's strings are no clean text. */
static void join_words(char *ret, size_t size, char **list, size_t n)
{
	size_t i, used = 0, len;

	ret[0] = '\0';
	for (i = 0; i < n; i++) {
		len = strlen(list[i]);
		if (used + len + 2 > size || strpbrk(list[i], " \t\r\n"))
			continue;
		if (used)
			ret[used++] = ' ';
		memcpy(ret + used, list[i], len + 1);
		used += len;
	}
	utf8_sanitise(ret);
}

static void join_algorithms(struct fido_info *i, const fido_cbor_info_t *ci)
{
	static const struct {
		int alg;
		const char *name;
	} known[] = {
		{ COSE_ALG_ES256, "es256" },
		{ COSE_ALG_EDDSA, "eddsa" },
		{ COSE_ALG_ES384, "es384" },
		{ COSE_ALG_RS256, "rs256" },
	};
	char numbers[16][16], *names[ARRAY_LEN(numbers)];
	size_t k, j, n = fido_cbor_info_algorithm_count(ci);

	for (k = 0; k < n && k < ARRAY_LEN(names); k++) {
		int alg = fido_cbor_info_algorithm_cose(ci, k);

		names[k] = numbers[k];
		snprintf(numbers[k], sizeof(numbers[k]), "%d", alg);
		for (j = 0; j < ARRAY_LEN(known); j++)
			if (known[j].alg == alg)
				names[k] = (char *)known[j].name;
	}
	join_words(i->algorithms, sizeof(i->algorithms), names, k);
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

bool fido_speaks(const struct fido_info *i, const char *version)
{
	return has_word(i->versions, version);
}

static void fill_info(struct fido_info *i, const fido_cbor_info_t *ci)
{
	join_words(i->versions, sizeof(i->versions),
		fido_cbor_info_versions_ptr(ci),
		fido_cbor_info_versions_len(ci));
	join_words(i->extensions, sizeof(i->extensions),
		fido_cbor_info_extensions_ptr(ci),
		fido_cbor_info_extensions_len(ci));
	join_words(i->transports, sizeof(i->transports),
		fido_cbor_info_transports_ptr(ci),
		fido_cbor_info_transports_len(ci));
	join_algorithms(i, ci);
	if (fido_cbor_info_aaguid_len(ci) == sizeof(i->aaguid))
		memcpy(i->aaguid, fido_cbor_info_aaguid_ptr(ci),
			sizeof(i->aaguid));
	i->client_pin = option_of(ci, "clientPin");
	i->user_verification = option_of(ci, "uv");
	i->always_uv = option_of(ci, "alwaysUv");
	i->resident = option_of(ci, "rk");
	i->make_cred_uv_not_required = option_of(ci, "makeCredUvNotRqd");
	i->credential_management = option_of(ci, "credMgmt");
	i->credential_preview = option_of(ci, "credentialMgmtPreview");
	i->credential_listing = option_of(ci, "perCredMgmtRO");
	i->enterprise = option_of(ci, "ep");
	i->config = option_of(ci, "authnrCfg");
	i->min_pin_settable = option_of(ci, "setMinPINLength");
	i->cred_protect = has_word(i->extensions, "credProtect");
	i->pin_change_forced = fido_cbor_info_new_pin_required(ci);
	i->min_pin_length = fido_cbor_info_minpinlen(ci);
	i->firmware = fido_cbor_info_fwversion(ci);
	i->resident_left = fido_cbor_info_rk_remaining(ci);
	i->max_message = fido_cbor_info_maxmsgsiz(ci);
	i->max_list = fido_cbor_info_maxcredcntlst(ci);
	i->max_id = fido_cbor_info_maxcredidlen(ci);
}

int fido_pin_retries(struct fido *f)
{
	int n;

	if (f->info.client_pin != FIDO_ON ||
		fido_dev_get_retry_count(f->dev, &n) != FIDO_OK)
		return -1;
	return n;
}

/* What libfido2 keeps of the getInfo that it asks for itself. */
static void read_basics(struct fido *f)
{
	const struct hid *h = &f->transport.hid;

	memcpy(f->info.hid_version, h->version, 3);
	f->info.hid_protocol = h->protocol;
	f->info.hid_capabilities = h->capabilities;
	f->info.pin_retries = -1;
	f->info.resident_left = -1;
	f->info.ctap2 = fido_dev_is_fido2(f->dev);
	f->info.client_pin = fido_dev_has_pin(f->dev) ? FIDO_ON :
		fido_dev_supports_pin(f->dev) ? FIDO_OFF : FIDO_ABSENT;
	if (!f->info.ctap2)
		snprintf(f->info.versions, sizeof(f->info.versions), "U2F_V2");
}

static int read_info(struct fido *f, struct error *err)
{
	fido_cbor_info_t *ci;
	int r;

	if (!f->info.ctap2)
		return 0;
	ci = fido_cbor_info_new();
	if (!ci)
		return error_memory(err);
	r = fido_dev_get_cbor_info(f->dev, ci);
	if (r == FIDO_OK)
		fill_info(&f->info, ci);
	fido_cbor_info_free(&ci);
	return r == FIDO_OK ? 0 : fido_failed(f, r, "asking what it can do",
		err);
}

static int fido_new(struct fido **ret, struct error *err)
{
	struct fido *f = calloc(1, sizeof(*f));

	if (!f)
		return error_memory(err);
	transport_init(&f->transport);
	*ret = f;
	return 0;
}

/* libfido2 opens, waits and closes itself there; there is no CTAPHID. */
static int open_on_reader(struct fido *f, const char *path, struct error *err)
{
	f->on_reader = true;
	snprintf(f->transport.hid.path, sizeof(f->transport.hid.path), "%s",
		path);
	fido_init(0);
	f->dev = fido_dev_new();
	if (!f->dev)
		return error_memory(err);
	fido_begin(f);
	if (fido_dev_open(f->dev, path) != FIDO_OK)
		return reader_lost(path, "opening FIDO", err);
	read_basics(f);
	return read_info(f, err);
}

/* libfido2 finds on its way what the survey was told. */
static int open_surveyed(struct fido *f, struct error *err)
{
	int r;

	fido_init(f->transport.hid.capabilities & HID_CAP_CBOR ?
		FIDO_DISABLE_U2F_FALLBACK : 0);
	f->dev = fido_dev_new();
	if (!f->dev)
		return error_memory(err);
	r = transport_open(&f->transport, f->dev, err);
	if (r < 0)
		return r;
	read_basics(f);
	r = read_info(f, err);
	transport_opened(&f->transport);
	return r;
}

static void take_survey(struct fido *f, struct survey *s)
{
	f->transport.hid = s->hid;
	s->hid.fd = -1;
	buf_put(&f->transport.get_info, s->get_info.p, s->get_info.n);
	f->devinfo = s->devinfo;
}

int fido_from_survey(struct fido **ret, struct survey *s, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r;

	if (s->error.code)
		return error_copy(err, &s->error);
	r = fido_new(&f, err);
	if (r < 0)
		return r;
	take_survey(f, s);
	r = open_surveyed(f, err);
	if (r < 0)
		return r;
	*ret = steal(&f);
	return 0;
}

static int survey_one(struct fido **ret, struct survey *s, int cancel_fd,
	deadline_t until, struct error *err)
{
	int r = survey_run(s, 1, cancel_fd, until, err);

	return r < 0 ? r : fido_from_survey(ret, s, err);
}

static int fido_open_reader(struct fido **ret, const char *path, int cancel_fd,
	deadline_t until, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r = fido_new(&f, err);

	if (r < 0)
		return r;
	f->transport.hid.cancel_fd = cancel_fd;
	f->transport.hid.until = until;
	r = open_on_reader(f, path, err);
	if (r < 0)
		return r;
	*ret = steal(&f);
	return 0;
}

int fido_open(struct fido **ret, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *err)
{
	CLEANUP(survey_done) struct survey s;
	int r;

	survey_init(&s);
	s.config = vendor == USB_VENDOR_YUBICO;
	if (reader_is_path(path))
		return fido_open_reader(ret, path, cancel_fd, until, err);
	r = hid_open(&s.hid, path, cancel_fd, lock_until, err);
	return r < 0 ? r : survey_one(ret, &s, cancel_fd, until, err);
}

int fido_open_fd(struct fido **ret, int fd, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until, struct error *err)
{
	CLEANUP(survey_done) struct survey s;
	int r;

	survey_init(&s);
	s.config = vendor == USB_VENDOR_YUBICO;
	r = hid_adopt(&s.hid, fd, path, cancel_fd, lock_until, err);
	return r < 0 ? r : survey_one(ret, &s, cancel_fd, until, err);
}

static void close_dev(struct fido *f)
{
	if (!f->dev)
		return;
	fido_dev_close(f->dev);
	fido_dev_free(&f->dev);
}

void fido_free(struct fido **f)
{
	if (!f || !*f)
		return;
	close_dev(*f);
	transport_done(&(*f)->transport);
	free(*f);
	*f = NULL;
}

void fido_set_deadline(struct fido *f, deadline_t until)
{
	f->transport.hid.until = until;
	fido_begin(f);
}

void fido_begin(struct fido *f)
{
	f->transport.failure.code = 0;
	f->transport.hid.touch_wanted = false;
	if (f->on_reader)
		fido_dev_set_timeout(f->dev,
			deadline_left(f->transport.hid.until));
}

const struct fido_info *fido_info(const struct fido *f)
{
	return &f->info;
}

const struct devinfo *fido_devinfo(const struct fido *f)
{
	return &f->devinfo;
}

fido_dev_t *fido_dev_of(struct fido *f)
{
	return f->dev;
}

const struct buf *fido_get_info(const struct fido *f)
{
	return &f->transport.get_info;
}

struct hid *fido_hid_of(struct fido *f)
{
	return &f->transport.hid;
}

static void cred_p(fido_cred_t **c)
{
	fido_cred_free(c);
}

static void assert_p(fido_assert_t **a)
{
	fido_assert_free(a);
}

static int make_once(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	fido_cred_t *c)
{
	unsigned char user[32];
	/* no name is wanted in the token; some firmware insists on one */
	const char *name = f->no_user_name_refused ? "token" : NULL;

	if (RAND_bytes(user, sizeof(user)) != 1)
		return FIDO_ERR_INTERNAL;
	if (fido_cred_set_type(c, COSE_ES256) != FIDO_OK ||
		fido_cred_set_clientdata(c, client_data->p, client_data->n) !=
			FIDO_OK ||
		fido_cred_set_rp(c, rp_id, rp_id) != FIDO_OK ||
		fido_cred_set_user(c, user, sizeof(user), name, name, NULL) !=
			FIDO_OK)
		return FIDO_ERR_INTERNAL;
	if (f->info.cred_protect &&
		fido_cred_set_prot(c, FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID) !=
			FIDO_OK)
		return FIDO_ERR_INTERNAL;
	if (f->enterprise && enterprise_ask(c, NULL) < 0)
		return FIDO_ERR_INTERNAL;
	return fido_dev_make_cred(f->dev, c, pin ? secret_str(pin) : NULL);
}

int fido_want_enterprise(struct fido *f, struct error *err)
{
	CLEANUP(cred_p) fido_cred_t *c = fido_cred_new();
	int r;

	if (!c)
		return error_memory(err);
	if (f->info.enterprise != FIDO_ON)
		return error_set(err, ERROR_UNSUPPORTED,
			"the token gives no enterprise attestation: %s",
			f->info.enterprise == FIDO_OFF ?
			"it is not switched on (by its vendor, or `fido2-token "
			"-S -a`)" : "it has none");
	r = enterprise_ask(c, err);
	f->enterprise = r == 0;
	return r;
}

static int take_attestation(const fido_cred_t *c, const char *rp_id,
	const struct buf *client_data, struct attestation *ret,
	struct error *err)
{
	const char *fmt = fido_cred_fmt(c);

	/* all three can be NULL after FIDO_OK on hostile answers */
	if (!fmt || strlen(fmt) > ATTEST_FMT_MAX ||
		!fido_cred_authdata_raw_ptr(c) || !fido_cred_attstmt_ptr(c))
		return error_set(err, ERROR_MALFORMED,
			"the token's answer lacks a part of the attestation");
	buf_reset(&ret->client_data);
	buf_reset(&ret->auth_data);
	buf_reset(&ret->att_stmt);
	snprintf(ret->rp_id, sizeof(ret->rp_id), "%s", rp_id);
	snprintf(ret->fmt, sizeof(ret->fmt), "%s", fmt);
	buf_put(&ret->client_data, client_data->p, client_data->n);
	buf_put(&ret->auth_data, fido_cred_authdata_raw_ptr(c),
		fido_cred_authdata_raw_len(c));
	buf_put(&ret->att_stmt, fido_cred_attstmt_ptr(c),
		fido_cred_attstmt_len(c));
	return buf_check(&ret->att_stmt, "an attestation statement", err);
}

int fido_make_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	struct attestation *ret, struct error *err)
{
	CLEANUP(cred_p) fido_cred_t *c = fido_cred_new();
	int r;

	if (!c)
		return error_memory(err);
	fido_begin(f);
	r = make_once(f, rp_id, client_data, pin, c);
	if ((r == FIDO_ERR_MISSING_PARAMETER ||
		    r == FIDO_ERR_INVALID_CBOR) && !f->no_user_name_refused) {
		f->no_user_name_refused = true;
		fido_cred_free(&c);
		c = fido_cred_new();
		if (!c)
			return error_memory(err);
		r = make_once(f, rp_id, client_data, pin, c);
	}
	if (r != FIDO_OK)
		return fido_failed(f, r, "making a credential", err);
	return take_attestation(c, rp_id, client_data, ret, err);
}

static int take_assertion(const fido_assert_t *a,
	const struct fido_assertion_request *q, struct assertion *ret,
	struct error *err)
{
	const unsigned char *cbor = fido_assert_authdata_ptr(a, 0);
	size_t cbor_n = fido_assert_authdata_len(a, 0), head;

	/* 1.12 has only the CBOR byte string, not what is inside */
	head = cbor_n > 255 + 2 ? 3 : cbor_n > 23 + 1 ? 2 : 1;
	if (!cbor || cbor_n <= head || !fido_assert_sig_ptr(a, 0))
		return error_set(err, ERROR_MALFORMED,
			"the token's answer lacks a part of the assertion");
	buf_reset(&ret->client_data);
	buf_reset(&ret->credential_id);
	buf_reset(&ret->auth_data);
	buf_reset(&ret->signature);
	snprintf(ret->rp_id, sizeof(ret->rp_id), "%s", q->rp_id);
	buf_put(&ret->client_data, q->client_data->p, q->client_data->n);
	buf_put(&ret->credential_id, q->credential.p, q->credential.n);
	buf_put(&ret->auth_data, cbor + head, cbor_n - head);
	buf_put(&ret->signature, fido_assert_sig_ptr(a, 0),
		fido_assert_sig_len(a, 0));
	return buf_check(&ret->auth_data, "an assertion", err);
}

static int ask_assertion(struct fido *f,
	const struct fido_assertion_request *q, fido_assert_t *a)
{
	fido_begin(f);
	if (fido_assert_set_clientdata(a, q->client_data->p,
		    q->client_data->n) != FIDO_OK ||
		fido_assert_set_rp(a, q->rp_id) != FIDO_OK ||
		fido_assert_allow_cred(a, q->credential.p, q->credential.n) !=
			FIDO_OK ||
		fido_assert_set_up(a, q->touch ? FIDO_OPT_TRUE :
						 FIDO_OPT_FALSE) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	return fido_dev_get_assert(f->dev, a,
		q->pin ? secret_str(q->pin) : NULL);
}

int fido_get_assertion(struct fido *f, const struct fido_assertion_request *q,
	struct assertion *ret, bool *ret_found, struct error *err)
{
	CLEANUP(assert_p) fido_assert_t *a = fido_assert_new();
	int r;

	if (!a)
		return error_memory(err);
	r = ask_assertion(f, q, a);
	if (r == FIDO_ERR_NO_CREDENTIALS || r == FIDO_ERR_INVALID_CREDENTIAL) {
		*ret_found = false;
		return 0;
	}
	/* U2F answers the question without a touch by asking for one */
	if (!q->touch && !f->info.ctap2 &&
		r == FIDO_ERR_USER_PRESENCE_REQUIRED)
		r = FIDO_OK;
	if (r != FIDO_OK)
		return fido_failed(f, r, "asking for an assertion", err);
	r = q->touch || f->info.ctap2 ? take_assertion(a, q, ret, err) : 0;
	if (r == 0)
		*ret_found = true;
	return r;
}

/* ---- which of many ---- */

#define LIST_REQUEST 160 /* of a getAssertion without its list and rp id */
#define LIST_ENTRY 28    /* of an entry without the id itself */
#define MESSAGE_DEFAULT 1024 /* CTAP 2.1 section 6.4, maxMsgSize */

size_t fido_list_fits(const struct fido *f, const char *rp_id,
	const struct fido_id *ids, size_t n)
{
	uint64_t room = f->info.max_message ? f->info.max_message :
					      MESSAGE_DEFAULT;
	uint64_t used = LIST_REQUEST + strlen(rp_id);
	size_t i;

	if (!f->info.ctap2 || f->info.max_list < 2 || f->lists_refused)
		return n > 0;
	if (n > f->info.max_list)
		n = (size_t)f->info.max_list;
	for (i = 0; i < n; i++) {
		used += LIST_ENTRY + ids[i].n;
		if (used > room)
			break;
	}
	return i > 0 ? i : n > 0;
}

static int ask_list(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	fido_assert_t *a)
{
	size_t i;

	if (fido_assert_set_clientdata(a, client_data->p, client_data->n) !=
			FIDO_OK ||
		fido_assert_set_rp(a, rp_id) != FIDO_OK ||
		fido_assert_set_up(a, FIDO_OPT_FALSE) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	for (i = 0; i < n; i++)
		if (fido_assert_allow_cred(a, ids[i].p, ids[i].n) != FIDO_OK)
			return FIDO_ERR_INTERNAL;
	fido_begin(f);
	return fido_dev_get_assert(f->dev, a, NULL);
}

/* Which of the list answered; n where it does not say. */
static int find_in_list(const fido_assert_t *a, const struct fido_id *ids,
	size_t n, size_t *ret, struct error *err)
{
	const unsigned char *id = fido_assert_id_ptr(a, 0);
	size_t i, id_n = fido_assert_id_len(a, 0);

	*ret = n == 1 ? 0 : n; /* of a list of one it need not say */
	if (!id || id_n == 0)
		return 0;
	for (i = 0; i < n; i++)
		if (ids[i].n == id_n && memcmp(ids[i].p, id, id_n) == 0) {
			*ret = i;
			return 0;
		}
	return error_set(err, ERROR_MALFORMED,
		"asking for a credential: the token answers for one that is "
		"not in the list");
}

/* Answers of a token that promised more in one list than it takes. */
static bool is_too_much(int code)
{
	return code == FIDO_ERR_LIMIT_EXCEEDED ||
		code == FIDO_ERR_REQUEST_TOO_LARGE ||
		code == FIDO_ERR_INVALID_LENGTH;
}

/* *ret_index is n where it has one of them and does not say which. */
static int find_once(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err)
{
	CLEANUP(assert_p) fido_assert_t *a = fido_assert_new();
	int r;

	if (!a)
		return error_memory(err);
	r = ask_list(f, rp_id, client_data, ids, n, a);
	*ret_found = false;
	if (r == FIDO_ERR_NO_CREDENTIALS || r == FIDO_ERR_INVALID_CREDENTIAL)
		return 0;
	*ret_found = true;
	if (n > 1 && is_too_much(r) && !f->transport.failure.code) {
		*ret_index = n;
		return 0;
	}
	/* U2F answers the question without a touch by asking for one */
	if (!f->info.ctap2 && r == FIDO_ERR_USER_PRESENCE_REQUIRED) {
		*ret_index = 0;
		return 0;
	}
	return r == FIDO_OK ? find_in_list(a, ids, n, ret_index, err) :
		fido_failed(f, r, "asking for a credential", err);
}

int fido_find_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct fido_id *ids, size_t n,
	bool *ret_found, size_t *ret_index, struct error *err)
{
	bool found = false;
	size_t i, at = 0;
	int r;

	r = find_once(f, rp_id, client_data, ids, n, &found, &at, err);
	if (r == 0 && found && at == n) {
		f->lists_refused = true;
		for (found = false, i = 0; r == 0 && !found && i < n; i++) {
			r = find_once(f, rp_id, client_data, &ids[i], 1,
				&found, &at, err);
			at = i;
		}
	}
	if (r < 0)
		return r;
	*ret_found = found;
	if (found)
		*ret_index = at;
	return 0;
}
