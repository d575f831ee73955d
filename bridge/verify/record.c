/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a verification into the registry. */
#include "bridge/verify/record.h"

#include "base/encode.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>

int record_event(struct record *r, enum event_type type, enum record_step step,
	json_t *body, struct error *err)
{
	struct event_draft draft = {
		.type = type,
		.journal = r->journal,
		.step = (uint32_t)step,
		.actor = r->actor,
		.body = body,
	};
	int e;

	e = body ? registry_append(r->reg, &draft, &r->head, err) :
		   error_memory(err);
	json_decref(body);
	return e;
}

static json_t *sha_json(const unsigned char sha[SHA256_LEN])
{
	char hex[HEX_LEN(SHA256_LEN)];

	hex_encode(sha, SHA256_LEN, hex);
	return json_string(hex);
}

static int add_reason(struct record *r, json_t **body, struct error *err)
{
	char id[ID_LEN];
	int e;

	if (!r->reason)
		return 0;
	e = registry_name_put(r->reg, "reason", r->reason, id, err);
	if (e == 0)
		json_member(body, "reason", json_string(id));
	return e;
}

/* ---- facts ---- */

static void add_identifier(json_t **list, const char *kind,
	const char *value, enum registry_basis basis)
{
	json_row(list, json_pack("{s:s,s:o,s:s}", "kind", kind,
		"value", json_of_text(value), "basis",
		registry_basis_names[basis]));
}

/*
 * What the certificate proves counts whatever the token says; what it says
 * beside is kept, as that is what finds the row again.
 */
static void add_serials(json_t **list, const struct verification *v)
{
	uint64_t proved = v->facts.attested ? leaf_serial(&v->facts.leaf) : 0;
	uint32_t claimed;
	char text[24];

	if (proved) {
		snprintf(text, sizeof(text), "%llu",
			(unsigned long long)proved);
		add_identifier(list, REGISTRY_ID_SERIAL, text,
			REGISTRY_ATTESTED);
	}
	if (token_serial(v->token, &claimed) && claimed != proved) {
		snprintf(text, sizeof(text), "%u", claimed);
		add_identifier(list, REGISTRY_ID_SERIAL, text,
			REGISTRY_SELF_REPORTED);
	}
}

/* A token that speaks U2F names no model, and is looked for by that. */
static void add_aaguids(json_t **list, const struct verification *v)
{
	const struct token *t = v->token;
	char text[AAGUID_TEXT_LEN];

	aaguid_format(v->facts.aaguid, text);
	add_identifier(list, REGISTRY_ID_AAGUID, text, v->facts.aaguid_proved ?
		REGISTRY_ATTESTED : REGISTRY_SELF_REPORTED);
	if (!t->identified || memcmp(t->fido.aaguid, v->facts.aaguid,
				      sizeof(t->fido.aaguid)) == 0)
		return;
	aaguid_format(t->fido.aaguid, text);
	add_identifier(list, REGISTRY_ID_AAGUID, text, REGISTRY_SELF_REPORTED);
}

static json_t *identifiers(const struct verification *v)
{
	json_t *list = json_array();

	add_serials(&list, v);
	add_aaguids(&list, v);
	if (v->token->node.usb_serial[0])
		add_identifier(&list, REGISTRY_ID_USB_SERIAL,
			v->token->node.usb_serial, REGISTRY_SELF_REPORTED);
	if (v->facts.has_leaf)
		add_identifier(&list, REGISTRY_ID_ATTESTATION,
			v->facts.leaf.sha256, v->facts.attested ?
			REGISTRY_ATTESTED : REGISTRY_SELF_REPORTED);
	return list;
}

/* Members FACTS of event.h, added to a body. */
static void add_facts(json_t **body, const struct verification *v)
{
	const struct token *t = v->token;
	char product[160], hex[HEX_LEN(16)];
	json_t *joins = json_array();

	token_product(t, product, sizeof(product));
	hex_encode(v->facts.aaguid, 16, hex);
	json_member(body, "model", json_of_text(product));
	json_member(body, "aaguid", json_string(hex));
	if (advisory_is_exact(&v->subject)) {
		char firmware[PRODUCT_FIRMWARE_LEN];

		product_firmware_format(v->subject.low, firmware);
		json_member(body, "firmware", json_string(firmware));
		json_member(body, "firmware_signed",
			json_boolean(v->subject.basis == ADVISORY_SIGNED));
	}
	json_member(body, "identifiers", identifiers(v));
	if (t->node.has_ccid)
		json_row(&joins, json_pack("{s:s,s:s,s:s}", "a",
			"fido", "b", "ccid", "by", TOKEN_JOIN_USB));
	if (t->node.has_keyboard)
		json_row(&joins, json_pack("{s:s,s:s,s:s}", "a",
			"fido", "b", "otp", "by", TOKEN_JOIN_USB));
	json_member(body, "joins", joins);
}

/* ---- events ---- */

int record_put_holder(struct record *r, char ret_id[ID_LEN],
	struct error *err)
{
	struct registry_holder h = { .name = NULL };
	bool found = false;
	int e;

	e = registry_name_put(r->reg, "holder", r->holder.name, ret_id, err);
	if (e == 0)
		e = registry_holder_get(r->reg, ret_id, &h, &found, err);
	if (e < 0 || found) {
		registry_holder_done(&h);
		return e;
	}
	return record_event(r, EVENT_HOLDER_ADDED, RECORD_HOLDER,
		json_pack("{s:s,s:s}", "holder", ret_id, "kind",
			registry_holder_kind_names[r->holder.kind]), err);
}

static int put_token(struct record *r, const struct verification *v,
	const char *holder, struct error *err)
{
	json_t *body;
	int e = 0;

	if (v->known) {
		memcpy(r->token, v->row.id, sizeof(r->token));
		if (r->label)
			e = registry_name_set(r->reg, "label", r->token,
				r->label, err);
		return e;
	}
	e = id_new(r->token, err);
	if (e == 0 && r->label)
		e = registry_name_set(r->reg, "label", r->token, r->label,
			err);
	if (e < 0)
		return e;
	body = json_pack("{s:s,s:s}", "token", r->token, "state",
		registry_state_names[holder ? REGISTRY_ASSIGNED :
					      REGISTRY_STOCK]);
	if (holder)
		json_member(&body, "holder", json_string(holder));
	add_facts(&body, v);
	return record_event(r, EVENT_TOKEN_ADDED, RECORD_TOKEN, body, err);
}

int record_evidence(struct record *r, const struct evidence *evidence,
	unsigned char ret_sha[SHA256_LEN], struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int e;

	buf_init(&b, EVIDENCE_MAX);
	e = evidence_write(evidence, &b, err);
	return e < 0 ? e :
		registry_evidence_put(r->reg, b.p, b.n, ret_sha, err);
}

static int put_evidence(struct record *r, const struct verification *v,
	struct error *err)
{
	int e;

	if (!v->has_evidence)
		return 0;
	e = record_evidence(r, &v->evidence, r->evidence, err);
	r->has_evidence = e == 0;
	return e;
}

int record_credential(struct record *r, enum record_step step,
	const struct record_credential *c, struct error *err)
{
	const struct attest_facts *f = c->facts;
	char hex[HEX_LEN(16)];
	json_t *body;
	int e;

	if (f->unverifiable)
		return error_set(err, ERROR_UNSUPPORTED,
			"a credential of COSE algorithm %d proves nothing here",
			f->alg);
	hex_encode(f->aaguid, 16, hex);
	body = json_pack("{s:s,s:s,s:o,s:o,s:i,s:I,s:b,s:b,s:s,s:o}",
		"token", r->token,
		"rp", c->rp,
		"credential", event_bytes_new(f->credential_id.p,
			f->credential_id.n),
		"public_key", event_bytes_new(f->public_key.p,
			f->public_key.n),
		"alg", f->alg,
		"counter", (json_int_t)f->counter,
		"resident", 0,
		"uv", (f->flags & AUTHDATA_UV) != 0,
		"aaguid", hex,
		"evidence", sha_json(c->evidence));
	e = body ? add_reason(r, &body, err) : error_memory(err);
	if (e < 0) {
		json_decref(body);
		return e;
	}
	return record_event(r, EVENT_CREDENTIAL_ADDED, step, body, err);
}

static int put_new_credential(struct record *r, const struct verification *v,
	struct error *err)
{
	const struct record_credential c = { PROOF_RP_ID, &v->facts,
		r->evidence };

	return record_credential(r, RECORD_CREDENTIAL, &c, err);
}

static int put_used_credential(struct record *r, const struct verification *v,
	struct error *err)
{
	const struct registry_credential *c = v->credential;

	return record_event(r, EVENT_CREDENTIAL_USED, RECORD_CREDENTIAL,
		json_pack("{s:s,s:s,s:o,s:I}",
			"token", r->token,
			"rp", c->rp,
			"credential", event_bytes_new(c->id, c->id_n),
			"counter", (json_int_t)v->proof.counter), err);
}

static json_t *advisories(const struct verification *v)
{
	json_t *list = json_array();
	char id[25];
	size_t i;

	for (i = 0; i < v->steps.n; i++)
		if (v->steps.rows[i].verdict == VERDICT_VULNERABLE) {
			snprintf(id, sizeof(id), "%.*s",
				(int)strcspn(v->steps.rows[i].text, " "),
				v->steps.rows[i].text);
			json_row(&list, json_string(id));
		}
	return list;
}

static int put_verdict(struct record *r, const struct verification *v,
	struct error *err)
{
	json_t *body = json_pack("{s:s,s:i,s:o}", "token", r->token,
		"verdict", (int)v->verdict, "advisories", advisories(v));

	if (r->has_evidence)
		json_member(&body, "evidence", sha_json(r->evidence));
	if (v->known) /* else token.added has them */
		add_facts(&body, v);
	return record_event(r, EVENT_TOKEN_VERIFIED, RECORD_VERIFIED, body,
		err);
}

/* Takes body over, which may be NULL. */
static int event_with_reason(struct record *r, enum event_type type,
	enum record_step step, json_t *body, struct error *err)
{
	int e = body ? add_reason(r, &body, err) : error_memory(err);

	if (e < 0) {
		json_decref(body);
		return e;
	}
	return record_event(r, type, step, body, err);
}

static int append_assigned(struct record *r, const char *holder,
	struct error *err)
{
	return event_with_reason(r, EVENT_TOKEN_ASSIGNED, RECORD_ASSIGNED,
		json_pack("{s:s,s:s}", "token", r->token, "holder", holder),
		err);
}

int record_assigned(struct record *r, struct error *err)
{
	char holder[ID_LEN];
	int e = record_put_holder(r, holder, err);

	return e < 0 ? e : append_assigned(r, holder, err);
}

int record_state(struct record *r, enum registry_state state,
	bool with_evidence, struct error *err)
{
	json_t *body = json_pack("{s:s,s:s}", "token", r->token, "state",
		registry_state_names[state]);

	if (body && with_evidence && r->has_evidence)
		json_member(&body, "evidence", sha_json(r->evidence));
	return event_with_reason(r, EVENT_TOKEN_STATE, RECORD_STATE, body,
		err);
}

/* Ids of whoever was there, into body. */
static int add_custodians(struct record *r, const struct record_bag *b,
	json_t **body, struct error *err)
{
	json_t *list = json_array();
	char id[ID_LEN];
	size_t i;
	int e = 0;

	for (i = 0; e == 0 && i < ARRAY_LEN(b->custodians); i++) {
		if (!b->custodians[i])
			continue;
		e = registry_name_put(r->reg, "holder", b->custodians[i], id,
			err);
		if (e == 0)
			json_row(&list, json_string(id));
	}
	json_member(body, "custodians", list);
	return e;
}

int record_bag(struct record *r, const struct record_bag *b, struct error *err)
{
	json_t *body = json_pack("{s:s,s:s}", "token", r->token, "state",
		registry_bag_names[b->state]);
	char id[ID_LEN];
	int e = 0;

	if (b->bag)
		e = registry_name_put(r->reg, "bag", b->bag, id, err);
	if (e == 0 && b->bag)
		json_member(&body, "bag", json_string(id));
	if (e == 0)
		e = add_custodians(r, b, &body, err);
	if (e < 0) {
		json_decref(body);
		return e;
	}
	return event_with_reason(r, EVENT_TOKEN_BAG, RECORD_BAG, body, err);
}

static int put_assignment(struct record *r, const struct verification *v,
	const char *holder, struct error *err)
{
	if (!v->known || strcmp(v->row.holder, holder) == 0)
		return 0;
	return append_assigned(r, holder, err);
}

int record_verification(struct record *r, const struct verification *v,
	struct error *err)
{
	char holder[ID_LEN] = "";
	int e = 0;

	if (r->holder.name)
		e = record_put_holder(r, holder, err);
	if (e == 0)
		e = put_evidence(r, v, err);
	if (e == 0)
		e = put_token(r, v, r->holder.name ? holder : NULL, err);
	if (e == 0)
		e = v->credential ? put_used_credential(r, v, err) :
				    put_new_credential(r, v, err);
	if (e == 0)
		e = put_verdict(r, v, err);
	if (e == 0 && r->holder.name)
		e = put_assignment(r, v, holder, err);
	return e;
}
