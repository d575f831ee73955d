/* SPDX-License-Identifier: Apache-2.0 */
/* policy: what the policy file says, and what it says of a token. */
#include "bridge/command/verify-request.h"
#include "bridge/run/json.h"
#include "bridge/show/verify.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/table.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/admission.h"

#include <stdio.h>

/* ---- show ---- */

/* One rule: what it says, and the line that says so; 0: by default. */
struct rule {
	char key[48];
	const char *value;
	size_t line;
};

#define RULES_MAX (POLICY_KEY_COUNT + POLICY_FIRMWARES_MAX)

/* Every key in the table's order, a product's firmware behind all firmware. */
static size_t gather_rules(const struct policy *p,
	char text[POLICY_FIRMWARES_MAX][PRODUCT_FIRMWARE_LEN],
	struct rule rules[RULES_MAX])
{
	size_t i, k, n = 0;

	for (i = 0; i < POLICY_KEY_COUNT; i++) {
		snprintf(rules[n].key, sizeof(rules[n].key), "%s",
			policy_key_name(i));
		rules[n].value = p->value[i] ? p->value[i] :
			policy_key_default((enum policy_key)i);
		rules[n++].line = p->line[i];
		for (k = 0; i == POLICY_FIRMWARE && k < p->firmwares_n; k++) {
			const struct policy_firmware *f = &p->firmwares[k];

			snprintf(rules[n].key, sizeof(rules[n].key),
				"firmware.%s", f->product);
			product_firmware_format(f->minimum, text[k]);
			rules[n].value = text[k];
			rules[n++].line = f->line;
		}
	}
	return n;
}

static int show_json(const struct policy *p, const struct rule *rules,
	size_t n, struct error *err)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_row(&list, json_pack("{s:s,s:s,s:o}",
			"key", rules[i].key, "value", rules[i].value,
			"line", json_of_number(rules[i].line > 0,
				rules[i].line)));
	return ui_json(json_pack("{s:{s:o,s:o}}", "policy", "path",
		json_of_text(p->file), "rules", list), err);
}

static void show_text(const struct policy *p, const struct rule *rules,
	size_t n)
{
	static const struct table_column columns[] = {
		{ "KEY", 0 },
		{ "VALUE", 0 },
		{ "FROM", 1 },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	char from[320];
	size_t i;

	for (i = 0; i < n; i++) {
		const char *cells[] = { rules[i].key, rules[i].value, from };

		if (rules[i].line)
			snprintf(from, sizeof(from), "%s:%zu", p->file,
				rules[i].line);
		else
			snprintf(from, sizeof(from), "default");
		table_row(table, cells);
	}
	table_print(&table, NULL);
}

static int policy_show(struct app *app, struct error *err)
{
	char text[POLICY_FIRMWARES_MAX][PRODUCT_FIRMWARE_LEN];
	struct rule rules[RULES_MAX];
	CLEANUP(policy_done) struct policy policy;
	size_t n;
	int r;

	policy_init(&policy);
	r = policy_load(option(&app->options, OPTION_POLICY), &policy, err);
	if (r < 0)
		return r;
	n = gather_rules(&policy, text, rules);
	if (app->json)
		return show_json(&policy, rules, n, err);
	if (!policy.file)
		ui_say("There is no policy file (the setting `policy` in "
			"tokenbridge.conf(5)): the defaults hold.");
	show_text(&policy, rules, n);
	return 0;
}

/* ---- check ---- */

static int print_check(struct app *app, const struct policy *p,
	const struct verification *v, const struct policy_refusals *r,
	struct error *err)
{
	char who[200];
	size_t i;
	json_t *o;

	if (app->json) {
		o = show_verification_json(v);
		json_member(&o, "policy", show_policy_json(p, r));
		return ui_json(o, err);
	}
	if (v->token) {
		attached_describe(v->token, who, sizeof(who));
		ui_line("%s, %s", who, verdict_name(v->verdict));
	} else {
		ui_line("saved evidence, %s", verdict_name(v->verdict));
	}
	for (i = 0; i < r->n; i++)
		ui_line("  %s", r->rows[i].text);
	ui_put(r->n ? UI_BAD : UI_GOOD, "%s", r->n ? "refused" : "accepted");
	ui_line(": %s", p->file ? p->file :
		"the defaults, there is no policy file");
	return 0;
}

static int policy_check(struct app *app, struct error *err)
{
	CLEANUP(verifying_done) struct verifying x;
	struct policy_refusals refusals = { .n = 0 };
	struct policy_facts facts;
	int r;

	verifying_init(&x);
	r = verifying_run(app, &x, err);
	if (r < 0)
		return r;
	facts = admission_facts(&x.v, option(&app->options, OPTION_METHOD));
	policy_decide(&x.trust.policy, &facts, &refusals);
	r = print_check(app, &x.trust.policy, &x.v, &refusals, err);
	return r < 0 ? r : refusals.n ? STATUS_REFUSED : STATUS_DONE;
}

/* ---- the verbs ---- */

const struct verb verb_policy = {
	.command = "policy",
	.group = GROUP_JUDGE,
	.summary = "which tokens may be registered",
	.help = "The setting `policy` of the system's configuration names a "
		"file that says which tokens may be registered: models, "
		"firmware, verdicts, a PIN, certification, methods; see "
		"tokenbridge.policy(5). enroll and pam-enroll obey it, verify "
		"shows what it says.\n",
	.example = "  tokenbridge policy show\n  tokenbridge policy check\n",
};

const struct verb verb_policy_show = {
	.command = "policy",
	.name = "show",
	.group = GROUP_JUDGE,
	.summary = "every rule, with the line that it stands in",
	.help = "Prints each rule, what it says, and the file's line that says "
		"so; without a file the defaults.\n",
	.example = "  tokenbridge policy show\n",
	.options = { OPTION_JSON, OPTION_FORMAT },
	.run = policy_show,
};

const struct verb verb_policy_check = {
	.command = "policy",
	.name = "check",
	.group = GROUP_JUDGE,
	.summary = "would this token be refused, and by which line",
	.help = "Verifies the attached token (one touch), or evidence that was "
		"saved, and ends with 6 where the policy refuses it, each "
		"refusal with its line. With --method the rules about methods "
		"are asked too.\n",
	.example = "  tokenbridge policy check --method totp\n"
		"  tokenbridge policy check --from alice.json\n",
	.options = { OPTION_METHOD, OPTION_FRESH, OPTION_FROM, OPTION_AT,
		OPTION_SHA256, OPTION_TOKEN, OPTION_READERS, OPTION_REGISTRY,
		OPTION_PIN_FD, OPTION_TOUCH_TIMEOUT, OPTION_JSON,
		OPTION_FORMAT },
	.combinations = {
		{ OPTION_FROM, GOES_WITHOUT, { OPTION_FRESH, OPTION_TOKEN,
			OPTION_READERS, OPTION_REGISTRY, OPTION_PIN_FD,
			OPTION_TOUCH_TIMEOUT } },
		{ OPTION_FROM, GOES_WITH, { OPTION_AT, OPTION_SHA256 } },
	},
	.stray = OPTION_TOKEN,
	.run = policy_check,
};
