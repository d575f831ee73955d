/* The options of a token: of --token, and of the control verb "set". */
#include "token.h"

#include "alg.h"
#include "cert.h"

#include <stdio.h>
#include <string.h>

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

/* the finger that touches: one that is enrolled, or a untrusted's */
static bool opt_finger(struct token *t, json_t *v)
{
	const char *s = json_string_value(v);

	if (!s || (strcmp(s, "good") && strcmp(s, "bad")))
		return false;
	t->bio.untrusted = !strcmp(s, "bad");
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
	{ "fido2_off", NULL, AT(p.fido2_off, W_BOOL) },
	{ "old_leaf", NULL, AT(p.old_leaf, W_BOOL) },
	{ "id_as_oid", NULL, AT(p.id_as_oid, W_BOOL) },
	{ "rk_max", NULL, AT(p.rk_max, W_UINT) },
	{ "oath_max", NULL, AT(p.oath_max, W_UINT) },
	{ "oath_serial", NULL, AT(p.oath_serial, W_BOOL) },
	{ "oath_short", NULL, AT(p.oath_short, W_BOOL) },
	{ "chain", NULL, AT(send_chain, W_BOOL) },
	{ "usb_serial", NULL, AT(usb_serial, W_BOOL) },
	{ "unplugged", NULL, AT(start_unplugged, W_BOOL) },
	{ "authnr_config", NULL, AT(p.acfg, W_BOOL) },
	{ "enterprise", NULL, AT(p.ep, W_BOOL) },
	{ "lasting", NULL, AT(p.lasting, W_BOOL) },
	{ "fido_card", NULL, AT(p.fido_card, W_BOOL) },
	{ "credman_hidden", NULL, AT(p.credman_hidden, W_BOOL) },
	{ "bio", NULL, AT(p.bio, W_BOOL) },
	{ "odd_der", NULL, AT(p.odd_der, W_UINT) },
	{ "always_uv", NULL, AT(policy.always_uv, W_BOOL) },
	{ "ep", NULL, AT(policy.enterprise, W_BOOL) },
	{ "force_pin_change", NULL, AT(policy.force_change, W_BOOL) },
	{ "min_pin", NULL, AT(policy.min_pin, W_UINT) },
	{ "uv_retries", NULL, AT(bio.retries, W_UINT) },
	{ "token_window", NULL, AT(token_window, W_UINT) },
	{ "reset_window", NULL, AT(reset_window, W_UINT) },
	{ "report_ms", NULL, AT(report_ms, W_UINT) },
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
