/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of the registry's rows, events and runs, to the letter. */
#include "tests/unit/shown.h"

#include "bridge/registry/registry.h"
#include "bridge/show/bundle.h"
#include "bridge/show/lifecycle.h"
#include "bridge/show/log.h"
#include "bridge/show/metadata.h"
#include "bridge/show/rows.h"
#include "bridge/show/unfinished.h"
#include "bridge/terminal/ui.h"

#define ACCOUNT "123456789012"
#define NOW 1767225600
#define ID "0123456789abcdef0123456789abcdef"
#define OTHER_ID "fedcba9876543210fedcba9876543210"
#define TEXT(s) ((char *)(uintptr_t)(s))

/* ---- stand-ins ---- */

static struct mds_info metadata;

WRAP(time_t, time, time_t *ret)
{
	if (ret)
		*ret = NOW;
	return NOW;
}

WRAP(const char *, registry_station, const struct registry *reg)
{
	(void)reg;
	return OTHER_ID;
}

WRAP(bool, registry_is_rehearsal, const struct registry *reg)
{
	(void)reg;
	return false;
}

WRAP(const struct mds_info *, mds_info, const struct mds *m)
{
	(void)m;
	return &metadata;
}

static struct registry_head head_of(uint64_t seq)
{
	struct registry_head head = { .seq = seq };

	strcpy(head.stream, ID);
	return head;
}

/* ---- rows ---- */

static unsigned char key_blob[] = "\0\0\0\x1ask-ssh-ed25519" "@" "openssh.com";

/* One of each kind; `n` says which. */
static struct registry_binding binding(int n)
{
	struct registry_binding b = { .since = NOW };

	strcpy(b.id, OTHER_ID);
	if (n != 3)
		strcpy(b.token, ID);
	switch (n) {
	case 0:
		b.kind = REGISTRY_AWS;
		b.method = REGISTRY_TOTP;
		strcpy(b.account, ACCOUNT);
		b.user = TEXT("AIDAALICE");
		b.user_name = TEXT("alice");
		b.device = TEXT("GAKT12345678");
		b.oath_account = TEXT("AWS:alice");
		b.basis = TEXT(REGISTRY_BASIS_SEED);
		b.has_evidence = true;
		b.evidence[0] = 0xab;
		break;
	case 1:
		b.kind = REGISTRY_PAM;
		b.user_name = TEXT("alice");
		b.verify_required = true;
		break;
	case 2:
		b.kind = REGISTRY_SSH;
		b.user_name = TEXT("alice");
		b.ssh_key = key_blob;
		b.ssh_key_n = sizeof(key_blob) - 1;
		b.removed = NOW + 60;
		break;
	default:
		b.kind = REGISTRY_SSH;
	}
	return b;
}

static struct registry_binding bindings[4];
static struct registry_identifier serial = { .kind = TEXT("serial"),
	.value = TEXT("12345678"), .basis = REGISTRY_PROVED };
static struct registry_identifier display = { .kind = TEXT("totp-serial"),
	.value = TEXT("GAKT12345678"), .basis = REGISTRY_SELF_REPORTED };
static struct registry_identifier odd = { .kind = TEXT("serial"),
	.value = TEXT("4294967296"), .basis = REGISTRY_ATTESTED };
static struct registry_token tokens[5];
static const struct registry_tokens all_tokens = { tokens, 5 };
static const struct registry_bindings all_bindings = { bindings, 4 };

static void fill_rows(void)
{
	int i;

	memset(tokens, 0, sizeof(tokens));
	for (i = 0; i < 4; i++)
		bindings[i] = binding(i);
	for (i = 0; i < 5; i++) {
		snprintf(tokens[i].id, ID_LEN, "%d%s", i, ID + 1);
		tokens[i].verdict = -1;
		tokens[i].state = (enum registry_state)i;
		tokens[i].since = NOW + i;
	}
	tokens[0].label = TEXT("blue-10");
	tokens[0].holder_name = TEXT("Alice");
	tokens[0].model = TEXT("YubiKey 5 NFC");
	tokens[0].firmware = TEXT("5.7.4");
	tokens[0].firmware_signed = true;
	tokens[0].verdict = VERDICT_VULNERABLE;
	tokens[0].verdict_time = NOW;
	tokens[0].identifiers = &serial;
	tokens[0].identifiers_n = 1;
	tokens[0].bindings = (struct registry_bindings){ bindings, 3 };
	tokens[0].credentials_n = 2;
	tokens[0].seen = NOW - 60;
	tokens[0].seen_host = TEXT("host-1");
	tokens[1].label = TEXT("blue-9");
	tokens[1].identifiers = &display;
	tokens[1].identifiers_n = 1;
	tokens[1].bag_state = REGISTRY_BAG_SEALED;
	tokens[1].bag = TEXT("A 17");
	tokens[1].bag_since = NOW;
	tokens[1].custodians[0] = TEXT("alice");
	tokens[1].custodians[1] = TEXT("bob");
	tokens[2].bag_state = REGISTRY_BAG_OUT;
	tokens[2].custodians[1] = TEXT("carol");
	tokens[2].identifiers = &odd;
	tokens[2].identifiers_n = 1;
	tokens[2].seen = NOW;
	tokens[3].bag_state = REGISTRY_BAG_SEALED;
	tokens[3].bag = TEXT("A 18");
	tokens[4].label = TEXT("blue-9");
}

static json_t *counts(void)
{
	return json_pack("[{s:s,s:s,s:s,s:i,s:[s,s],s:s,s:s,s:i},"
		"{s:s,s:s,s:i,s:[],s:s,s:i}]",
		"user", "alice", "userId", "AIDAALICE", "account", ACCOUNT,
		"devices", 2, "kinds", "virtual", "fido", "seen",
		"2026-01-01T00:00:00Z", "by", "arn:aws:iam::1:user/x",
		"event", 7,
		"userId", "AIDABOB", "account", ACCOUNT, "devices", 1, "kinds",
		"seen", "2026-01-01T00:00:00Z", "event", 8);
}

static void show_these(bool json, const struct show_rows *rows)
{
	const struct table_view view = { .wide = true };

	if (json)
		OK(show_rows_json(rows, &err));
	else
		show_rows_text(rows, &view);
}

static void rows_of_all_kinds(bool json)
{
	static const struct registry_tokens none = { NULL, 0 };
	static const struct registry_bindings unbound = { NULL, 0 };
	const struct registry_tokens first = { tokens, 1 };
	const struct registry_tokens third = { tokens + 2, 1 };
	json_t *told = counts();
	struct show_rows rows = { .tokens = &none, .bindings = &unbound };

	show_these(json, &rows);
	rows.picked = true;
	rows.at = NOW;
	rows.counts = told;
	show_these(json, &rows);
	rows.tokens = &first;
	strcpy(rows.users, "'alice' is AIDAALICE and AIDAOLD");
	show_these(json, &rows);
	rows = (struct show_rows){ .tokens = &all_tokens,
		.bindings = &all_bindings };
	show_these(json, &rows);
	rows.tokens = &third;
	rows.bindings = &unbound;
	show_these(json, &rows);
	rows.tokens = &none;
	rows.bindings = &all_bindings;
	show_these(json, &rows);
	json_decref(told);
}

static void rows_of_the_registry(void **state)
{
	(void)state;
	fill_rows();
	begin_show();
	rows_of_all_kinds(false);
	end_show("rows");
	begin_show();
	rows_of_all_kinds(true);
	end_show("rows-json");
}

/* ---- the log ---- */

static json_t *entries(void)
{
	return json_pack("[{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s},"
		"{s:i,s:s,s:s,s:i,s:s,s:i,s:s},{s:i,s:s,s:s,s:s,s:s},"
		"{s:s,s:s}]",
		"seq", 1, "time", "2026-01-01T00:00:00Z", "token", ID,
		"label", "blue-1", "type", "state-changed", "holder", "Alice",
		"from", "stock", "to", "assigned", "operator", "bob", "host",
		"host-1", "caller", "arn:x", "text", "assigned to Alice",
		"seq", 2, "time", "2026-01-02T00:00:00Z", "token", ID,
		"serial", 0, "to", "lost", "uid", 1000, "requestId", "req-1",
		"seq", 3, "time", "2026-01-03T00:00:00Z", "token", ID, "from",
		"stock", "text", "by its id",
		"time", "2026-01-04T00:00:00Z", "text", "of no token");
}

static void the_log(void **state)
{
	const struct table_view narrow = { .columns = NULL };
	const struct table_view wide = { .wide = true };
	const struct table_view some = { .columns = "state,token" };
	const struct table_view bad = { .columns = "stat" };
	const struct registry_head head = head_of(4);
	json_t *list = entries();

	(void)state;
	assert_non_null(list);
	begin_show();
	show_log_text(list, &narrow);
	show_log_text(list, &wide);
	show_log_text(list, &some);
	OK(show_log_json(list, &head, &err));
	end_show("log");
	OK(show_log_check_view(&some, &err));
	SAYS(ERROR_USAGE, "'stat'", show_log_check_view(&bad, &err));
}

/* ---- bundles ---- */

static void what_a_bundle_is(bool json)
{
	struct bundled b = { .events = 1, .evidence = 1 };
	struct bundle_checked c = { .links = 1, .given = 1 };
	const struct table_view view = { .wide = true };

	strcpy(b.facts.token, ID);
	b.facts.head = head_of(9);
	b.sha[0] = 0xcd;
	OK(show_bundled(&b, "out/it", json, &err));
	b.events = b.evidence = b.absent = 2;
	OK(show_bundled(&b, "out/it", json, &err));
	b.absent = 1;
	OK(show_bundled(&b, "out/it", json, &err));
	c.events = json_array();
	c.evidence = json_array();
	c.problems = json_pack("[s]", "the chain is cut");
	OK(show_bundle_checked(&c, json, &view, &err));
	json_decref(c.events);
	json_decref(c.evidence);
	json_array_clear(c.problems);
	c.events = entries();
	c.evidence = json_pack("[{s:s},{s:s,s:s,s:s,s:s,s:s},{s:s,s:s,s:s}]",
		"sha256", ID ID,
		"sha256", ID ID, "madeAt", "2026-01-01T00:00:00Z", "verdict",
		"genuine", "verdictMade", "genuine", "verdictNow",
		"compromised",
		"sha256", ID ID, "verdictMade", "undecided", "verdictNow",
		"undecided");
	c.has_facts = true;
	c.facts = b.facts;
	c.facts.made_at = NOW;
	c.links = 3;
	c.given = 2;
	OK(show_bundle_checked(&c, json, &view, &err));
	c.facts.rehearsal = true;
	OK(show_bundle_checked(&c, json, &view, &err));
	bundle_checked_done(&c);
}

static void bundles(void **state)
{
	(void)state;
	begin_show();
	what_a_bundle_is(false);
	end_show("bundles");
	begin_show();
	what_a_bundle_is(true);
	end_show("bundles-json");
}

/* ---- what happened to a token ---- */

static void receipts(bool json)
{
	struct moved m = { .row = { .state = REGISTRY_STOCK },
		.to = REGISTRY_ASSIGNED, .holder = "Alice",
		.head = head_of(5) };
	struct bagged b = { .row = { .label = TEXT("root-1"),
		.bag = TEXT("A 16") }, .head = head_of(6) };
	struct record_bag bag = { .state = REGISTRY_BAG_SEALED, .bag = "A 17",
		.custodians = { "alice", "bob" } };
	struct handed_over h = { .changed = true, .verdict = VERDICT_GENUINE,
		.counter = 7, .head = head_of(8) };

	strcpy(m.row.id, ID);
	m.row.bindings = (struct registry_bindings){ bindings, 3 };
	OK(show_moved(&m, "assigned", json, &err));
	m.changed = true;
	OK(show_moved(&m, "assigned", json, &err));
	m.holder = NULL;
	m.to = REGISTRY_LOST;
	OK(show_moved(&m, "moved", json, &err));
	m.changed = false;
	m.row.state = REGISTRY_LOST;
	OK(show_moved(&m, "moved", json, &err));
	strcpy(b.row.id, ID);
	OK(show_bagged(&b, &bag, json, &err));
	bag.state = REGISTRY_BAG_OUT;
	OK(show_bagged(&b, &bag, json, &err));
	b.row.bag = NULL;
	OK(show_bagged(&b, &bag, json, &err));
	strcpy(h.token, ID);
	strcpy(h.name, "'blue-1'");
	OK(show_handed_over(&h, "Alice", json, &err));
	strcpy(h.evidence, "abcd");
	OK(show_handed_over(&h, "Alice", json, &err));
	h.user_verified = true;
	h.changed = false;
	ui_be_verbose(true);
	OK(show_handed_over(&h, "Alice", json, &err));
	h.evidence[0] = '\0';
	OK(show_handed_over(&h, "Alice", json, &err));
	ui_be_verbose(false);
}

static void receipts_of_a_token(void **state)
{
	(void)state;
	fill_rows();
	begin_show();
	receipts(false);
	end_show("lifecycle");
	begin_show();
	receipts(true);
	end_show("lifecycle-json");
}

/* ---- unfinished ---- */

static struct journal_seen runs[4];

static void fill_runs(void)
{
	size_t i;

	memset(runs, 0, sizeof(runs));
	for (i = 0; i < ARRAY_LEN(runs); i++) {
		struct journal *j = &runs[i].journal;

		strcpy(j->id, ID);
		j->begun = NOW - 7200;
		j->since = NOW - 60;
		strcpy(j->facts.account, ACCOUNT);
		strcpy(j->facts.user, "alice");
	}
	runs[0].journal.point = JOURNAL_CREATED;
	runs[0].journal.facts.kind = JOURNAL_ENROLL;
	runs[0].journal.facts.token_serial = 1001;
	strcpy(runs[0].journal.facts.token, ID);
	strcpy(runs[0].journal.facts.endpoint, "http://e");
	strcpy(runs[0].journal.facts.oath_account, "AWS:alice");
	runs[1].journal.point = JOURNAL_ORPHAN;
	runs[1].journal.facts.kind = JOURNAL_REVOKE;
	strcpy(runs[1].journal.facts.serial, "arn:aws:iam::1:mfa/a");
	strcpy(runs[1].journal.cause, "AWS says no");
	runs[2].running = true;
	runs[2].journal.facts.kind = JOURNAL_REPLACE;
	runs[3].journal.point = JOURNAL_SEALED;
	runs[3].journal.facts.kind = JOURNAL_PIN;
	strcpy(runs[3].journal.facts.holder, "Alice");
	strcpy(runs[3].journal.facts.output, "/home/alice/pin.age");
}

static void show_runs(bool json, struct journal_sights *sights, size_t others,
	const char *problem)
{
	const struct show_unfinished x = { sights, others, problem };

	OK(show_unfinished(NULL, &x, json_pack("[s]", "of root"), json, &err));
}

static void each_of_the_runs(bool json)
{
	struct journal_sights none = { .p = NULL };
	struct journal_sights all = { .p = runs, .n = ARRAY_LEN(runs) };

	fill_runs();
	show_runs(json, &none, 0, "");
	show_runs(json, &none, 1, "");
	show_runs(json, &none, 0, "root's are damaged");
	show_runs(json, &all, 0, "");
	error_set(&none.unread, ERROR_CORRUPT, "'x' is damaged");
	show_runs(json, &none, 0, "root's are damaged");
}

static void runs_that_are_not_finished(void **state)
{
	(void)state;
	begin_show();
	each_of_the_runs(false);
	end_show("unfinished");
	begin_show();
	each_of_the_runs(true);
	end_show("unfinished-json");
}

/* ---- metadata ---- */

static void a_line_of_metadata(time_t fetched, time_t due, size_t entries_n)
{
	char text[METADATA_LINE_LEN];

	metadata.number = 42;
	metadata.fetched_at = fetched;
	metadata.next_update = due;
	metadata.entries = entries_n;
	show_metadata_line(NULL, text);
	ui_line("%s", text);
	OK(ui_json(show_metadata_json(NULL), &err));
}

static void the_metadata(void **state)
{
	(void)state;
	begin_show();
	a_line_of_metadata(NOW - 7200, NOW + 1, 2);
	a_line_of_metadata(NOW, NOW, 1);
	a_line_of_metadata(NOW + 7200, NOW - 1, 0);
	end_show("metadata");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_the_registry),
		TEST(the_log),
		TEST(bundles),
		TEST(receipts_of_a_token),
		TEST(runs_that_are_not_finished),
		TEST(the_metadata),
	};

	shown_folder(argc, argv);
	return cmocka_run_group_tests_name("show rows", tests, NULL, NULL);
}
