/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered and revoked at AWS. */
#include "bridge/show/mfa.h"

#include "aws/api/device.h"
#include "bridge/mfa/sequence.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

static int enrolled_json(const struct mfa_enrolled *e, struct error *err)
{
	const struct journal_facts *f = &e->facts;
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&e->head, head);
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s,"
		"s:o,s:s,s:b,s:o,s:s,s:o}}",
		"changed", true, "enrolled",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deviceKind", "virtual",
		"method", e->method,
		"joinedBy", json_of_text(e->joined_by),
		"serial", json_of_number(f->token_serial > 0, f->token_serial),
		"basis", f->basis,
		"token", f->token,
		"holder", json_of_text(f->holder),
		"verdict", verdict_name(e->verdict),
		"confirmed", e->confirmed,
		"evidence", json_of_text(f->evidence),
		"head", head,
		"endpoint", json_of_text(f->endpoint)), err);
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
	ui_line("  OATH      %s", f->oath_account);
	ui_line("  proved    %s", strcmp(f->basis, REGISTRY_BASIS_CODE) ?
		"by an HMAC over a random challenge" :
		"by a code over a random challenge, 31 bits: the token gives "
		"no more");
	ui_line("  listed    %s", e->confirmed ? "AWS lists the device" :
		"AWS does not list the device yet: check with `tokenbridge "
		"audit`");
	if (ui_is_verbose()) {
		ui_line("  evidence  %s", f->evidence[0] ? f->evidence : "-");
		ui_line("  head      %s", head);
	}
	ui_say("AWS lists this as a virtual device, and codes are not "
		"phishing-resistant: a FIDO device is better where the "
		"console is all that is used.");
	return 0;
}

static bool did(const struct mfa_revoked *x, enum journal_deed deed)
{
	return x->facts.did & deed;
}

static int revoked_json(const struct mfa_revoked *x, const char *head,
	struct error *err)
{
	const struct journal_facts *f = &x->facts;
	json_t *left = json_array();

	if (x->account_left)
		json_row(&left, json_string(f->oath_account));
	if (x->orphan)
		json_row(&left, json_string(f->serial));
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:s,s:o,"
		"s:o}}",
		"changed", f->did || f->binding[0], "revoked",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deactivated", did(x, JOURNAL_DID_DEACTIVATE),
		"deleted", did(x, JOURNAL_DID_DELETE),
		"bindingRemoved", f->binding[0] != '\0',
		"oathCredentialRemoved", did(x, JOURNAL_DID_ACCOUNT),
		"head", head,
		"endpoint", json_of_text(f->endpoint),
		"notReached", left), err);
}

/* What the sequence did at AWS, and no more than that. */
static const char *at_aws(const struct mfa_revoked *x)
{
	bool off = did(x, JOURNAL_DID_DEACTIVATE);
	bool virtual = device_kind(x->facts.serial) == DEVICE_VIRTUAL;

	if (x->orphan)
		return off ? "deactivated, and not deleted" :
			"not in use any more, and not deleted";
	if (did(x, JOURNAL_DID_DELETE))
		return off ? "deactivated and deleted" :
			"deleted; it was not in use any more";
	if (off)
		return virtual ? "deactivated; it was deleted already" :
			"deactivated";
	return "was gone already";
}

static void show_account(const struct mfa_revoked *x)
{
	const struct journal_facts *f = &x->facts;
	char who[SEQUENCE_TOKEN_LEN];

	if (!f->oath_account[0])
		return;
	if (did(x, JOURNAL_DID_ACCOUNT))
		ui_line("  token        OATH credential removed from %s",
			sequence_token(f, who));
	else if (!x->account_left)
		ui_line("  token        the OATH credential was not in %s any more",
			sequence_token(f, who));
	else if (x->left.code == ERROR_NO_TOKEN)
		ui_line("  NOT REACHED  %s is not here: the OATH credential "
			"'%s' stays in it (worthless at AWS now)",
			sequence_token(f, who), f->oath_account);
	else
		ui_line("  NOT REACHED  the OATH credential '%s' stays "
			"(worthless at AWS now): %s", f->oath_account,
			x->left.text);
}

int show_revoked(const struct mfa_revoked *x, bool json, struct error *err)
{
	const struct journal_facts *f = &x->facts;
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&x->head, head);
	if (json)
		return revoked_json(x, head, err);
	ui_put(x->orphan ? UI_WARN : UI_GOOD, "Revoked");
	ui_line(" %s", f->serial);
	ui_line("  user         %s in account %s%s%s", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	ui_line("  at AWS       %s", at_aws(x));
	if (x->orphan)
		ui_line("  NOT REACHED  the unassigned device stays at AWS until "
			"an administrator deletes it");
	ui_line("  registry     %s", f->binding[0] ? "binding removed" :
		"knew no binding");
	show_account(x);
	if (ui_is_verbose())
		ui_line("  head         %s", head);
	return 0;
}
