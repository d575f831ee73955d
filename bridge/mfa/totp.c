/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment by `totp`. */
#include "bridge/mfa/totp.h"

#include "base/encode.h"
#include "bridge/verify/admission.h"
#include "bridge/open/registry.h"
#include "bridge/mfa/recover.h"
#include "bridge/terminal/ui.h"
#include "token/worker/oath.h"
#include "token/worker/totp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000
/* hex digits of the journal's id at the end of a device's name */
#define NAME_DIGITS 12

void enrolment_init(struct enrolment *e, struct app *app)
{
	memset(e, 0, sizeof(*e));
	e->app = app;
	e->journal.fd = -1;
	verification_init(&e->verification);
}

void enrolment_done(struct enrolment *e)
{
	secret_done(&e->seed);
	fido_free(&e->fido);
	verification_done(&e->verification);
	attached_done(&e->attached);
	journal_done(&e->journal);
	cloud_done(&e->cloud);
	registry_free(&e->reg);
}

static struct sequence sequence_of(struct enrolment *e)
{
	return (struct sequence){ e->app, &e->cloud, e->reg, &e->journal,
		e->actor };
}

/* ---- the user ---- */

static int count_device(void *data, const struct iam_device *device,
	struct error *err)
{
	unsigned *n = data;

	(void)device;
	(void)err;
	++*n;
	return 0;
}

/* What AWS would refuse only after the touches. */
static int check_devices(struct enrolment *e, unsigned n, struct error *err)
{
	const struct partition *p = aws_session_partition(e->cloud.session);
	bool long_term =
		aws_session_credentials(e->cloud.session)->token.n == 0;

	if (n >= p->devices_per_user)
		return error_set(err, ERROR_REMOTE,
			"'%s' has %u MFA devices already, and AWS allows %u "
			"in partition %s: revoke one first", e->user.name, n,
			p->devices_per_user, p->name);
	if (n > 0 && long_term && strcmp(e->cloud.caller.arn, e->user.arn) == 0)
		return error_set(err, ERROR_REMOTE,
			"you are '%s' with long-term keys, and AWS lets a user "
			"who has an MFA device change it only in a session "
			"that was opened with MFA: use such a session (aws "
			"sts get-session-token --serial-number ... "
			"--token-code ...), or have an administrator enrol",
			e->user.name);
	return 0;
}

static int find_user(struct enrolment *e, const char *name, struct error *err)
{
	unsigned n = 0;
	bool found;
	int r;

	r = iam_get_user(e->cloud.session, name, &e->user, &found, err);
	if (r == 0 && !found)
		r = error_set(err, ERROR_REMOTE,
			"account %s has no IAM user '%s'",
			e->cloud.caller.account, name);
	if (r == 0)
		r = iam_list_mfa_devices(e->cloud.session, name, count_device,
			&n, err);
	return r < 0 ? r : check_devices(e, n, err);
}

/* ---- the token ---- */

static int find_token(struct enrolment *e, struct error *err)
{
	struct journal_facts *f = &e->journal.facts;
	int r;

	r = attached_find(e->app, &e->attached, e->reg, &e->token, err);
	if (r == 0)
		r = attached_check(e->token, err);
	if (r == 0 && !token_serial(e->token, &f->token_serial))
		r = error_set(err, ERROR_UNSUPPORTED,
			"this token has no serial number, so it has no OATH "
			"application that could be proved to be its own "
			"(Security Keys have none): --method totp needs a "
			"YubiKey with OATH");
	return r;
}

static int check_applet(struct enrolment *e, const struct oath_card *card,
	struct error *err)
{
	const struct oath_applet *a = &card->applet;
	uint32_t serial = e->journal.facts.token_serial;
	size_t room = a->version[0] > 5 ||
		(a->version[0] == 5 && a->version[1] >= 7) ? 64 : 32;

	if (!card->has_oath)
		return error_set(err, ERROR_UNSUPPORTED,
			"token %u has no OATH application, or it is switched "
			"off (`ykman config usb --enable OATH`)", serial);
	if (a->locked)
		return error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of token "
			"%u: take it away first (`ykman oath access change "
			"--clear`)", serial);
	if (a->n >= room)
		return error_set(err, ERROR_REFUSED,
			"the OATH application of token %u is full (%zu "
			"accounts): delete one first (`ykman oath accounts "
			"delete`)", serial, a->n);
	return 0;
}

static int find_applet(struct enrolment *e, struct error *err)
{
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct journal_facts *f = &e->journal.facts;
	int r;

	r = oath_find(f->token_serial, &card, e->app->cancel_fd,
		deadline_in(CARD_MS), err);
	if (r == 0 && !card)
		r = error_set(err, ERROR_UNSUPPORTED,
			"no smart-card reader shows token %u: is CCID switched "
			"on (`ykman config usb --list`), and does pcscd run?",
			f->token_serial);
	if (r == 0)
		r = check_applet(e, card, err);
	if (r == 0)
		snprintf(f->oath_id, sizeof(f->oath_id), "%s",
			card->applet.id);
	return r;
}

/* ---- intent ---- */

/* The convention of others: the device's ARN is the account's name. */
static void name_account(struct journal_facts *f)
{
	size_t n = strlen(f->serial);

	if (n <= OATH_NAME_MAX)
		memcpy(f->oath_account, f->serial, n + 1);
	else
		snprintf(f->oath_account, sizeof(f->oath_account), "aws:%s",
			f->serial + n - (OATH_NAME_MAX - 4));
}

static int begin(struct enrolment *e, struct error *err)
{
	struct journal_facts f = e->journal.facts;
	struct sequence s = sequence_of(e);
	struct error why;
	int r;

	r = id_new(e->journal.id, err);
	if (r == 0)
		r = id_new(f.binding, err);
	if (r < 0)
		return r;
	f.kind = JOURNAL_ENROLL;
	snprintf(f.account, sizeof(f.account), "%s", e->cloud.caller.account);
	snprintf(f.partition, sizeof(f.partition), "%s",
		aws_session_partition(e->cloud.session)->name);
	snprintf(f.endpoint, sizeof(f.endpoint), "%s",
		cloud_endpoint(&e->cloud));
	snprintf(f.user, sizeof(f.user), "%s", e->user.name);
	snprintf(f.user_id, sizeof(f.user_id), "%s", e->user.id);
	snprintf(f.holder, sizeof(f.holder), "%s", e->holder);
	snprintf(f.device_name, sizeof(f.device_name), "%.*s-%.*s", 100,
		e->user.name, NAME_DIGITS, e->journal.id);
	cloud_device_serial(&e->cloud, f.device_name, f.serial);
	name_account(&f);
	r = journal_begin(&e->journal, registry_path(e->reg), &f, err);
	if (r < 0)
		return r;
	r = sequence_reserve_user(&s, &why);
	if (r == 0)
		return 0;
	(void)sequence_end(&s, NULL);
	return error_copy(err, &why);
}

/* ---- identity ---- */

/*
 * Asked twice: of the row that the serial number points at, to spare a touch
 * that would be refused, and of the row that the token proved to be.
 */
static int check_row(struct enrolment *e, const struct registry_token *row,
	struct error *err)
{
	size_t i;
	int r = admission_check_row(row, e->holder, err);

	if (r < 0)
		return r;
	for (i = 0; i < row->bindings.n; i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (b->removed || b->kind != REGISTRY_AWS)
			continue;
		if (strcmp(b->account, e->cloud.caller.account) == 0 &&
			strcmp(b->user, e->user.id) == 0)
			return error_set(err, ERROR_CONFLICT,
				"this token is a device of '%s' already (%s): "
				"`tokenbridge revoke %s %s` first",
				e->user.name, b->device ? b->device : "-",
				e->user.name, b->device ? b->device : "-");
	}
	return 0;
}

static int check_found(struct enrolment *e, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	char serial[16];
	size_t i;
	int r;

	snprintf(serial, sizeof(serial), "%u", e->journal.facts.token_serial);
	r = registry_tokens_by_identifier(e->reg, REGISTRY_ID_SERIAL, serial,
		&list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		r = check_row(e, &list.p[i], err);
	registry_tokens_done(&list);
	return r;
}

static int check_holder(struct enrolment *e, struct error *err)
{
	const struct registry_token *row = &e->verification.row;
	size_t i;
	int r;

	if (!e->verification.known)
		return 0;
	r = check_row(e, row, err);
	for (i = 0; r == 0 && i < row->bindings.n; i++)
		if (!row->bindings.p[i].removed &&
			row->bindings.p[i].kind == REGISTRY_AWS)
			ui_say("This token of %s is also a device of '%s' in "
				"account %s.", e->holder,
				row->bindings.p[i].user_name ?
				row->bindings.p[i].user_name : "-",
				row->bindings.p[i].account);
	return r;
}

static int record_identity(struct enrolment *e, struct error *err)
{
	struct sequence s = sequence_of(e);
	struct journal_facts *f = &e->journal.facts;
	struct record record = {
		.reg = e->reg,
		.journal = e->journal.id,
		.actor = e->actor,
		.holder = { e->holder, e->holder_kind },
		.label = option(&e->app->options, OPTION_LABEL),
		.reason = option(&e->app->options, OPTION_FORCE),
	};
	int r;

	r = record_verification(&record, &e->verification, err);
	if (r < 0)
		return r;
	memcpy(f->token, record.token, sizeof(f->token));
	if (record.has_evidence)
		hex_encode(record.evidence, sizeof(record.evidence),
			f->evidence);
	r = record_event(&record, EVENT_TOKEN_IDENTIFIED, RECORD_IDENTIFIED,
		json_pack("{s:s,s:[{s:s,s:s,s:s}],s:[{s:s,s:s,s:s}]}",
			"token", f->token,
			"identifiers",
			"kind", REGISTRY_ID_OATH_DEVICE,
			"value", f->oath_id,
			"basis", registry_basis_names[REGISTRY_SELF_REPORTED],
			"joins",
			"a", "fido", "b", "ccid", "by", TOKEN_JOIN_SERIAL),
		err);
	/* the journal first: recovery must know what it gives back */
	if (r == 0)
		r = journal_point(&e->journal, JOURNAL_IDENTITY, err);
	return r < 0 ? r : sequence_reserve_token(&s, err);
}

/* First touch. */
static int identify(struct enrolment *e, struct error *err)
{
	int r;

	r = attached_open(e->app, e->token, &e->fido, err);
	if (r == 0)
		r = verify_token(e->app, e->token, e->fido, e->reg, "touch 1 "
			"of 2", &e->verification, err);
	/* the smart card must not find its key busy */
	fido_free(&e->fido);
	if (r == 0)
		r = admission_check_token(e->app, &e->verification, e->method,
			err);
	if (r == 0)
		r = check_holder(e, err);
	return r < 0 ? r : record_identity(e, err);
}

/* ---- AWS and the applet ---- */

/* A seed whose answer was lost is lost too: the caller undoes and says so. */
static int create(struct enrolment *e, struct error *err)
{
	struct journal_facts *f = &e->journal.facts;
	char serial[IAM_SERIAL_MAX + 1] = "";
	struct error why;
	int r;

	r = journal_point(&e->journal, JOURNAL_CREATE_SENT, err);
	if (r < 0)
		return r;
	r = iam_create_virtual_mfa_device(e->cloud.session, f->device_name,
		NULL, serial, &e->seed, &why);
	if (serial[0])
		snprintf(f->serial, sizeof(f->serial), "%s", serial);
	if (r < 0)
		return error_copy(err, &why);
	return journal_point(&e->journal, JOURNAL_CREATED, err);
}

static struct oath_target target_of(const struct enrolment *e)
{
	const struct journal_facts *f = &e->journal.facts;

	return (struct oath_target){ f->token_serial, f->oath_id,
		f->oath_account };
}

static int put(struct enrolment *e, struct error *err)
{
	struct oath_target target = target_of(e);
	int r;

	r = journal_point(&e->journal, JOURNAL_PUT_SENT, err);
	return r < 0 ? r : oath_put(&target, &e->seed, e->app->cancel_fd,
		deadline_in(CARD_MS), err);
}

/* Second touch: the token must come to the same HMAC as the seed that we still
 * hold; then the codes that AWS gets can be made here. */
static int prove(struct enrolment *e, struct error *err)
{
	unsigned char challenge[8], ours[20], theirs[20];
	struct oath_target target = target_of(e);
	deadline_t until;
	bool same;
	int r;

	if (totp_random_challenge(challenge) < 0 ||
		totp_hmac(&e->seed, challenge, ours) < 0)
		return error_set(err, ERROR_FAILED, "no random numbers");
	r = attached_touch_deadline(e->app, &until, err);
	if (r < 0)
		return r;
	ui_say("Touch the token again (touch 2 of 2) to prove that it holds "
		"the new secret.");
	r = oath_calculate(&target, challenge, theirs, e->app->cancel_fd,
		until, err);
	same = r == 0 && bytes_equal(ours, theirs, sizeof(ours));
	wipe(ours, sizeof(ours));
	wipe(theirs, sizeof(theirs));
	if (r == -ERROR_TIMEOUT)
		return error_set(err, ERROR_TOUCH,
			"the token was not touched in time");
	if (r < 0)
		return r;
	if (!same)
		return error_set(err, ERROR_FAILED,
			"the token does not hold the secret that was put into "
			"it: it answers with another HMAC");
	return journal_point(&e->journal, JOURNAL_PROVED, err);
}

/* Steps T-1 and T by AWS's clock are accepted at once: nobody waits. */
static int send_codes(struct enrolment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	char first[TOTP_CODE_LEN], second[TOTP_CODE_LEN];
	time_t now = aws_now(e->cloud.session);
	int r;

	if (now < 0)
		return error_set(err, ERROR_UNREACHABLE,
			"AWS did not tell its time, so no codes can be made");
	if (totp_code(&e->seed, totp_step(now) - 1, first) < 0 ||
		totp_code(&e->seed, totp_step(now), second) < 0)
		return error_set(err, ERROR_FAILED, "cannot make codes");
	r = iam_enable_mfa_device(e->cloud.session, f->user, f->serial, first,
		second, err);
	wipe(first, sizeof(first));
	wipe(second, sizeof(second));
	return r;
}

static bool effect_is_unknown(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED;
}

static int enable(struct enrolment *e, struct error *err)
{
	struct sequence s = sequence_of(e);
	bool assigned = true;
	struct error why;
	int r;

	r = journal_point(&e->journal, JOURNAL_ENABLE_SENT, err);
	if (r < 0)
		return r;
	r = send_codes(e, &why);
	secret_done(&e->seed);
	if (r < 0 && effect_is_unknown(&why)) {
		ui_warn("%s", why.text);
		r = sequence_settle_enabled(&s, &assigned, err);
		if (r < 0)
			return r;
		if (!assigned)
			return error_copy(err, &why);
	} else if (r < 0) {
		return error_copy(err, &why);
	}
	return journal_point(&e->journal, JOURNAL_ENABLED, err);
}

/* Once enabled only forward: a doubt is said, and nothing is taken back. */
static int finish(struct enrolment *e, struct error *err)
{
	struct sequence s = sequence_of(e);
	struct error why;
	int r;

	r = sequence_bind(&s, &e->head, err);
	if (r < 0)
		return r;
	r = sequence_settle_enabled(&s, &e->confirmed, &why);
	if (r < 0)
		ui_warn("%s", why.text);
	return sequence_end(&s, err);
}

static int run_steps(struct enrolment *e, struct error *err)
{
	static int (*const steps[])(struct enrolment *, struct error *) = {
		identify,
		create,
		put,
		prove,
		enable,
		finish,
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](e, err);
	return r;
}

/* ---- when it goes wrong ---- */

static void say_owed(const struct enrolment *e, const struct error *why)
{
	ui_warn("what was begun is not taken back yet: %s", why->text);
	ui_say("The next run of tokenbridge with this registry goes on with "
		"it: '%s'.", e->journal.path);
}

static void take_back(struct enrolment *e)
{
	struct sequence s = sequence_of(e);
	enum sequence_undo undone;
	struct error why;

	secret_done(&e->seed);
	if (e->journal.point >= JOURNAL_ENABLED) {
		error_set(&why, ERROR_FAILED, "AWS has enabled the device");
		say_owed(e, &why);
	} else if (sequence_undo(&s, &undone, &why) < 0) {
		say_owed(e, &why);
	} else if (undone == SEQUENCE_OWED) {
		error_set(&why, ERROR_NO_TOKEN,
			"the token is not here, and an OATH account is left "
			"in it");
		say_owed(e, &why);
	} else if (undone == SEQUENCE_ASSIGNED) {
		error_set(&why, ERROR_CONFLICT,
			"AWS says that the device is in use");
		say_owed(e, &why);
	} else if (undone == SEQUENCE_UNDONE) {
		ui_say("Nothing was left behind at AWS or in the token.");
	}
}

/*
 * What the policy refuses by a token's own words, it refuses before AWS is
 * asked anything. Without a policy file there is nothing of that kind.
 */
static int check_policy(struct enrolment *e, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const struct token *t;
	int r;

	if (!option_is_set(&e->app->options, OPTION_POLICY))
		return 0;
	r = ledger_open_for_label(e->app, &reg, err);
	if (r == 0)
		r = attached_find(e->app, &a, reg, &t, err);
	if (r == 0)
		r = attached_check(t, err);
	return r < 0 ? r : admission_check_claims(e->app, t, e->method, err);
}

static int prepare(struct enrolment *e, struct error *err)
{
	int r;

	r = check_policy(e, err);
	if (r < 0)
		return r;
	r = sequence_open(e->app, &e->cloud, &e->reg, &e->actor, err);
	if (r == 0)
		r = find_token(e, err);
	if (r == 0)
		r = recover_all(e->app, &e->cloud, e->reg, &e->actor,
			e->journal.facts.token_serial, err);
	if (r == 0)
		r = find_user(e, app_argument(e->app, 0), err);
	if (r == 0)
		r = check_found(e, err);
	return r < 0 ? r : find_applet(e, err);
}

int enrolment_run(struct enrolment *e, struct error *err)
{
	const struct options *o = &e->app->options;
	struct sequence s;
	struct error why;
	int r;

	e->holder_kind = option_is_set(o, OPTION_PLACE) ? REGISTRY_PLACE :
							  REGISTRY_PERSON;
	e->holder = option(o, OPTION_PLACE) ? option(o, OPTION_PLACE) :
		option(o, OPTION_HOLDER) ? option(o, OPTION_HOLDER) :
		app_argument(e->app, 0);
	r = prepare(e, err);
	if (r < 0)
		return r;
	r = begin(e, err);
	if (r < 0)
		return r;
	r = run_steps(e, &why);
	if (r < 0) {
		take_back(e);
		error_copy(err, &why);
	}
	s = sequence_of(e);
	sequence_release(&s);
	return r;
}

static int show_json(const struct enrolment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	char head[REGISTRY_HEAD_LEN];
	json_t *o;

	registry_head_format(&e->head, head);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s,s:b,s:s,s:s}",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deviceKind", "virtual",
		"method", e->method,
		"tokenSerial", (json_int_t)f->token_serial,
		"token", f->token,
		"holder", f->holder,
		"verdict", verdict_name(e->verification.verdict),
		"confirmed", e->confirmed,
		"evidence", f->evidence,
		"head", head);
	if (o && f->endpoint[0])
		json_object_set_new(o, "endpoint", json_string(f->endpoint));
	return ui_json(json_pack("{s:o}", "enrolled", o), err);
}

int enrolment_show(const struct enrolment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	char head[REGISTRY_HEAD_LEN];

	registry_log_head(&e->head);
	if (e->app->json)
		return show_json(e, err);
	registry_head_format(&e->head, head);
	printf("%sEnrolled%s %s\n", ui_style(stdout, UI_GOOD),
		ui_style(stdout, UI_PLAIN), f->serial);
	printf("  user      %s in account %s%s%s\n", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	printf("  token     serial %u, registry id %.8s, holder %s, %s\n",
		f->token_serial, f->token, f->holder,
		verdict_name(e->verification.verdict));
	printf("  account   %s\n", f->oath_account);
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
