/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of a token and of its verification, to the letter. */
#include "tests/unit/shown.h"

#include "bridge/show/info.h"
#include "bridge/show/verify.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/policy.h"
#include "token/hid/hid.h"

#define NOW 1767225600
#define ID "0123456789abcdef0123456789abcdef"
#define TEXT(s) ((char *)(uintptr_t)(s))

/* ---- info ---- */

static struct token token;
static struct info found;
static struct oath_card card;
static struct advisories advisories;

static void a_plain_token(void)
{
	memset(&token, 0, sizeof(token));
	memset(&found, 0, sizeof(found));
	memset(&card, 0, sizeof(card));
	memset(&advisories, 0, sizeof(advisories));
	token.nodes = 1;
	token.node.transport = NODE_USB;
	token.node.vendor = 0x1209;
	token.node.product = 0xbeee;
	strcpy(token.node.product_name, "Solo 4");
	strcpy(token.node.path, "/dev/hidraw3");
	token.fido.resident_left = -1;
	found.pin_retries = -1;
	found.advisories = &advisories;
	steps_add(&found.steps, "advisories", STEP_PASS, VERDICT_GENUINE,
		"table of 2026-01-01");
}

static void it_speaks_fido(void)
{
	struct fido_info *f = &token.fido;

	token.identified = true;
	f->hid_protocol = 2;
	f->hid_version[0] = 5;
	f->hid_capabilities = HID_CAP_WINK | HID_CAP_CBOR;
	strcpy(f->versions, "U2F_V2 FIDO_2_0");
	f->ctap2 = true;
	f->aaguid[0] = 0xaa;
	f->resident = FIDO_ON;
}

static void a_full_token(void)
{
	struct fido_info *f = &token.fido;
	struct devinfo *d = &token.devinfo;
	static struct discoverable_rp rps[2];

	a_plain_token();
	it_speaks_fido();
	token.nodes = 2;
	token.node.vendor = USB_VENDOR_YUBICO;
	token.node.product = 0x0407;
	token.node.has_ccid = token.node.has_keyboard = true;
	*d = (struct devinfo){ .present = true, .has_serial = true,
		.serial = 12345678, .has_version = true,
		.version = { 5, 7, 4 }, .has_usb_enabled = true,
		.usb_supported = 0x23b, .usb_enabled = 0x222,
		.form_factor = 1, .fips = true, .nfc_supported = 0x23b,
		.nfc_enabled = 0x202, .locked = true,
		.fips_capable = DEVINFO_PIV, .fips_approved = DEVINFO_OATH,
		.pin_complexity = true, .nfc_restricted = true,
		.reset_blocked = DEVINFO_FIDO2, .has_stage = true,
		.stage = DEVINFO_BETA, .fingerprint_version = { 1, 2, 3 } };
	strcpy(d->part_number, "PART-1");
	strcpy(f->extensions, "hmac-secret credProtect");
	strcpy(f->transports, "usb nfc");
	strcpy(f->algorithms, "es256 eddsa");
	f->client_pin = FIDO_ON;
	f->user_verification = FIDO_OFF;
	f->always_uv = FIDO_ON;
	f->min_pin_length = 6;
	f->resident_left = 0;
	f->max_list = 8;
	found.pin_retries = 8;
	found.getinfo = json_pack("{s:[s],s:{s:b,s:b},s:[i,i],s:{},s:f,s:n,"
		"s:[{s:s,s:i}],s:s}",
		"versions", "U2F_V2", "options", "rk", 1, "up", 0,
		"pinUvAuthProtocols", 2, 1, "certifications", "ratio", 0.5,
		"nothing", "list", "type", "public-key", "alg", -7, "word",
		"hello");
	found.has_discoverable = true;
	found.discoverable = (struct discoverable){ .kept = 3, .left = 97,
		.rps = rps, .rps_n = 2, .has_identifier = true,
		.identifier = { 0xde, 0xad } };
	strcpy(rps[0].id, "example.com");
	rps[0].n = 2;
	strcpy(rps[1].id, "example.org");
	rps[1].n = 1;
	found.card = &card;
	card.has_oath = true;
	card.join = CARD_SAME_USB;
	strcpy(card.reader, "Yubico YubiKey 00 00");
	card.applet.version[0] = 5;
	card.applet.version[2] = 4;
	strcpy(card.applet.id, "oath-id");
	strcpy(card.applet.accounts[0].name, "AWS:alice");
	strcpy(card.applet.accounts[1].name, "AWS:bob");
	card.applet.n = 2;
	found.has_otp = true;
	found.otp = (struct otp_interface){ .version = { 5, 7, 4 },
		.slots = { { .configured = true, .touch = true },
			{ .configured = true } } };
	found.differences.n = 2;
	strcpy(found.differences.text[0], "firmware: 5.7.4 and 5.7.2");
	strcpy(found.differences.text[1], "serial: 1 and 2");
	steps_add(&found.steps, "advisory", STEP_WARN, VERDICT_VULNERABLE,
		"YSA-2024-03 concerns it");
	strcpy(advisories.date, "2026-01-01");
	strcpy(advisories.local, "/etc/tokenbridge/advisories");
	strcpy(advisories.local_date, "2026-02-01");
	found.row.json = json_pack("{s:i,s:s,s:s,s:s,s:s}", "rows", 1, "id", ID,
		"label", "blue-1", "state", "assigned", "holder", "Alice");
}

static void show_info(bool json)
{
	if (json)
		OK(ui_json(show_info_json(&token, &found), &err));
	else
		show_info_text(&token, &found);
}

/* What each of a few settings is told as, one at a time. */
static void settings_of_it(bool json)
{
	struct fido_info *f = &token.fido;

	a_plain_token();
	it_speaks_fido();
	f->client_pin = FIDO_OFF;
	token.node.has_ccid = true;
	found.row.json = json_pack("{s:i}", "rows", 0);
	show_info(json);
	json_decref(found.row.json);
	a_plain_token();
	it_speaks_fido();
	f->client_pin = FIDO_ON;
	f->always_uv = FIDO_OFF;
	f->min_pin_length = 4;
	f->resident_left = 25;
	token.nodes = 2;
	found.has_discoverable = true;
	found.discoverable.kept = 1;
	found.row.json = json_pack("{s:i}", "rows", 2);
	show_info(json);
	json_decref(found.row.json);
	found.row.json = json_pack("{s:i,s:n,s:s,s:n,s:n}", "rows", 1, "id",
		"state", "stock", "label", "holder");
	f->pin_change_forced = true;
	found.pin_retries = 1;
	token.node.path[0] = '\0';
	token.node.transport = NODE_SMART_CARD;
	show_info(json);
	json_decref(found.row.json);
	found.row.json = NULL;
	f->ctap2 = false;
	f->hid_capabilities = HID_CAP_NMSG;
	show_info(json);
}

static void interfaces_of_it(bool json)
{
	a_plain_token();
	token.problem = TOKEN_BROKEN;
	strcpy(token.problem_text, "it does not answer");
	strcpy(found.getinfo_text, "getInfo says nonsense");
	strcpy(found.card_text, "pcscd does not run");
	strcpy(found.otp_text, "libykpers says no");
	strcpy(found.row_text, "the registry is damaged");
	show_info(json);
	it_speaks_fido();
	found.card = &card;
	found.has_otp = true;
	show_info(json);
	card.has_oath = true;
	card.join = CARD_SAME_SERIAL;
	card.applet.locked = true;
	show_info(json);
	card.applet.locked = false;
	show_info(json);
}

static void each_info(bool json)
{
	a_plain_token();
	show_info(json);
	a_full_token();
	show_info(json);
	json_decref(found.getinfo);
	json_decref(found.row.json);
	settings_of_it(json);
	interfaces_of_it(json);
}

static void what_a_token_is(void **state)
{
	(void)state;
	begin_show();
	each_info(false);
	end_show("info");
	begin_show();
	each_info(true);
	end_show("info-json");
}

/* ---- verification ---- */

static void show_verified(bool json, const struct verification *v)
{
	if (json)
		OK(ui_json(show_verification_json(v), &err));
	else
		show_verification(v);
}

static void each_verification(bool json)
{
	static struct verification v;
	int i;

	a_full_token();
	json_decref(found.getinfo);
	json_decref(found.row.json);
	memset(&v, 0, sizeof(v));
	v.advisories = &advisories;
	v.row.verdict = -1;
	strcpy(v.row.id, ID);
	for (i = STEP_PASS; i <= STEP_SKIPPED; i++)
		steps_add(&v.steps, i ? "chain" : "signature",
			(enum step_status)i, i == STEP_FAIL ? VERDICT_FORGED :
			VERDICT_GENUINE, "as seen %d", i);
	v.verdict = VERDICT_FORGED;
	show_verified(json, &v);
	v.token = &token;
	v.verdict = VERDICT_GENUINE;
	v.known = v.proved = true;
	v.row.state = REGISTRY_HANDED_OVER;
	v.row.holder_name = TEXT("Alice");
	v.row.seen = NOW;
	v.row.seen_host = TEXT("host-1");
	v.facts.aaguid_proved = true;
	v.facts.aaguid[0] = 0xaa;
	v.subject = (struct advisory_subject){ .basis = ADVISORY_SIGNED,
		.low = 0x050704, .high = 0x050704 };
	show_verified(json, &v);
	token.devinfo.has_serial = false;
	v.verdict = VERDICT_VULNERABLE;
	v.known = false;
	advisories.local[0] = '\0';
	v.subject.basis = ADVISORY_SELF_REPORTED;
	strcpy(v.registry_closed, "it is root's");
	show_verified(json, &v);
	v.verdict = VERDICT_UNDECIDED;
	v.subject.basis = ADVISORY_BY_AAGUID;
	v.subject.high++;
	show_verified(json, &v);
	v.subject.basis = ADVISORY_UNKNOWN;
	v.subject.high--;
	show_verified(json, &v);
}

static void what_a_verification_found(void **state)
{
	(void)state;
	begin_show();
	each_verification(false);
	end_show("verification");
	begin_show();
	each_verification(true);
	end_show("verification-json");
}

static void what_a_policy_refuses(void **state)
{
	static struct policy_refusals refused;
	struct policy p = { .file = NULL };

	(void)state;
	memset(&refused, 0, sizeof(refused));
	begin_show();
	OK(ui_json(show_policy_json(&p, &refused), &err));
	p.file = TEXT("/etc/tokenbridge/policy");
	refused.n = 2;
	refused.rows[0].key = POLICY_PIN;
	refused.rows[0].line = 7;
	strcpy(refused.rows[0].text, "it has no PIN");
	refused.rows[1].key = POLICY_METHODS;
	strcpy(refused.rows[1].text, "not by totp");
	OK(ui_json(show_policy_json(&p, &refused), &err));
	end_show("policy-json");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_token_is),
		TEST(what_a_verification_found),
		TEST(what_a_policy_refuses),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("show info", tests, NULL, NULL);
}
