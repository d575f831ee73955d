/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered and revoked at AWS. */
#include "bridge/show/mfa.h"

#include "aws/api/device.h"
#include "bridge/mfa/sequence.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

static int enrolled_json(const struct mfa_enrolled *e, struct error *err)
{
	const struct journal_facts *f = &e->facts;
	char head[REGISTRY_HEAD_LEN];
	json_t *o;

	registry_head_format(&e->head, head);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s}",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deviceKind", "virtual",
		"method", e->method,
		"joinedBy", e->joined_by,
		"basis", f->basis,
		"token", f->token,
		"holder", f->holder,
		"verdict", verdict_name(e->verdict),
		"confirmed", e->confirmed,
		"evidence", f->evidence,
		"head", head);
	if (o && f->token_serial)
		json_object_set_new(o, "tokenSerial",
			json_integer(f->token_serial));
	if (o && f->endpoint[0])
		json_object_set_new(o, "endpoint", json_string(f->endpoint));
	return ui_json(json_pack("{s:o}", "enrolled", o), err);
}

int show_enrolled(const struct mfa_enrolled *e, bool json, struct error *err)
{
	const struct journal_facts *f = &e->facts;
	char head[REGISTRY_HEAD_LEN];

	if (json)
		return enrolled_json(e, err);
	registry_head_format(&e->head, head);
	ui_put(UI_GOOD, "Enrolled");
	ui_line(" %s", f->serial);
	ui_line("  user      %s in account %s%s%s", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	if (f->token_serial)
		ui_line("  token     serial %u, registry id %.8s, holder %s, "
			"%s", f->token_serial, f->token, f->holder,
			verdict_name(e->verdict));
	else
		ui_line("  token     registry id %.8s, holder %s, %s",
			f->token, f->holder, verdict_name(e->verdict));
	ui_line("  account   %s", f->oath_account);
	ui_line("  proved    %s", strcmp(f->basis, REGISTRY_BASIS_CODE) ?
		"by an HMAC over a random challenge" :
		"by a code over a random challenge, 31 bits: the token gives "
		"no more");
	ui_line("  listed    %s", e->confirmed ? "AWS lists the device" :
		"AWS does not list the device yet: check with `tokenbridge "
		"audit`");
	ui_line("  evidence  %s", f->evidence[0] ? f->evidence : "-");
	ui_line("  head      %s", head);
	ui_say("AWS lists this as a virtual device, and codes are not "
		"phishing-resistant: a FIDO device is better where the "
		"console is all that is used.");
	return 0;
}

int show_revoked(const struct mfa_revoked *x, bool json, struct error *err)
{
	const struct journal_facts *f = &x->facts;
	bool virtual = device_kind(f->serial) == DEVICE_VIRTUAL;
	char head[REGISTRY_HEAD_LEN], who[SEQUENCE_TOKEN_LEN];
	json_t *o;

	registry_head_format(&x->head, head);
	if (json) {
		o = json_pack("{s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:s}",
			"account", f->account, "user", f->user, "device",
			f->serial, "deactivated", !x->gone, "deleted",
				virtual && !x->gone,
			"bindingRemoved", f->binding[0] != '\0',
			"oathAccountRemoved", f->oath_account[0] &&
				!x->account_left,
			"head", head);
		if (f->endpoint[0])
			json_object_set_new(o, "endpoint",
				json_string(f->endpoint));
		if (x->account_left)
			json_object_set_new(o, "notReached", json_pack("[s]",
				f->oath_account));
		return ui_json(json_pack("{s:o}", "revoked", o), err);
	}
	ui_put(UI_GOOD, "Revoked");
	ui_line(" %s", f->serial);
	ui_line("  user         %s in account %s%s%s", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	ui_line("  at AWS       %s", x->gone ? "was gone already" :
		virtual ? "deactivated and deleted" : "deactivated");
	ui_line("  registry     %s", f->binding[0] ? "binding removed" :
		"knew no binding");
	if (f->oath_account[0] && !x->account_left)
		ui_line("  token        account removed from %s",
			sequence_token(f, who));
	if (x->account_left)
		ui_line("  NOT REACHED  %s is not here: the account '%s' stays "
			"in it (worthless at AWS now)",
			sequence_token(f, who), f->oath_account);
	ui_line("  head         %s", head);
	return 0;
}
