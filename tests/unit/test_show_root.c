/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown of root, to the letter: to people and as JSON.
 */
#include "tests/unit/shown.h"

#include "bridge/audit/rules/checks.h"
#include "bridge/show/root/inventory.h"
#include "bridge/show/root/many.h"
#include "bridge/show/root/page.h"
#include "bridge/show/root/root.h"
#include "bridge/show/root/unfinished.h"
#include "bridge/terminal/ui.h"

#define ACCOUNT "123456789012"
#define OTHER "210987654321"
#define NOW 1767225600
#define ID "0123456789abcdef0123456789abcdef"
#define PHONE "arn:aws:iam::" ACCOUNT ":mfa/phone"
#define KEY "arn:aws:iam::" ACCOUNT ":u2f/root/key"

/* ---- looked at ---- */

static struct root_sight sight;
static struct root_judgement judgement;
static struct show_root shown = { .sight = &sight, .judgement = &judgement,
	.endpoint = "" };

static void see(const char *partition, enum audit_answer password,
	enum audit_answer mfa)
{
	static const struct audit_fact unknown = { AUDIT_NOT_KNOWN,
		"iam:GetAccountSummary", 0, "you may not", true };
	size_t i;

	memset(&sight, 0, sizeof(sight));
	strcpy(sight.account, ACCOUNT);
	sight.partition = partition_by_name(partition);
	for (i = 0; i < ROOT_FACTS; i++)
		sight.fact[i] = (struct audit_fact){ AUDIT_NO,
			"iam:GetAccountSummary", NOW, NULL, false };
	sight.fact[ROOT_PASSWORD].answer = password;
	sight.fact[ROOT_MFA].answer = mfa;
	if (mfa == AUDIT_NOT_KNOWN)
		sight.fact[ROOT_MFA] = unknown;
	shown.alias = NULL;
	shown.endpoint = "";
	root_judge(&sight, &judgement);
}

static void add_device(const char *serial, enum device_kind kind)
{
	struct root_device *d = &sight.devices[sight.devices_n++];

	*d = (struct root_device){ .kind = kind,
		.source = "iam:ListMFADevices" };
	strcpy(d->serial, serial);
}

static void one_of_each(bool json)
{
	see("aws", AUDIT_YES, AUDIT_YES);
	add_device(PHONE, DEVICE_VIRTUAL);
	sight.devices[0].enabled = NOW;
	add_device(KEY, DEVICE_FIDO);
	sight.devices[1].certified_known = true;
	sight.devices[1].certifications_n = 1;
	strcpy(sight.devices[1].certifications[0].name, "FIDO");
	strcpy(sight.devices[1].certifications[0].level, "L1");
	add_device("GAKT12345678", DEVICE_HARDWARE);
	sight.devices[2].certified_known = true;
	sight.all_devices = true;
	sight.fact[ROOT_VIRTUAL].answer = AUDIT_YES;
	sight.reported = (struct audit_reported){ .read = true, .has = true,
		.mfa = AUDIT_YES, .password = AUDIT_NO,
		.generated = NOW - 7200, .now = NOW };
	root_judge(&sight, &judgement);
	shown.alias = "corp";
	shown.endpoint = "http://e";
	OK(show_root_check(&shown, json, &err));
	/* nothing is known of it but by a person's word */
	see("aws", AUDIT_NOT_KNOWN, AUDIT_NOT_KNOWN);
	sight.stated = true;
	strcpy(sight.stated_by, "login uid 1000");
	sight.reported = (struct audit_reported){ .has = true };
	OK(show_root_check(&shown, json, &err));
	see("aws", AUDIT_YES, AUDIT_YES);
	OK(show_root_check(&shown, json, &err));
	see("aws", AUDIT_NO, AUDIT_NO);
	OK(show_root_check(&shown, json, &err));
	see("aws-us-gov", AUDIT_NO, AUDIT_NO);
	OK(show_root_check(&shown, json, &err));
	see("aws-cn", AUDIT_NO, AUDIT_NO);
	OK(show_root_check(&shown, json, &err));
}

static void what_is_known_of_root(void **state)
{
	(void)state;
	begin_show();
	one_of_each(false);
	end_show("root-check");
	begin_show();
	one_of_each(true);
	end_show("root-check-json");
}

/* ---- many ---- */

static void several_accounts(bool json)
{
	struct removal_receipt taken = { .account = OTHER };
	struct registry_head head = { .seq = 7 };
	struct show_many m;

	strcpy(head.stream, ID);
	show_many_begin(&m, "accounts", json);
	see("aws", AUDIT_YES, AUDIT_NOT_KNOWN);
	show_many_looked(&m, "corp", &shown);
	see("aws", AUDIT_YES, AUDIT_NO);
	show_many_looked(&m, ACCOUNT, &shown);
	see("aws", AUDIT_NO, AUDIT_NO);
	show_many_looked(&m, "", &shown);
	show_many_failed(&m, OTHER, "dev", "AWS says no");
	show_many_skipped(&m, OTHER, NULL, "it is closed");
	taken.rows = json_pack("[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s},"
		"{s:s,s:s,s:s},{s:s,s:s,s:s}]",
		"outcome", "removed", "what", "access-key", "subject", "AKIA1",
		"text", "deleted", "outcome", "not-removed", "what",
		"password", "text", "AWS says no", "command", "aws x",
		"outcome", "kept", "what", "device", "text", "it stays",
		"outcome", "gone", "what", "certificate", "text", "was gone");
	assert_non_null(taken.rows);
	taken.done = 1;
	show_many_removed(&m, "dev", &taken);
	taken.left = 1;
	show_many_removed(&m, "dev", &taken);
	taken.done = taken.left = 0;
	show_many_removed(&m, "dev", &taken);
	json_decref(taken.rows);
	ui_be_verbose(true);
	OK(show_many_end(&m, "http://e", true, &head, &err));
	ui_be_verbose(false);
	show_many_begin(&m, "accounts", json);
	OK(show_many_end(&m, "", false, &head, &err));
	show_many_begin(&m, "accounts", json);
	OK(show_many_end(&m, "", false, NULL, &err));
}

static void root_of_several_accounts(void **state)
{
	(void)state;
	begin_show();
	several_accounts(false);
	end_show("root-many");
	begin_show();
	several_accounts(true);
	end_show("root-many-json");
}

/* ---- the receipt ---- */

static void see_key(struct root_progress *p, enum root_event event,
	enum root_how how)
{
	struct root_observation *o = &p->seen[p->seen_n++];

	*o = (struct root_observation){ .event = event, .how = how,
		.when = NOW };
	if (how == ROOT_BY_TRAIL)
		strcpy(o->trail, "e-1");
	if (how == ROOT_BY_WORD)
		strcpy(o->by, "login uid 1000");
}

/* Two keys: all that can be told of one, and little of the other. */
static void fill_receipt(struct root_receipt *r)
{
	struct root_progress *p = &r->keys[0].progress;

	r->keys_n = 2;
	strcpy(p->token, ID);
	strcpy(p->token_name, "'root-1'");
	strcpy(p->method, "fido");
	strcpy(p->device_name, "root-1-1001");
	strcpy(p->serial, KEY);
	r->keys[0].row.label = (char *)(uintptr_t)"root-1";
	see_key(p, ROOT_WAS_ENABLED, ROOT_BY_TRAIL);
	see_key(p, ROOT_WAS_ENABLED, ROOT_BY_LIST);
	see_key(p, ROOT_SIGNED_IN, ROOT_BY_WORD);
	p = &r->keys[1].progress;
	strcpy(p->token_name, "an app");
	strcpy(p->method, "virtual");
	strcpy(p->device_name, "app-01234567");
	see_key(p, ROOT_WAS_ENABLED, ROOT_BY_COUNTS);
	r->removed_n = 1;
	r->removed[0] = (struct root_observation){ .event = ROOT_WAS_REMOVED,
		.how = ROOT_BY_LIST, .when = NOW };
	strcpy(r->removed[0].device, PHONE);
	r->open_n = 2;
	strcpy(r->open[0], "a second key");
	strcpy(r->open[1], "the virtual device");
	r->changed = true;
	r->known = 2;
	r->when = NOW;
	strcpy(r->head.stream, ID);
	r->head.seq = 9;
	r->place = "safe";
}

static void all_of_a_receipt(bool json)
{
	static struct root_receipt r;

	memset(&r, 0, sizeof(r));
	strcpy(r.account, ACCOUNT);
	OK(show_root_receipt(&r, "", json, &err));
	fill_receipt(&r);
	OK(show_root_receipt(&r, "http://e", json, &err));
	r.keys_n = r.removed_n = r.open_n = 0;
	r.place = NULL;
	r.bag.bag = "A 17";
	r.bag.custodians[0] = "alice";
	OK(show_root_receipt(&r, "", json, &err));
	r.bag.custodians[1] = "bob";
	OK(show_root_receipt(&r, "", json, &err));
}

static void print_page(const struct root_receipt *r)
{
	struct buf b;

	buf_init(&b, ROOT_PAGE_MAX);
	root_page(r, &b);
	assert_false(buf_failed(&b));
	fputs(buf_str(&b), stdout);
	buf_done(&b);
}

static void the_page_that_lies_in_the_safe(void **state)
{
	static struct registry_identifier serial;
	static struct root_receipt r;

	(void)state;
	memset(&r, 0, sizeof(r));
	strcpy(r.account, ACCOUNT);
	begin_show();
	print_page(&r);
	fill_receipt(&r);
	serial.kind = (char *)(uintptr_t)REGISTRY_ID_SERIAL;
	serial.value = (char *)(uintptr_t)"1001";
	r.keys[0].row.identifiers = &serial;
	r.keys[0].row.identifiers_n = 1;
	r.keys[0].row.model = (char *)(uintptr_t)"YubiKey 5 NFC";
	r.bag.bag = "A 17";
	r.bag.custodians[0] = "alice";
	print_page(&r);
	r.keys_n = 1;
	r.open_n = 1;
	r.bag.custodians[1] = "bob";
	print_page(&r);
	end_show("root-page");
}

static void what_was_done_about_root(void **state)
{
	(void)state;
	begin_show();
	all_of_a_receipt(false);
	end_show("root-receipt");
	begin_show();
	all_of_a_receipt(true);
	end_show("root-receipt-json");
}

/* ---- the inventory ---- */

static struct registry_binding bindings[4];
static struct registry_token tokens[2];
static struct vault_key keys[4];

static void fill_vault(void)
{
	struct registry_identifier *id;
	size_t i;

	memset(bindings, 0, sizeof(bindings));
	memset(tokens, 0, sizeof(tokens));
	memset(keys, 0, sizeof(keys));
	for (i = 0; i < ARRAY_LEN(keys); i++) {
		strcpy(bindings[i].account, i < 3 ? ACCOUNT : OTHER);
		bindings[i].method = REGISTRY_FIDO;
		bindings[i].since = NOW;
		keys[i].binding = &bindings[i];
	}
	bindings[0].device = (char *)(uintptr_t)KEY;
	for (i = 0; i < ARRAY_LEN(tokens); i++) {
		strcpy(tokens[i].id, ID);
		keys[i].token = &tokens[i];
	}
	tokens[0].label = (char *)(uintptr_t)"root-1";
	tokens[0].holder_name = (char *)(uintptr_t)"safe";
	tokens[0].bag_state = REGISTRY_BAG_SEALED;
	tokens[0].bag = (char *)(uintptr_t)"A 17";
	tokens[0].bag_since = NOW + 60;
	tokens[0].custodians[0] = (char *)(uintptr_t)"alice";
	tokens[0].custodians[1] = (char *)(uintptr_t)"bob";
	id = calloc(1, sizeof(*id));
	assert_non_null(id);
	id->kind = (char *)(uintptr_t)REGISTRY_ID_SERIAL;
	id->value = (char *)(uintptr_t)"1001";
	tokens[1].identifiers = id;
	tokens[1].identifiers_n = 1;
	tokens[1].custodians[0] = (char *)(uintptr_t)"carol";
	keys[0].findings = VAULT_ADVISORY;
	strcpy(keys[0].advisories, "YSA-2024-03");
	keys[1].findings = VAULT_IN_NO_PLACE | VAULT_IN_NO_BAG | VAULT_OUT |
		VAULT_LOST | VAULT_MAYBE;
	strcpy(keys[1].advisories, "YSA-2024-03 YSA-2025-01");
	keys[2].findings = VAULT_NO_TOKEN;
}

static void roots_keys_account_by_account(void **state)
{
	struct vault v = { keys, ARRAY_LEN(keys) };
	const struct vault empty = { .p = NULL };

	(void)state;
	fill_vault();
	begin_show();
	OK(show_root_inventory(&v, false, &err));
	OK(show_root_inventory(&empty, false, &err));
	end_show("root-inventory");
	begin_show();
	OK(show_root_inventory(&v, true, &err));
	OK(show_root_inventory(&empty, true, &err));
	end_show("root-inventory-json");
	assert_true(show_root_inventory_found(&v));
	assert_false(show_root_inventory_found(&empty));
	/* one finding of a key is enough; none is none */
	keys[0].findings = keys[1].findings = 0;
	strcpy(tokens[0].holder, ID);
	strcpy(tokens[1].holder, "1" "123456789abcdef0123456789abcdef");
	keys[1].token = &tokens[1];
	v.n = 2;
	assert_false(show_root_inventory_found(&v));
	keys[1].findings = VAULT_OUT;
	assert_true(show_root_inventory_found(&v));
	free(tokens[1].identifiers);
}

/* ---- unfinished ---- */

static void set_ups_that_are_not_finished(void **state)
{
	static struct root_seen list[3];
	const struct root_sights sights = { .p = list, .n = 3 };
	json_t *rows;
	size_t i;

	(void)state;
	memset(list, 0, sizeof(list));
	for (i = 0; i < 3; i++) {
		struct root_progress *p = &list[i].progress;

		strcpy(p->account, ACCOUNT);
		strcpy(p->method, "fido");
		p->begun = time(NULL) - 7200;
		p->point = (enum root_point)i;
	}
	strcpy(list[0].progress.token_name, "'root-1'");
	strcpy(list[1].progress.endpoint, "http://e");
	strcpy(list[1].progress.method, "hardware-totp");
	strcpy(list[1].progress.serial, "GAKT12345678");
	list[2].running = true;
	begin_show();
	show_root_unfinished_text(&sights);
	end_show("root-unfinished");
	list[0].progress.begun = list[1].progress.begun =
		list[2].progress.begun = NOW;
	begin_show();
	rows = show_root_unfinished_json(&sights);
	assert_non_null(rows);
	OK(ui_json(json_pack("{s:o}", "rows", rows), &err));
	end_show("root-unfinished-json");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_known_of_root),
		TEST(root_of_several_accounts),
		TEST(what_was_done_about_root),
		TEST(the_page_that_lies_in_the_safe),
		TEST(roots_keys_account_by_account),
		TEST(set_ups_that_are_not_finished),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("show root", tests, NULL, NULL);
}
