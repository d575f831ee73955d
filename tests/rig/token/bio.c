/* authenticatorBioEnrollment: the fingers that the reader knows. */
#include "key.h"
#include "pin.h"
#include "uv.h"

#include <string.h>

enum { P_MODALITY = 1, P_SUB, P_PARAMS, P_PROTOCOL, P_AUTH, P_GET_MODALITY };
enum {
	ENROLL_BEGIN = 1, ENROLL_NEXT, ENROLL_CANCEL, ENUMERATE, SET_NAME,
	REMOVE, SENSOR_INFO
};
/* parameters of a subcommand */
enum { Q_ID = 1, Q_NAME, Q_TIMEOUT };
/* members of a reply */
enum {
	R_MODALITY = 1, R_KIND, R_MAX_SAMPLES, R_ID, R_STATUS, R_REMAINING,
	R_INFOS, R_MAX_NAME
};

enum { FINGERPRINT = 1, TOUCH_SENSOR = 1 };
enum { GOOD = 0x00 };	/* sample status */

#define SAMPLES 3
#define FINGERS 5
#define NAME_MAX_BYTES 15

static void free_finger(struct finger *f)
{
	if (f)
		g_free(f->name);
	g_free(f);
}

void bio_forget(struct token *t)
{
	free_finger(t->bio.fresh);
	t->bio.fresh = NULL;
}

static struct finger *find(struct token *t, const struct cbor *id)
{
	for (guint i = 0; i < t->bio.fingers->len; i++) {
		struct finger *f = t->bio.fingers->pdata[i];

		if (id->n == sizeof f->id && !memcmp(id->s, f->id, id->n))
			return f;
	}
	return NULL;
}

static int put_sample(struct token *t, const struct finger *begun,
		      GByteArray *out)
{
	cbor_put_map(out, begun ? 3 : 2);
	if (begun) {
		cbor_put_int(out, R_ID);
		cbor_put_bytes(out, begun->id, sizeof begun->id);
	}
	cbor_put_int(out, R_STATUS), cbor_put_int(out, GOOD);
	cbor_put_int(out, R_REMAINING), cbor_put_int(out, t->bio.samples);
	return CTAP2_OK;
}

static int enroll_begin(struct token *t, const struct call *c,
			const struct cbor *params, GByteArray *out)
{
	(void)params;
	if (t->bio.fingers->len >= FINGERS)
		return CTAP2_ERR_FP_DATABASE_FULL;
	if (!c->touched)
		return CTAP2_TOUCH;
	bio_forget(t);
	t->bio.fresh = g_new0(struct finger, 1);
	do
		random_bytes(t->bio.fresh->id, sizeof t->bio.fresh->id);
	while (find(t, &(struct cbor){ .s = t->bio.fresh->id, .n = 2 }));
	t->bio.samples = SAMPLES - 1;
	return put_sample(t, t->bio.fresh, out);
}

static int enroll_next(struct token *t, const struct call *c,
		       const struct cbor *params, GByteArray *out)
{
	struct cbor id;
	int r = ctap2_need(params, Q_ID, CBOR_BYTES, &id);

	if (r)
		return r;
	if (!t->bio.fresh || id.n != sizeof t->bio.fresh->id ||
	    memcmp(id.s, t->bio.fresh->id, id.n))
		return CTAP1_ERR_INVALID_PARAMETER;
	if (!c->touched)
		return CTAP2_TOUCH;
	if (--t->bio.samples == 0) {
		g_ptr_array_add(t->bio.fingers,
				g_steal_pointer(&t->bio.fresh));
		t->bio.retries = UV_RETRIES;
		token_save(t);
	}
	return put_sample(t, NULL, out);
}

static int enumerate(struct token *t, const struct call *c,
		     const struct cbor *params, GByteArray *out)
{
	(void)c;
	(void)params;
	if (!t->bio.fingers->len)
		return CTAP2_ERR_INVALID_OPTION;
	cbor_put_map(out, 1);
	cbor_put_int(out, R_INFOS);
	cbor_put_array(out, t->bio.fingers->len);
	for (guint i = 0; i < t->bio.fingers->len; i++) {
		const struct finger *f = t->bio.fingers->pdata[i];

		cbor_put_map(out, 2);
		cbor_put_int(out, Q_ID);
		cbor_put_bytes(out, f->id, sizeof f->id);
		cbor_put_int(out, Q_NAME);
		cbor_put_text(out, f->name ? f->name : "");
	}
	return CTAP2_OK;
}

static int set_name(struct token *t, const struct call *c,
		    const struct cbor *params, GByteArray *out)
{
	struct cbor id, name;
	struct finger *f;
	int r;

	(void)c;
	(void)out;
	if ((r = ctap2_need(params, Q_ID, CBOR_BYTES, &id)) ||
	    (r = ctap2_need(params, Q_NAME, CBOR_TEXT, &name)))
		return r;
	if (name.n > NAME_MAX_BYTES)
		return CTAP1_ERR_INVALID_LENGTH;
	f = find(t, &id);
	if (!f)
		return CTAP2_ERR_INVALID_OPTION;
	g_free(f->name);
	f->name = g_strndup((const char *)name.s, name.n);
	token_save(t);
	return CTAP2_OK;
}

static int remove_finger(struct token *t, const struct call *c,
			 const struct cbor *params, GByteArray *out)
{
	struct finger *f;
	struct cbor id;
	int r = ctap2_need(params, Q_ID, CBOR_BYTES, &id);

	(void)c;
	(void)out;
	if (r)
		return r;
	f = find(t, &id);
	if (!f)
		return CTAP2_ERR_INVALID_OPTION;
	g_ptr_array_remove(t->bio.fingers, f);
	token_save(t);
	return CTAP2_OK;
}

static int sensor_info(GByteArray *out)
{
	cbor_put_map(out, 3);
	cbor_put_int(out, R_KIND), cbor_put_int(out, TOUCH_SENSOR);
	cbor_put_int(out, R_MAX_SAMPLES), cbor_put_int(out, SAMPLES);
	cbor_put_int(out, R_MAX_NAME), cbor_put_int(out, NAME_MAX_BYTES);
	return CTAP2_OK;
}

static int (*const subcommands[])(struct token *t, const struct call *c,
				  const struct cbor *params,
				  GByteArray *out) = {
	[ENROLL_BEGIN] = enroll_begin, [ENROLL_NEXT] = enroll_next,
	[ENUMERATE] = enumerate, [SET_NAME] = set_name,
	[REMOVE] = remove_finger,
};

static int authorize(struct token *t, const struct call *c, uint64_t sub,
		     const struct cbor *params)
{
	g_autoptr(GByteArray) message = g_byte_array_new();
	struct cbor mac;
	bool uv = false;

	if (!cbor_int_key(&c->req, P_AUTH, &mac) || mac.n == 0)
		return CTAP2_ERR_PUAT_REQUIRED;
	put8(message, FINGERPRINT);
	put8(message, (unsigned)sub);
	if (params)
		put(message, params->raw, params->rawlen);
	return pin_authorize(t, &c->req, P_AUTH, P_PROTOCOL, message->data,
			     message->len, PERM_BE, NULL, true, &uv);
}

int ctap2_bio(struct token *t, const struct call *c, GByteArray *out)
{
	struct cbor modality, sub, params, asked;
	bool has_sub, has;
	int r;

	if (cbor_int_key(&c->req, P_GET_MODALITY, &asked) &&
	    cbor_is_true(&asked)) {
		cbor_put_map(out, 1);
		cbor_put_int(out, R_MODALITY), cbor_put_int(out, FINGERPRINT);
		return CTAP2_OK;
	}
	if ((r = ctap2_may(&c->req, P_SUB, CBOR_UINT, &has_sub, &sub)) ||
	    (r = ctap2_need(&c->req, P_MODALITY, CBOR_UINT, &modality)) ||
	    (r = ctap2_may(&c->req, P_PARAMS, CBOR_MAP, &has, &params)))
		return r;
	if (!has_sub)
		return CTAP2_ERR_MISSING_PARAMETER;
	if (modality.n != FINGERPRINT)
		return CTAP1_ERR_INVALID_PARAMETER;
	if (sub.n == SENSOR_INFO)
		return sensor_info(out);
	if (sub.n == ENROLL_CANCEL) {
		bio_forget(t);
		return CTAP2_OK;
	}
	if (sub.n >= G_N_ELEMENTS(subcommands) || !subcommands[sub.n])
		return CTAP2_ERR_INVALID_SUBCOMMAND;
	if ((r = authorize(t, c, sub.n, has ? &params : NULL)))
		return r;
	if (!has)
		params = (struct cbor){ .major = CBOR_MAP };
	return subcommands[sub.n](t, c, &params, out);
}
