/* A token: birth and power. */
#include "token.h"

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

/* --- birth and power --------------------------------------------------- */

static bool first_start(struct token *t)
{
	bool own = t->p.att == ATT_SELF || t->p.att == ATT_NONE;
	bool tpm = t->p.att == ATT_TPM;
	bool rsa = tpm && t->tpm_alg && *t->tpm_alg == 'r';
	g_autofree char *guid = hex_from(t->aaguid, 16);
	g_autofree char *file = g_strdup_printf("leaf-%s-%d.%d.%d-%s%s%s%s%s%s",
		t->p.name, t->p.fw[0], t->p.fw[1], t->p.fw[2], guid,
		t->p.fw_ext ? "-fw" : "", t->p.old_leaf ? "-old" : "",
		t->p.id_as_oid ? "-oid" : "",
		rsa ? "-rsa" : tpm ? "-tpm" : "",
		t->leaf_shape ? t->leaf_shape : "");
	g_autofree char *cn = g_strdup_printf("Soft token %s %d.%d.%d",
		t->p.name, t->p.fw[0], t->p.fw[1], t->p.fw[2]);
	struct leaf leaf = {
		.org = t->p.manufacturer, .cn = cn, .file = file,
		.aaguid = t->p.aaguid ? t->aaguid : NULL,
		.fw = t->p.fw_ext ? t->p.fw : NULL,
		.device_id = t->p.device_id, .tpm = tpm, .rsa = rsa,
		.id_as_oid = t->p.id_as_oid, .old = t->p.old_leaf,
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
