/* What a token remembers without power. */
#include "state.h"

#include "oath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static json_t *hex(const void *p, size_t n)
{
	g_autofree char *s = hex_from(p, n);

	return json_string(s);
}

static json_t *bytes(const GByteArray *b)
{
	return hex(b->data, b->len);
}

static json_t *residents(struct token *t)
{
	json_t *a = json_array();

	for (guint i = 0; i < t->residents->len; i++) {
		struct resident *r = t->residents->pdata[i];

		json_array_append_new(a, json_pack(
			"{s:s, s:o, s:o, s:s?, s:s?, s:i}", "rp", r->rp, "id",
			bytes(r->id), "user", bytes(r->user), "user_name",
			r->user_name, "user_display", r->user_display, "born",
			(int)r->born));
	}
	return a;
}

static json_t *accounts(struct token *t)
{
	json_t *a = json_array();

	for (guint i = 0; i < t->oath.accounts->len; i++) {
		struct account *c = t->oath.accounts->pdata[i];
		g_autofree char *text = g_strndup((char *)c->name->data,
						  c->name->len);

		json_array_append_new(a, json_pack(
			"{s:s, s:o, s:i, s:i, s:o, s:i, s:I}", "name",
			g_utf8_validate(text, -1, NULL) ? text : "",
			"name_hex", bytes(c->name), "type_alg", c->type_alg,
			"digits", c->digits, "key", bytes(c->key), "props",
			c->props, "moving", (json_int_t)c->moving));
	}
	return a;
}

static json_t *policy(const struct policy *p)
{
	json_t *rps = json_array();

	for (guint i = 0; i < p->rps->len; i++)
		json_array_append_new(rps, json_string(p->rps->pdata[i]));
	return json_pack("{s:b, s:b, s:b, s:i, s:i, s:o}",
		"always_uv", p->always_uv, "enterprise", p->enterprise,
		"force_pin_change", p->force_change, "min_pin",
		(int)p->min_pin, "pin_length", (int)p->pin_length, "rps",
		rps);
}

static json_t *fingers(const struct bio *b)
{
	json_t *a = json_array();

	for (guint i = 0; i < b->fingers->len; i++) {
		const struct finger *f = b->fingers->pdata[i];

		json_array_append_new(a, json_pack("{s:o, s:s?}", "id",
			hex(f->id, sizeof f->id), "name", f->name));
	}
	return a;
}

json_t *state_json(struct token *t)
{
	g_autofree char *fw = g_strdup_printf("%d.%d.%d", t->p.fw[0],
					      t->p.fw[1], t->p.fw[2]);
	json_t *slots = json_array();

	for (int i = 0; i < 2; i++)
		json_array_append_new(slots, t->otp.valid[i] ?
			hex(t->otp.slot[i], 52) : json_null());
	return json_pack("{s:s, s:s, s:I, s:s, s:o, s:i, s:s?, s:b,"
			 " s:s?, s:o, s:o, s:o, s:o, s:o,"
			 " s:I, s:b, s:o, s:i, s:o, s:i, s:o, s:o,"
			 " s:o, s:o, s:i, s:o, s:o, s:i}",
		"name", t->name, "profile", t->p.name,
		"serial", (json_int_t)(t->has_serial ? t->serial : 0),
		"firmware", fw, "aaguid", hex(t->aaguid, 16),
		"attestation", (int)t->p.att, "device_id", t->p.device_id,
		"firmware_extension", t->p.fw_ext, "tpm_alg", t->tpm_alg,
		"secret", hex(t->secret, 32), "attestation_key",
		hex(t->att_d, 32), "attestation_rsa", bytes(t->att_rsa),
		"leaf", bytes(t->leaf), "chain",
		bytes(t->chain),
		"counter", (json_int_t)t->counter, "pin_set", t->pin_set,
		"pin_hash", hex(t->pin_hash, 16), "pin_retries",
		(int)t->pin_retries, "policy", policy(&t->policy),
		"uv_retries", (int)t->bio.retries, "fingers",
		fingers(&t->bio), "residents", residents(t),
		"oath_salt", hex(t->oath.salt, 8), "oath_lock",
		bytes(t->oath.lock), "oath_lock_alg", t->oath.lock_alg,
		"accounts", accounts(t), "slots", slots, "slot_sequence",
		t->otp.sequence);
}

void state_save(struct token *t)
{
	g_autofree char *tmp = NULL;
	json_t *j;

	if (!t->path)
		return;
	tmp = g_strdup_printf("%s.new", t->path);
	j = state_json(t);
	if (json_dump_file(j, tmp, JSON_INDENT(1)) ||
	    rename(tmp, t->path))
		fprintf(stderr, "softtoken: cannot write '%s': %s\n", t->path,
			g_strerror(errno));
	json_decref(j);
}

/* --- reading ----------------------------------------------------------- */

static const char *text(json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static json_int_t num(json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static GByteArray *blob(json_t *j, const char *key)
{
	GByteArray *b = hex_bytes(text(j, key));

	return b ? b : g_byte_array_new();
}

static void reload(GByteArray **b, json_t *j, const char *key)
{
	g_byte_array_unref(*b);
	*b = blob(j, key);
}

static void read_residents(struct token *t, json_t *a)
{
	json_t *j;
	size_t i;

	json_array_foreach(a, i, j) {
		struct resident *r = g_new0(struct resident, 1);

		r->rp = g_strdup(text(j, "rp"));
		r->id = blob(j, "id");
		r->user = blob(j, "user");
		r->user_name = g_strdup(json_string_value(
			json_object_get(j, "user_name")));
		r->user_display = g_strdup(json_string_value(
			json_object_get(j, "user_display")));
		r->born = (uint32_t)num(j, "born");
		g_ptr_array_add(t->residents, r);
	}
}

static void read_policy(struct policy *p, json_t *j)
{
	json_t *rp;
	size_t i;

	if (!j)
		return;
	p->always_uv = json_is_true(json_object_get(j, "always_uv"));
	p->enterprise = json_is_true(json_object_get(j, "enterprise"));
	p->force_change = json_is_true(json_object_get(j,
						       "force_pin_change"));
	p->min_pin = (unsigned)num(j, "min_pin");
	p->pin_length = (unsigned)num(j, "pin_length");
	g_ptr_array_set_size(p->rps, 0);
	json_array_foreach(json_object_get(j, "rps"), i, rp)
		g_ptr_array_add(p->rps, g_strdup(json_string_value(rp)));
}

static void read_fingers(struct bio *b, json_t *a)
{
	json_t *j;
	size_t i;

	g_ptr_array_set_size(b->fingers, 0);
	json_array_foreach(a, i, j) {
		struct finger *f = g_new0(struct finger, 1);

		hex_to(text(j, "id"), f->id, sizeof f->id);
		f->name = g_strdup(json_string_value(
			json_object_get(j, "name")));
		g_ptr_array_add(b->fingers, f);
	}
}

static void read_accounts(struct token *t, json_t *a)
{
	json_t *j;
	size_t i;

	json_array_foreach(a, i, j) {
		struct account *c = g_new0(struct account, 1);

		c->name = blob(j, "name_hex");
		c->key = blob(j, "key");
		c->type_alg = (uint8_t)num(j, "type_alg");
		c->digits = (uint8_t)num(j, "digits");
		c->props = (uint8_t)num(j, "props");
		c->moving = (uint64_t)num(j, "moving");
		g_ptr_array_add(t->oath.accounts, c);
	}
}

static void read_slots(struct token *t, json_t *a)
{
	for (size_t i = 0; i < 2; i++)
		t->otp.valid[i] = hex_to(json_string_value(
			json_array_get(a, i)), t->otp.slot[i], 52);
}

/* identity: the options of the first start, in the words of token_option */
static bool read_identity(struct token *t, json_t *j)
{
	static const char *const keys[] = {
		"serial", "firmware", "aaguid", "device_id",
		"firmware_extension", "tpm_alg",
	};
	const char *why;

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (!token_option(t, keys[i], json_object_get(j, keys[i]),
				  &why))
			return false;
	t->p.att = (enum attestation)num(j, "attestation");
	return hex_to(text(j, "secret"), t->secret, 32) &&
	       hex_to(text(j, "attestation_key"), t->att_d, 32) &&
	       hex_to(text(j, "pin_hash"), t->pin_hash, 16) &&
	       hex_to(text(j, "oath_salt"), t->oath.salt, 8);
}

char *state_profile(const char *path)
{
	json_t *j = path ? json_load_file(path, 0, NULL) : NULL;
	char *name = g_strdup(json_string_value(json_object_get(j,
								"profile")));

	json_decref(j);
	return name;
}

int state_load(struct token *t)
{
	json_error_t e;
	json_t *j;

	if (!t->path || access(t->path, F_OK))
		return 0;
	j = json_load_file(t->path, 0, &e);
	if (!j || !read_identity(t, j)) {
		fprintf(stderr, "softtoken: bad state file '%s': %s\n",
			t->path, j ? "a member is missing" : e.text);
		json_decref(j);
		return -1;
	}
	reload(&t->leaf, j, "leaf");
	reload(&t->chain, j, "chain");
	reload(&t->att_rsa, j, "attestation_rsa");
	reload(&t->oath.lock, j, "oath_lock");
	t->oath.lock_alg = (uint8_t)num(j, "oath_lock_alg");
	t->counter = (uint32_t)num(j, "counter");
	t->pin_set = json_is_true(json_object_get(j, "pin_set"));
	t->pin_retries = (unsigned)num(j, "pin_retries");
	read_policy(&t->policy, json_object_get(j, "policy"));
	t->bio.retries = (unsigned)num(j, "uv_retries");
	read_fingers(&t->bio, json_object_get(j, "fingers"));
	t->otp.sequence = (uint8_t)num(j, "slot_sequence");
	read_residents(t, json_object_get(j, "residents"));
	read_accounts(t, json_object_get(j, "accounts"));
	read_slots(t, json_object_get(j, "slots"));
	json_decref(j);
	return 1;
}
