/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered, revoked and found at AWS, to the letter. */
#include "tests/unit/shown.h"

#include "bridge/show/mfa.h"
#include "bridge/terminal/ui.h"

#define ACCOUNT "123456789012"
#define NOW 1767225600
#define ID "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"
#define ARN "arn:aws:iam::" ACCOUNT ":"

/* ---- stand-ins ---- */

static bool in_between; /* a CA bundle and a proxy */

WRAP(void, account_ca_bundle, const struct aws_session *s,
	char ret[ACCOUNT_WAY_LEN])
{
	(void)s;
	strcpy(ret, in_between ? "/etc/corp.pem (AWS_CA_BUNDLE)" : "");
}

WRAP(void, account_proxy, const struct aws_session *s,
	char ret[ACCOUNT_WAY_LEN])
{
	(void)s;
	strcpy(ret, in_between ? "http://proxy:3128 (HTTPS_PROXY)" : "");
}

static void set_head(struct registry_head *head, uint64_t seq)
{
	*head = (struct registry_head){ .seq = seq };
	strcpy(head->stream, ID);
}

/* ---- enrolled ---- */

static struct mfa_enrolled enrolled(const char *method, const char *serial,
	const char *basis)
{
	struct mfa_enrolled e = { .method = method, .confirmed = true };

	strcpy(e.facts.account, ACCOUNT);
	strcpy(e.facts.user, "alice");
	strcpy(e.facts.serial, serial);
	strcpy(e.facts.basis, basis);
	set_head(&e.head, 12);
	return e;
}

static struct mfa_enrolled in_a_token(const char *basis)
{
	struct mfa_enrolled e = enrolled("totp", ARN "mfa/alice-1001", basis);

	e.joined_by = "same-usb-parent";
	e.has_verdict = true;
	e.verdict = VERDICT_GENUINE;
	e.facts.token_serial = 1001;
	strcpy(e.facts.token, ID);
	strcpy(e.facts.holder, "Alice Example");
	strcpy(e.facts.oath_account, "AWS:alice@corp");
	strcpy(e.facts.evidence, "abcdef");
	return e;
}

static struct mfa_enrolled a_security_key(size_t certifications)
{
	struct mfa_enrolled e = enrolled("fido", ARN "u2f/user/alice/key",
		REGISTRY_BASIS_NAME);

	strcpy(e.facts.token, ID);
	strcpy(e.facts.holder, "Alice Example");
	strcpy(e.facts.endpoint, "http://e");
	strcpy(e.fido.serial, e.facts.serial);
	e.fido.count = certifications;
	strcpy(e.fido.certifications[0].name, "FIDO");
	strcpy(e.fido.certifications[0].level, "L1");
	strcpy(e.fido.certifications[1].name, "FIPS");
	strcpy(e.fido.certifications[1].level, "3");
	return e;
}

/* Every basis, every method, with and without what may be missing. */
static void each_enrolled(void (*show)(const struct mfa_enrolled *e))
{
	static const char *const typed[] = { REGISTRY_BASIS_TYPED,
		REGISTRY_BASIS_STATED, REGISTRY_BASIS_TRAIL, "",
	};
	struct mfa_enrolled e = in_a_token(REGISTRY_BASIS_SEED);
	size_t i;

	show(&e);
	ui_be_verbose(true);
	show(&e);
	e = in_a_token(REGISTRY_BASIS_CODE);
	e.facts.evidence[0] = '\0';
	e.facts.token_serial = 0;
	e.has_verdict = e.confirmed = false;
	show(&e);
	ui_be_verbose(false);
	for (i = 0; i < ARRAY_LEN(typed); i++) {
		e = enrolled("hardware-totp", "GAKT12345678", typed[i]);
		show(&e);
	}
	e = enrolled("virtual", ARN "mfa/app", REGISTRY_BASIS_APP);
	show(&e);
	in_between = true;
	for (i = 0; i < 3; i++) {
		e = a_security_key(i);
		show(&e);
	}
	in_between = false;
}

static void enrolled_text(const struct mfa_enrolled *e)
{
	show_enrolled(e, NULL);
}

static void enrolled_json(const struct mfa_enrolled *e)
{
	OK(show_enrolled_json(e, false, NULL, NULL, NULL, &err));
}

static void what_was_enrolled(void **state)
{
	const struct mfa_enrolled first = a_security_key(1);
	const struct mfa_enrolled second = in_a_token(REGISTRY_BASIS_SEED);

	(void)state;
	begin_show();
	each_enrolled(enrolled_text);
	end_show("enrolled");
	begin_show();
	each_enrolled(enrolled_json);
	OK(show_enrolled_json(&first, true, NULL, json_pack("{s:s}", "file",
		"alice.pin"), NULL, &err));
	OK(show_enrolled_json(&first, true, &second, NULL, NULL, &err));
	end_show("enrolled-json");
}

/* ---- revoked ---- */

static void revoked(bool json, const char *serial, unsigned did, bool orphan)
{
	struct mfa_revoked x = { .orphan = orphan };

	strcpy(x.facts.account, ACCOUNT);
	strcpy(x.facts.user, "alice");
	strcpy(x.facts.serial, serial);
	x.facts.did = did;
	if (did & JOURNAL_DID_DEACTIVATE)
		strcpy(x.facts.binding, OTHER_ID);
	set_head(&x.head, 13);
	OK(show_revoked(&x, NULL, json, &err));
}

/* The credential in the token: gone, never there, left behind. */
static void revoked_from_token(bool json, unsigned did, enum error_code left)
{
	struct mfa_revoked x = { .account_left = left != 0 };

	strcpy(x.facts.account, ACCOUNT);
	strcpy(x.facts.user, "alice");
	strcpy(x.facts.serial, ARN "mfa/alice-1001");
	strcpy(x.facts.endpoint, "http://e");
	strcpy(x.facts.oath_account, "AWS:alice@corp");
	x.facts.token_serial = left == ERROR_BUSY ? 0 : 1001;
	strcpy(x.facts.oath_id, "oath-id");
	x.facts.did = did;
	if (left)
		error_set(&x.left, left, "the reader is held");
	set_head(&x.head, 13);
	OK(show_revoked(&x, NULL, json, &err));
}

static void each_revoked(bool json)
{
	const unsigned both = JOURNAL_DID_DEACTIVATE | JOURNAL_DID_DELETE;

	revoked(json, ARN "mfa/a", both, false);
	revoked(json, ARN "mfa/a", JOURNAL_DID_DELETE, false);
	revoked(json, ARN "mfa/a", JOURNAL_DID_DEACTIVATE, false);
	revoked(json, ARN "u2f/user/a/k", JOURNAL_DID_DEACTIVATE, false);
	revoked(json, ARN "mfa/a", JOURNAL_DID_DEACTIVATE, true);
	revoked(json, ARN "mfa/a", 0, true);
	revoked(json, ARN "mfa/a", 0, false);
	ui_be_verbose(true);
	in_between = true;
	revoked_from_token(json, JOURNAL_DID_ACCOUNT, 0);
	ui_be_verbose(false);
	revoked_from_token(json, 0, 0);
	in_between = false;
	revoked_from_token(json, both, ERROR_NO_TOKEN);
	revoked_from_token(json, both, ERROR_BUSY);
}

static void what_was_revoked(void **state)
{
	(void)state;
	begin_show();
	each_revoked(false);
	end_show("revoked");
	begin_show();
	each_revoked(true);
	end_show("revoked-json");
}

/* ---- several at once ---- */

static void a_row(struct revoke_receipt *r, enum revoke_outcome outcome,
	const char *what, const char *subject, const char *command)
{
	const struct revoke_row row = { .outcome = outcome, .what = what,
		.subject = subject, .user = subject ? "alice" : NULL,
		.text = "as it was seen", .command = command };

	revoke_tell(r, &row);
}

static void receipts(bool json)
{
	static const char *const things[] = { "device", "policy", "access-key",
		"password", "pam", "ssh", "oath", "custodian", "user",
		"orphan", "account", "something-new",
	};
	const struct show_scope user = { "user", "alice", ACCOUNT, "", NULL };
	const struct show_scope orphans = { "orphans", NULL, ACCOUNT,
		"http://e", NULL };
	const struct show_scope many = { "leaver", "alice", ACCOUNT, "",
		ACCOUNT " 210987654321" };
	struct revoke_receipt r;
	size_t i;

	revoke_receipt_init(&r);
	set_head(&r.head, 14);
	OK(show_revoke_receipt(&r, &orphans, json, &err));
	a_row(&r, REVOKE_LEFT, "password", NULL, "aws iam x");
	OK(show_revoke_receipt(&r, &user, json, &err));
	for (i = 0; i < ARRAY_LEN(things); i++)
		a_row(&r, (enum revoke_outcome)(i % (REVOKE_UNREACHED + 1)),
			things[i], i % 2 ? "a-subject" : NULL,
			i % 3 ? NULL : "a command");
	r.sessions = "sessions may live on";
	json_array_append_new(r.krl, json_string("ssh key 1"));
	json_array_append_new(r.krl, json_string("ssh key 2"));
	ui_be_verbose(true);
	OK(show_revoke_receipt(&r, &many, json, &err));
	ui_be_verbose(false);
	revoke_receipt_done(&r);
	revoke_receipt_init(&r);
	a_row(&r, REVOKE_UNREACHED, "oath", "AWS:alice", NULL);
	OK(show_revoke_receipt(&r, &user, json, &err));
	revoke_receipt_done(&r);
	revoke_receipt_init(&r);
	a_row(&r, REVOKE_DONE, "device", "GAKT12345678", NULL);
	OK(show_revoke_receipt(&r, &user, json, &err));
	json_decref(r.krl);
	r.krl = NULL;
	FAILS(ERROR_FAILED, show_revoke_receipt(&r, &user, json, &err));
	revoke_receipt_done(&r);
}

static void what_several_revocations_came_to(void **state)
{
	(void)state;
	begin_show();
	receipts(false);
	end_show("revoke-receipt");
	begin_show();
	receipts(true);
	end_show("revoke-receipt-json");
}

/* ---- adopted ---- */

static struct aws_endpoint endpoint = { .url = "http://e" };
static struct account account = { .iam = &endpoint };

static void add_device(struct adopted *a, enum adoption what,
	const char *serial, const char *token)
{
	struct adopted_device *d;

	a->p = reallocarray(a->p, a->n + 1, sizeof(*a->p));
	assert_non_null(a->p);
	d = &a->p[a->n++];
	*d = (struct adopted_device){ .what = what,
		.kind = device_kind(serial), .enabled = a->n % 2 ? NOW : 0 };
	snprintf(d->user, sizeof(d->user), "user-%zu", a->n);
	snprintf(d->user_id, sizeof(d->user_id), "AIDA%zu", a->n);
	strcpy(d->serial, serial);
	strcpy(d->token, token);
	strcpy(d->binding, token[0] ? OTHER_ID : "");
	a->count[what]++;
}

static void show_found(struct adopted *a, bool json, bool only_look)
{
	const struct adopt_request q = { .aws = &account,
		.only_look = only_look };
	const struct table_view view = { .wide = true };

	set_head(&a->head, 15);
	OK(show_adopted(a, &q, json, &view, &err));
}

static void what_stood_there(bool json)
{
	struct adopted a = { .users = 0 };
	size_t i;

	strcpy(account.caller.account, ACCOUNT);
	show_found(&a, json, false);
	a.users = 1;
	add_device(&a, ADOPT_NEW, ARN "mfa/app", "");
	show_found(&a, json, true);
	a.users = 2;
	for (i = 0; i < 2; i++) {
		add_device(&a, ADOPT_PRESENT, "GAKT12345678", ID);
		add_device(&a, ADOPT_ELSEWHERE, ARN "u2f/user/x/k", ID);
		add_device(&a, ADOPT_UNDERWAY, ARN "mfa/y", "");
		add_device(&a, ADOPT_OTHER, ARN "sms-mfa/z", "");
		endpoint.overridden = i == 1;
		in_between = i == 1;
		show_found(&a, json, false);
	}
	in_between = endpoint.overridden = false;
	a.p[0].is_held = a.p[3].is_held = true;
	a.p[3].held_by = 1001;
	show_found(&a, json, false);
	adopted_done(&a);
}

/* One of them, whose token is here. */
static void one_with_its_token(bool json, enum adoption what,
	enum adopt_proof proof, bool only_look)
{
	const struct adopt_request q = { .aws = &account, .user = "alice",
		.only_look = only_look };
	struct adopted a = { .users = 1 };

	add_device(&a, what, ARN "mfa/app", what == ADOPT_NOT_PROVED ? "" : ID);
	a.p[0].proof = proof;
	a.p[0].is_held = true;
	a.p[0].held_by = proof == ADOPT_CODES_TAKEN ? 0 : 1001;
	strcpy(a.p[0].oath_account, "AWS:alice");
	error_set(&a.why, ERROR_FAILED, "AWS says no");
	set_head(&a.head, 16);
	endpoint.overridden = proof == ADOPT_CODES_TAKEN;
	OK(show_adopted(&a, &q, json, NULL, &err));
	endpoint.overridden = false;
	adopted_done(&a);
}

static void each_with_its_token(bool json)
{
	one_with_its_token(json, ADOPT_NEW, ADOPT_CODE_TAKEN, false);
	one_with_its_token(json, ADOPT_NEW, ADOPT_CODES_TAKEN, false);
	one_with_its_token(json, ADOPT_NOT_PROVED, ADOPT_UNPROVED, false);
	one_with_its_token(json, ADOPT_PRESENT, ADOPT_UNPROVED, false);
	one_with_its_token(json, ADOPT_NEW, ADOPT_UNPROVED, true);
	one_with_its_token(json, ADOPT_NEW, ADOPT_UNPROVED, false);
}

static void what_was_adopted(void **state)
{
	(void)state;
	begin_show();
	what_stood_there(false);
	each_with_its_token(false);
	end_show("adopted");
	begin_show();
	what_stood_there(true);
	each_with_its_token(true);
	end_show("adopted-json");
}

static void columns_of_devices_are_checked(void **state)
{
	const struct table_view good = { .columns = "user,DEVICE" };
	const struct table_view bad = { .columns = "user,serial" };

	(void)state;
	OK(show_adopted_check_view(&good, &err));
	SAYS(ERROR_USAGE, "serial", show_adopted_check_view(&bad, &err));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_enrolled),
		TEST(what_was_revoked),
		TEST(what_several_revocations_came_to),
		TEST(what_was_adopted),
		cmocka_unit_test(columns_of_devices_are_checked),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("show mfa", tests, NULL, NULL);
}
