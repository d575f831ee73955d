/* A token: options and power. The state file is state.c's. */
#include "token.h"

#include "alg.h"
#include "cert.h"
#include "ccid.h"
#include "ctap2.h"
#include "ctaphid.h"
#include "key.h"
#include "oath.h"
#include "otp.h"
#include "pin.h"
#include "state.h"
#include "uv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void resident_free(void *p)
{
	struct resident *r = p;

	g_free(r->rp);
	g_free(r->user_name);
	g_free(r->user_display);
	g_byte_array_unref(r->id);
	g_byte_array_unref(r->user);
	g_free(r);
}

void token_set_pin(struct token *t, const char *pin)
{
	uint8_t h[32];

	sha256(pin, strlen(pin), h);
	memcpy(t->pin_hash, h, 16);
	t->pin_set = *pin;
	t->pin_retries = 8;
	t->policy.pin_length = (unsigned)g_utf8_strlen(pin, -1);
	t->policy.force_change = false;
}

void token_reset_policy(struct token *t)
{
	t->policy.always_uv = t->policy.enterprise = false;
	t->policy.force_change = false;
	t->policy.min_pin = 4;
	g_ptr_array_set_size(t->policy.rps, 0);
}

static void free_finger(void *p)
{
	struct finger *f = p;

	g_free(f->name);
	g_free(f);
}

/* --- options ----------------------------------------------------------- */

/* a number as JSON number or as text: command lines have only text */
static bool number(json_t *v, long *ret)
{
	const char *s = json_string_value(v);
	char *end;

	if (json_is_integer(v))
		*ret = (long)json_integer_value(v);
	else if (json_is_boolean(v))
		*ret = json_is_true(v);
	else if (s && *s)
		*ret = strtol(s, &end, 0);
	else
		return false;
	return !s || !*end;
}

static bool opt_name(struct token *t, json_t *v)
{
	const char *s = json_string_value(v);

	if (!s || !*s || strlen(s) >= sizeof t->name || strchr(s, '/'))
		return false;
	g_strlcpy(t->name, s, sizeof t->name);
	return true;
}

static bool opt_serial(struct token *t, json_t *v)
{
	long n;

	if (!number(v, &n) || n < 0 || n > UINT32_MAX)
		return false;
	t->serial = (uint32_t)n;
	t->has_serial = n > 0;
	return true;
}

static bool opt_firmware(struct token *t, json_t *v)
{
	unsigned a, b, c;
	char rest;

	if (!json_is_string(v) || sscanf(json_string_value(v), "%u.%u.%u%c",
					 &a, &b, &c, &rest) != 3)
		return false;
	t->p.fw[0] = (uint8_t)a;
	t->p.fw[1] = (uint8_t)b;
	t->p.fw[2] = (uint8_t)c;
	return true;
}

static bool opt_aaguid(struct token *t, json_t *v)
{
	return hex_to(json_string_value(v), t->aaguid, 16);
}

static bool opt_pin(struct token *t, json_t *v)
{
	if (!json_is_string(v))
		return false;
	token_set_pin(t, json_string_value(v));
	return true;
}

static bool opt_attestation(struct token *t, json_t *v)
{
	/* in the order of enum attestation */
	static const char *const kinds[] = {
		"x5c", "self", "none", "tpm", "u2f", "unknown"
	};

	for (size_t i = 0; json_is_string(v) && i < G_N_ELEMENTS(kinds); i++)
		if (!strcmp(kinds[i], json_string_value(v))) {
			t->p.att = (enum attestation)i;
			return true;
		}
	return false;
}

static bool opt_protocols(struct token *t, json_t *v)
{
	static const struct { const char *text; uint8_t list[2]; } ways[] = {
		{ "1", { 1, 0 } }, { "2", { 2, 0 } }, { "1,2", { 1, 2 } },
		{ "2,1", { 2, 1 } },
	};

	for (size_t i = 0; json_is_string(v) && i < G_N_ELEMENTS(ways); i++)
		if (!strcmp(ways[i].text, json_string_value(v))) {
			memcpy(t->p.protocols, ways[i].list, 2);
			return true;
		}
	return false;
}

static bool opt_credman(struct token *t, json_t *v)
{
	static const char *const ways[] = {
		"none", "full", "preview", "both"
	};

	for (size_t i = 0; json_is_string(v) && i < G_N_ELEMENTS(ways); i++)
		if (!strcmp(ways[i], json_string_value(v))) {
			t->p.credman = (uint8_t)i;
			return true;
		}
	return false;
}

static bool opt_algorithms(struct token *t, json_t *v)
{
	g_auto(GStrv) part = NULL;
	int algs[ALGORITHMS] = { 0 };

	if (!json_is_string(v))
		return false;
	part = g_strsplit(json_string_value(v), ",", -1);
	for (size_t i = 0; part[i]; i++) {
		const struct alg *a = alg_named(part[i]);

		if (!a || i == ALGORITHMS)
			return false;
		algs[i] = a->cose;
	}
	memcpy(t->p.algs, algs, sizeof algs);
	return algs[0] != 0;
}

/* the finger that touches: one that is enrolled, or a stranger's */
static bool opt_finger(struct token *t, json_t *v)
{
	const char *s = json_string_value(v);

	if (!s || (strcmp(s, "good") && strcmp(s, "bad")))
		return false;
	t->bio.stranger = !strcmp(s, "bad");
	return true;
}

/* so many enrolled fingers, as if somebody had */
static bool opt_fingers(struct token *t, json_t *v)
{
	long n;

	if (!number(v, &n) || n < 0 || n > 5)
		return false;
	g_ptr_array_set_size(t->bio.fingers, 0);
	for (long i = 0; i < n; i++) {
		struct finger *f = g_new0(struct finger, 1);

		f->id[1] = (uint8_t)(i + 1);
		g_ptr_array_add(t->bio.fingers, f);
	}
	return true;
}

static bool opt_tpm_alg(struct token *t, json_t *v)
{
	const char *s = json_string_value(v);

	if (s && strcmp(s, "es256") && strcmp(s, "rs256") && strcmp(s, "rs1"))
		return false;
	g_free(t->tpm_alg);
	t->tpm_alg = g_strdup(s);
	return s || json_is_null(v);
}

static bool opt_leaf(struct token *t, json_t *v)
{
	const char *s = json_string_value(v);

	if (!s || !cert_has_shape(s))
		return false;
	g_free(t->leaf_shape);
	t->leaf_shape = g_strdup(s);
	return true;
}

static bool opt_ep_rps(struct token *t, json_t *v)
{
	g_free(t->ep_rps);
	t->ep_rps = g_strdup(json_string_value(v));
	return true;
}

static bool opt_ca(struct token *t, json_t *v)
{
	g_free(t->ca);
	t->ca = g_strdup(json_string_value(v));
	return true;
}

static bool opt_touch(struct token *t, json_t *v)
{
	g_auto(GStrv) part = NULL;

	/* "delay:300" gives the milliseconds too */
	if (!json_is_string(v))
		return false;
	part = g_strsplit(json_string_value(v), ":", 2);
	return part[0] && touch_set(&t->touch, part[0], part[1] ?
				    (unsigned)atoi(part[1]) : 0);
}

static bool opt_backend(struct token *t, json_t *v)
{
	g_free(t->backend_command);
	t->backend_command = g_strdup(json_string_value(v));
	return true;
}

static bool own_string(struct token *t, json_t *v, int i, const char **field)
{
	if (!json_is_string(v) && !json_is_null(v))
		return false;
	g_free(t->own[i]);
	t->own[i] = g_strdup(json_string_value(v));
	*field = t->own[i];
	return true;
}

static bool opt_product(struct token *t, json_t *v)
{
	return own_string(t, v, 0, &t->p.product);
}

static bool opt_manufacturer(struct token *t, json_t *v)
{
	return own_string(t, v, 1, &t->p.manufacturer);
}

static bool opt_device_id(struct token *t, json_t *v)
{
	return own_string(t, v, 2, &t->p.device_id);
}

/* options that are a plain number */
enum width { W_BOOL, W_U8, W_U16, W_UINT };
#define AT(field, width) offsetof(struct token, field), width

static const struct option {
	const char *key;
	bool (*set)(struct token *t, json_t *v);
	size_t offset;
	enum width width;
} options[] = {
	{ "name", opt_name, 0, 0 },
	{ "serial", opt_serial, 0, 0 },
	{ "firmware", opt_firmware, 0, 0 },
	{ "aaguid", opt_aaguid, 0, 0 },
	{ "pin", opt_pin, 0, 0 },
	{ "attestation", opt_attestation, 0, 0 },
	{ "pin_protocols", opt_protocols, 0, 0 },
	{ "algorithms", opt_algorithms, 0, 0 },
	{ "credman", opt_credman, 0, 0 },
	{ "finger", opt_finger, 0, 0 },
	{ "fingers", opt_fingers, 0, 0 },
	{ "ep_rps", opt_ep_rps, 0, 0 },
	{ "tpm_alg", opt_tpm_alg, 0, 0 },
	{ "leaf", opt_leaf, 0, 0 },
	{ "ca", opt_ca, 0, 0 },
	{ "touch", opt_touch, 0, 0 },
	{ "backend", opt_backend, 0, 0 },
	{ "product", opt_product, 0, 0 },
	{ "manufacturer", opt_manufacturer, 0, 0 },
	{ "device_id", opt_device_id, 0, 0 },
	{ "vid", NULL, AT(p.vid, W_U16) },
	{ "pid", NULL, AT(p.pid, W_U16) },
	{ "form", NULL, AT(p.form, W_U8) },
	{ "capabilities", NULL, AT(p.caps, W_U16) },
	{ "ccid", NULL, AT(p.ccid, W_BOOL) },
	{ "otp", NULL, AT(p.otp, W_BOOL) },
	{ "u2f", NULL, AT(p.u2f, W_BOOL) },
	{ "ctap21", NULL, AT(p.ctap21, W_BOOL) },
	{ "firmware_extension", NULL, AT(p.fw_ext, W_BOOL) },
	{ "rk_max", NULL, AT(p.rk_max, W_UINT) },
	{ "oath_max", NULL, AT(p.oath_max, W_UINT) },
	{ "chain", NULL, AT(send_chain, W_BOOL) },
	{ "usb_serial", NULL, AT(usb_serial, W_BOOL) },
	{ "unplugged", NULL, AT(start_unplugged, W_BOOL) },
	{ "authnr_config", NULL, AT(p.acfg, W_BOOL) },
	{ "enterprise", NULL, AT(p.ep, W_BOOL) },
	{ "bio", NULL, AT(p.bio, W_BOOL) },
	{ "odd_der", NULL, AT(p.odd_der, W_UINT) },
	{ "always_uv", NULL, AT(policy.always_uv, W_BOOL) },
	{ "ep", NULL, AT(policy.enterprise, W_BOOL) },
	{ "force_pin_change", NULL, AT(policy.force_change, W_BOOL) },
	{ "min_pin", NULL, AT(policy.min_pin, W_UINT) },
	{ "uv_retries", NULL, AT(bio.retries, W_UINT) },
	{ "token_window", NULL, AT(token_window, W_UINT) },
	{ "reset_window", NULL, AT(reset_window, W_UINT) },
	{ "touch_timeout", NULL, AT(up_timeout, W_UINT) },
	{ "oath_timeout", NULL, AT(oath_timeout, W_UINT) },
	{ "vpcd_port", NULL, AT(vpcd_port, W_UINT) },
	{ "counter", NULL, AT(counter, W_UINT) },
	{ "pin_retries", NULL, AT(pin_retries, W_UINT) },
};

static bool set_number(struct token *t, const struct option *o, json_t *v)
{
	char *field = (char *)t + o->offset;
	long n;

	if (!number(v, &n) || n < 0)
		return false;
	switch (o->width) {
	case W_BOOL: *(bool *)field = n != 0; break;
	case W_U8: *(uint8_t *)field = (uint8_t)n; break;
	case W_U16: *(uint16_t *)field = (uint16_t)n; break;
	case W_UINT: *(unsigned *)field = (unsigned)n; break;
	}
	return true;
}

bool token_option(struct token *t, const char *key, json_t *value,
		  const char **ret_why)
{
	*ret_why = "no such option";
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
		const struct option *o = &options[i];

		if (strcmp(o->key, key))
			continue;
		*ret_why = "bad value";
		return o->set ? o->set(t, value) : set_number(t, o, value);
	}
	return false;
}

/* --- birth and power --------------------------------------------------- */

static bool first_start(struct token *t)
{
	bool own = t->p.att == ATT_SELF || t->p.att == ATT_NONE;
	bool tpm = t->p.att == ATT_TPM, u2f = t->p.att == ATT_U2F;
	bool rsa = tpm && t->tpm_alg && *t->tpm_alg == 'r';
	g_autofree char *guid = hex_from(t->aaguid, 16);
	g_autofree char *file = g_strdup_printf("leaf-%s-%d.%d.%d-%s%s%s%s%s",
		t->p.name, t->p.fw[0], t->p.fw[1], t->p.fw[2], guid,
		t->p.fw_ext ? "-fw" : "", u2f ? "-u2f" : "",
		rsa ? "-rsa" : tpm ? "-tpm" : "",
		t->leaf_shape ? t->leaf_shape : "");
	g_autofree char *cn = g_strdup_printf("Soft token %s %d.%d.%d",
		t->p.name, t->p.fw[0], t->p.fw[1], t->p.fw[2]);
	struct leaf leaf = {
		.org = t->p.manufacturer, .cn = cn, .file = file,
		.aaguid = t->p.aaguid && !u2f ? t->aaguid : NULL,
		.fw = t->p.fw_ext ? t->p.fw : NULL,
		.device_id = t->p.device_id, .tpm = tpm, .rsa = rsa,
		.shape = t->leaf_shape,
	};

	random_bytes(t->secret, sizeof t->secret);
	random_bytes(t->oath.salt, sizeof t->oath.salt);
	if (t->p.serial && !t->has_serial) {
		random_bytes(&t->serial, sizeof t->serial);
		t->serial = 10000000 + t->serial % 20000000;
		t->has_serial = true;
	}
	return cert_leaf(own ? NULL : t->ca, &leaf, t->att_d, t->att_rsa,
			 t->leaf, t->chain);
}

static struct token *blank(const struct profile *p, const char *ca_dir)
{
	struct token *t = g_new0(struct token, 1);

	t->p = *p;
	t->ca = g_strdup(ca_dir);
	t->leaf = g_byte_array_new();
	t->chain = g_byte_array_new();
	t->last_attestation = g_byte_array_new();
	t->residents = g_ptr_array_new_with_free_func(resident_free);
	t->listed = g_ptr_array_new();
	t->att_rsa = g_byte_array_new();
	t->policy.rps = g_ptr_array_new_with_free_func(g_free);
	t->bio.fingers = g_ptr_array_new_with_free_func(free_finger);
	token_reset_policy(t);
	uv_give_back(t);
	t->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					g_free);
	g_queue_init(&t->touch.waiting);
	t->up_timeout = 30000;
	t->reset_window = 10000;
	t->token_window = 30000;
	t->oath_timeout = 15000;
	t->pin_retries = 8;
	t->usb_serial = !p->serial && p->vid != 0x1050;
	if (p->aaguid)
		hex_to(p->aaguid, t->aaguid, 16);
	oath_init(&t->oath);
	t->otp.reply = g_byte_array_new();
	t->hid = ctaphid_new(t);
	t->ccid = ccid_new(t);
	return t;
}

static bool complain(const char *name, const char *key, const char *why)
{
	fprintf(stderr, "softtoken: token '%s': %s: %s\n", name, key, why);
	return false;
}

static bool apply(struct token *t, json_t *spec, const char *name)
{
	const char *key, *why;
	json_t *v;

	json_object_foreach(spec, key, v)
		if (strcmp(key, "profile") && strcmp(key, "state") &&
		    !token_option(t, key, v, &why))
			return complain(name, key, why);
	return true;
}

struct token *token_new(json_t *spec, const char *state_dir,
			const char *ca_dir)
{
	const char *name = json_string_value(json_object_get(spec, "name"));
	const char *model = json_string_value(json_object_get(spec,
							      "profile"));
	const char *state = json_string_value(json_object_get(spec, "state"));
	g_autofree char *path = NULL, *was = NULL;
	const struct profile *p;
	struct token *t;
	int had;

	if (!name) {
		complain("?", "name", "missing");
		return NULL;
	}
	if (state)
		path = g_strdup(state);
	else if (state_dir)
		path = g_strdup_printf("%s/%s.json", state_dir, name);
	was = state_profile(path);
	p = profile_find(was ? was : model ? model : "yubikey5");
	if (!p) {
		complain(name, "profile", "no such profile");
		return NULL;
	}
	t = blank(p, ca_dir);
	t->path = g_steal_pointer(&path);
	/* options shape a new token; what an old one is, its state says,
	 * but for what is no memory of the key (touch, ports, time-outs) */
	if (!apply(t, spec, name) || (had = state_load(t)) < 0 ||
	    (!had && !first_start(t))) {
		token_free(t);
		return NULL;
	}
	/* a TPM speaks no U2F */
	if (t->p.att == ATT_TPM)
		t->p.u2f = false;
	token_power_up(t);
	token_save(t);
	return t;
}

void token_free(struct token *t)
{
	if (!t)
		return;
	ctaphid_free(t->hid);
	ccid_free(t->ccid);
	oath_done(&t->oath);
	ctap2_forget(t);
	touch_cancel(t->otp.wait);
	g_byte_array_unref(t->otp.reply);
	g_byte_array_unref(t->leaf);
	g_byte_array_unref(t->chain);
	g_byte_array_unref(t->last_attestation);
	g_ptr_array_unref(t->residents);
	g_ptr_array_unref(t->listed);
	g_ptr_array_unref(t->policy.rps);
	g_ptr_array_unref(t->bio.fingers);
	g_byte_array_unref(t->att_rsa);
	g_hash_table_unref(t->seen);
	for (size_t i = 0; i < G_N_ELEMENTS(t->own); i++)
		g_free(t->own[i]);
	g_free(t->ca);
	g_free(t->path);
	g_free(t->backend_command);
	g_free(t->ep_rps);
	g_free(t->tpm_alg);
	g_free(t->leaf_shape);
	g_free(t);
}

void token_save(struct token *t)
{
	state_save(t);
}

void token_power_up(struct token *t)
{
	pin_power_up(t);
	ctap2_forget(t);
	ctaphid_power_up(t->hid);
	otp_power_up(t);
	t->plugged_at = g_get_monotonic_time();
}

void token_seen(struct token *t, const char *format, ...)
{
	struct seen *s;
	va_list ap;

	va_start(ap, format);
	g_vsnprintf(t->command, sizeof t->command, format, ap);
	va_end(ap);
	s = g_hash_table_lookup(t->seen, t->command);
	if (!s) {
		s = g_new0(struct seen, 1);
		g_hash_table_insert(t->seen, g_strdup(t->command), s);
	}
	s->seen++;
}

bool token_misbehaves(struct token *t, enum misbehaviour kind, long *at)
{
	return misbehave(t->orders, kind, t->command, at);
}
