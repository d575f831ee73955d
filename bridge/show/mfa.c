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
	printf("%sEnrolled%s %s\n", ui_style(stdout, UI_GOOD),
		ui_style(stdout, UI_PLAIN), f->serial);
	printf("  user      %s in account %s%s%s\n", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	if (f->token_serial)
		printf("  token     serial %u, registry id %.8s, holder %s, "
			"%s\n", f->token_serial, f->token, f->holder,
			verdict_name(e->verdict));
	else
		printf("  token     registry id %.8s, holder %s, %s\n",
			f->token, f->holder, verdict_name(e->verdict));
	printf("  account   %s\n", f->oath_account);
	printf("  proved    %s\n", strcmp(f->basis, REGISTRY_BASIS_CODE) ?
		"by an HMAC over a random challenge" :
		"by a code over a random challenge, 31 bits: the token gives "
		"no more");
	printf("  listed    %s\n", e->confirmed ? "AWS lists the device" :
		"AWS does not list the device yet: check with `tokenbridge "
		"audit`");
	printf("  evidence  %s\n", f->evidence[0] ? f->evidence : "-");
	printf("  head      %s\n", head);
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
	printf("%sRevoked%s %s\n", ui_style(stdout, UI_GOOD),
		ui_style(stdout, UI_PLAIN), f->serial);
	printf("  user         %s in account %s%s%s\n", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	printf("  at AWS       %s\n", x->gone ? "was gone already" :
		virtual ? "deactivated and deleted" : "deactivated");
	printf("  registry     %s\n", f->binding[0] ? "binding removed" :
		"knew no binding");
	if (f->oath_account[0] && !x->account_left)
		printf("  token        account removed from %s\n",
			sequence_token(f, who));
	if (x->account_left)
		printf("  NOT REACHED  %s is not here: the account '%s' stays "
			"in it (worthless at AWS now)\n",
			sequence_token(f, who), f->oath_account);
	printf("  head         %s\n", head);
	return 0;
}
