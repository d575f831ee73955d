/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry is told of an adopted device. */
#include "bridge/adopt/adopting.h"

#include "bridge/account/device.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>

#define BASIS "adopted"

const char *adopt_proof_name(enum adopt_proof proof)
{
	static const char *const names[] = {
		[ADOPT_UNPROVED] = NULL,
		[ADOPT_CODE_TAKEN] = REGISTRY_BASIS_STS,
		[ADOPT_CODES_TAKEN] = REGISTRY_BASIS_RESYNC,
	};

	return names[proof];
}

static enum registry_method method_of(const struct adopted_device *d)
{
	if (d->proof)
		return REGISTRY_TOTP;
	return d->kind == DEVICE_FIDO ? REGISTRY_FIDO :
		d->kind == DEVICE_HARDWARE ? REGISTRY_HARDWARE_TOTP :
		REGISTRY_VIRTUAL;
}

static json_t *identifier(const char *kind, const char *value)
{
	return json_pack("{s:s,s:s,s:s}", "kind", kind, "value", value,
		"basis", registry_basis_names[REGISTRY_SELF_REPORTED]);
}

/* ---- the token ---- */

int adopting_find_row(const struct adopting *a, const struct adopted_device *d,
	char ret_token[ID_LEN], struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { 0 };
	char serial[16];
	int r;

	ret_token[0] = '\0';
	snprintf(serial, sizeof(serial), "%u", d->held_by);
	r = registry_tokens_by_identifier(a->q->reg, d->held_by ?
		REGISTRY_ID_SERIAL : REGISTRY_ID_OATH_DEVICE, d->held_by ?
		serial : d->oath_id, &list, err);
	if (r < 0 || list.n == 0)
		return r;
	if (list.n > 1)
		return error_set(err, ERROR_CONFLICT,
			"the registry has %zu tokens with the serial number "
			"%s: which of them this is only `tokenbridge verify` "
			"can tell", list.n, serial);
	if (list.p[0].state == REGISTRY_LOST ||
		list.p[0].state == REGISTRY_RETIRED)
		return error_set(err, ERROR_CONFLICT,
			"the token that has the OATH credential '%s' is %s by "
			"the registry (%.8s): `tokenbridge registry move` or "
			"`intake` first", d->oath_account,
			registry_state_names[list.p[0].state], list.p[0].id);
	memcpy(ret_token, list.p[0].id, ID_LEN);
	return 0;
}

static int adopt_add_token(struct record *record, struct adopted_device *d,
	json_t *identifiers, struct error *err)
{
	json_t *body;
	int r = id_new(d->token, err);

	if (r < 0) {
		json_decref(identifiers);
		return r;
	}
	body = json_pack("{s:s,s:s}", "token", d->token, "state",
		registry_state_names[REGISTRY_ADOPTED]);
	if (identifiers)
		json_member(&body, "identifiers", identifiers);
	return record_event(record, EVENT_TOKEN_ADDED, RECORD_TOKEN, body, err);
}

/* By its number the row is found when the token is enrolled for another one. */
static int record_unseen(struct record *record, struct adopted_device *d,
	struct error *err)
{
	json_t *list = NULL;

	if (d->kind == DEVICE_VIRTUAL)
		return 0;
	if (d->kind == DEVICE_HARDWARE)
		list = json_pack("[o]", identifier(REGISTRY_ID_TOTP_SERIAL,
			d->serial));
	return adopt_add_token(record, d, list, err);
}

/* The token that made the codes, and the application that it made them with. */
static int record_seen(const struct adopting *a, struct record *record,
	struct adopted_device *d, struct error *err)
{
	json_t *list = NULL;
	char serial[16];
	int r = adopting_find_row(a, d, d->token, err);

	snprintf(serial, sizeof(serial), "%u", d->held_by);
	if (r == 0 && !d->token[0]) {
		if (d->held_by)
			list = json_pack("[o]", identifier(REGISTRY_ID_SERIAL,
				serial));
		r = adopt_add_token(record, d, list, err);
	}
	return r < 0 ? r : record_event(record, EVENT_TOKEN_IDENTIFIED,
		RECORD_IDENTIFIED, json_pack("{s:s,s:[o]}", "token", d->token,
			"identifiers", identifier(REGISTRY_ID_OATH_DEVICE,
			d->oath_id)), err);
}

/* ---- the binding ---- */

static int adopt_put_names(const struct adopting *a,
	const struct adopted_device *d, char device[ID_LEN],
	char oath[ID_LEN], struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN];
	int r;

	account_user_key(a->q->aws->caller.account, d->user_id, key);
	r = registry_name_set(a->q->reg, "aws-user", key, d->user, err);
	if (r == 0)
		r = registry_name_put(a->q->reg, "aws-device", d->serial,
			device, err);
	if (r == 0 && d->proof)
		r = registry_name_put(a->q->reg, "oath-account",
			d->oath_account, oath, err);
	return r;
}

/* One without its token gives way to the one with it. */
static int record_binding(const struct adopting *a, struct record *record,
	struct adopted_device *d, struct error *err)
{
	char device[ID_LEN] = "", oath[ID_LEN] = "";
	json_t *body;
	int r = adopt_put_names(a, d, device, oath, err);

	if (r == 0 && d->binding[0])
		r = record_event(record, EVENT_BINDING_REMOVED,
			RECORD_BINDING_REMOVED, json_pack("{s:s}", "binding",
				d->binding), err);
	if (r == 0)
		r = id_new(d->binding, err);
	if (r < 0)
		return r;
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"binding", d->binding,
		"kind", registry_binding_kind_names[REGISTRY_AWS],
		"user", d->user_id,
		"account", a->q->aws->caller.account,
		"device", device,
		"method", registry_method_names[method_of(d)],
		"basis", d->proof ? adopt_proof_name(d->proof) : BASIS);
	if (body && d->token[0])
		json_member(&body, "token", json_string(d->token));
	if (body && oath[0])
		json_member(&body, "oath_account", json_string(oath));
	return record_event(record, EVENT_BINDING_ADDED, RECORD_BINDING, body,
		err);
}

int adopting_record(const struct adopting *a, struct record *record,
	struct adopted_device *d, struct error *err)
{
	int r = d->proof ? record_seen(a, record, d, err) :
		record_unseen(record, d, err);

	return r < 0 ? r : record_binding(a, record, d, err);
}
