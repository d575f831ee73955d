/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the audit's findings: what was seen, by whom, what to do. */
#include "bridge/audit/audit.h"

#include "aws/api/check.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* A text that grows inside an array and is cut at its end. */
struct words {
	char *p;
	size_t n;
	size_t size;
};

static void add(struct words *w, const char *fmt, ...) PRINTF(2, 3);
static void add(struct words *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (w->n + 1 >= w->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(w->p + w->n, w->size - w->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		w->n += (size_t)n < w->size - w->n ? (size_t)n :
			w->size - w->n - 1;
}

#define WORDS(array) { array, 0, sizeof(array) }

static void begin(struct audit_finding *f, enum audit_check check,
	enum audit_reason reason, const char *account, const char *subject)
{
	memset(f, 0, sizeof(*f));
	f->check = check;
	f->status = audit_status_of(reason);
	snprintf(f->account, sizeof(f->account), "%s", account);
	snprintf(f->subject, sizeof(f->subject), "%s", subject);
}

static void finish(struct audit_finding *f)
{
	char *const texts[] = { f->account, f->subject, f->seen, f->source,
		f->remedy, f->literal };
	size_t i;

	for (i = 0; i < ARRAY_LEN(texts); i++)
		utf8_sanitise(texts[i]);
}

/* Names the fact that a finding rests on. */
static void rest_on(struct audit_finding *f, const struct audit_fact *fact)
{
	if (fact->source)
		snprintf(f->source, sizeof(f->source), "%s", fact->source);
	f->when = fact->when;
}

/* ... and a second one, the older time of the two. */
static void rest_also_on(struct audit_finding *f,
	const struct audit_fact *fact)
{
	size_t n = strlen(f->source);

	if (!fact->source || strstr(f->source, fact->source))
		return;
	snprintf(f->source + n, sizeof(f->source) - n, "%s%s", n ? ", " : "",
		fact->source);
	if (n == 0 || fact->when < f->when)
		f->when = fact->when;
}

/* What stands in the way of an answer, and what to do about it. */
static void say_gap(struct audit_finding *f, struct words *seen,
	const struct audit_fact *fact)
{
	if (fact->why)
		add(seen, ": %s", fact->why);
	if (fact->denied && fact->source) {
		snprintf(f->missing, sizeof(f->missing), "%s", fact->source);
		snprintf(f->remedy, sizeof(f->remedy),
			"allow the caller '%s' and run it again",
			fact->source);
	}
}

/* "; the report of TIME says MFA" where the report is not what counts. */
static void say_reported(struct words *seen, const struct audit_reported *r,
	enum audit_answer answer, const char *yes, const char *no)
{
	char when[TEXT_TIME_LEN] = "unknown time";

	if (!r->has || r->other || answer == AUDIT_NOT_KNOWN)
		return;
	if (r->generated)
		text_format_time(r->generated, when);
	add(seen, "; the report of %s says %s", when,
		answer == AUDIT_YES ? yes : no);
}

/* The same only where AWS says otherwise by now. */
static void say_changed(struct words *seen, const struct audit_reported *r,
	enum audit_answer reported, const struct audit_fact *now,
	const char *yes, const char *no)
{
	if (now->answer != AUDIT_NOT_KNOWN && reported != now->answer)
		say_reported(seen, r, reported, yes, no);
}

/* ---- users ---- */

static void say_mfa(const struct audit_user *u, struct words *seen)
{
	if (u->devices == 0)
		add(seen, "MFA is active");
	else
		add(seen, "%zu MFA device%s (%s)", u->devices,
			u->devices == 1 ? "" : "s",
			u->kinds ? u->kinds : "kind not known");
}

static void say_age_of_user(const struct audit_user *u, struct words *seen)
{
	if (!u->reported.read || u->gone)
		return;
	if (u->reported.other)
		add(seen, "; deleted and made again since the report");
	else if (!u->reported.has)
		add(seen, "; not in the report: made since");
}

/* A name that a shell and a reader take as it is. */
static bool can_be_named(const char *user)
{
	return user && user[0] != '-' && check_user(user, false, NULL) == 0;
}

static void remedy_of_user(const struct audit_user *u,
	struct audit_finding *f)
{
	const char *name = can_be_named(u->name) ? u->name : "USER";

	snprintf(f->remedy, sizeof(f->remedy),
		"`tokenbridge enroll %s --method totp --account %s`, or take "
		"the password away: `aws iam delete-login-profile --user-name "
		"%s`", name, f->account, name);
}

void audit_say_user(const struct audit_user *u, enum audit_reason reason,
	struct audit_finding *f)
{
	struct words seen = WORDS(f->seen);

	begin(f, AUDIT_USER_MFA_MISSING, reason, u->account, u->name);
	f->line = u->line;
	switch (reason) {
	case AUDIT_HAS_MFA:
		say_mfa(u, &seen);
		rest_on(f, &u->mfa);
		break;
	case AUDIT_NO_PASSWORD:
		add(&seen, "no console password");
		rest_on(f, &u->password);
		break;
	case AUDIT_PASSWORD_WITHOUT_MFA:
		add(&seen, "console password and no MFA");
		rest_on(f, &u->mfa);
		rest_also_on(f, &u->password);
		remedy_of_user(u, f);
		break;
	case AUDIT_MFA_NOT_KNOWN:
		add(&seen, "%s; whether there is MFA is not known",
			u->password.answer == AUDIT_YES ? "console password" :
			"whether there is a console password is not known "
			"either");
		rest_on(f, &u->mfa);
		say_gap(f, &seen, &u->mfa);
		break;
	case AUDIT_PASSWORD_NOT_KNOWN:
		add(&seen, "no MFA; whether there is a console password is "
			"not known");
		rest_on(f, &u->password);
		say_gap(f, &seen, &u->password);
		break;
	case AUDIT_USER_GONE:
		add(&seen, "deleted: no longer at AWS");
		rest_on(f, &u->mfa);
		break;
	default:
		break;
	}
	if (reason == AUDIT_MFA_NOT_KNOWN)
		say_reported(&seen, &u->reported, u->reported.mfa, "MFA",
			"no MFA");
	else
		say_changed(&seen, &u->reported, u->reported.mfa, &u->mfa,
			"MFA", "no MFA");
	say_changed(&seen, &u->reported, u->reported.password, &u->password,
		"a password", "no password");
	say_age_of_user(u, &seen);
	finish(f);
}

/* ---- root ---- */

static void say_credential(struct words *seen, const struct audit_fact *fact,
	const char *what)
{
	const char *comma = seen->n ? ", " : "";

	switch (fact->answer) {
	case AUDIT_YES:
		add(seen, "%s%s", comma, what);
		break;
	case AUDIT_NO:
		add(seen, "%sno %s", comma, what);
		break;
	default:
		add(seen, "%s%s not known", comma, what);
	}
}

static void say_credentials(const struct audit_root *root, struct words *seen)
{
	say_credential(seen, &root->password, "password");
	say_credential(seen, &root->keys, "access key");
	say_credential(seen, &root->certificates, "signing certificate");
}

/* What the words of IAM-014 and CIS 2.5 come to where they are not ours. */
static void literal_of_root(const struct audit_root *root,
	struct audit_finding *f)
{
	if (root->mfa.answer != AUDIT_NO || root->password.answer != AUDIT_NO)
		return;
	snprintf(f->literal, sizeof(f->literal),
		"IAM-014 literal: FAIL; CIS 7.0 2.5: PASS, %s",
		f->status == AUDIT_PASS ? "no root credentials" :
		"no root password");
}

void audit_say_root(const struct audit_root *root, enum audit_reason reason,
	struct audit_finding *f)
{
	struct words seen = WORDS(f->seen);

	begin(f, AUDIT_ROOT_MFA_MISSING, reason, root->account,
		AUDIT_ROOT_SUBJECT);
	rest_on(f, &root->mfa);
	switch (reason) {
	case AUDIT_NO_ROOT_USER:
		add(&seen, "this partition has no root user");
		break;
	case AUDIT_ROOT_HAS_MFA:
		add(&seen, "MFA is active");
		break;
	case AUDIT_ROOT_NO_CREDENTIALS:
		say_credentials(root, &seen);
		add(&seen, root->mfa.answer == AUDIT_NO ? ", no MFA" :
			"; whether there is MFA is not known");
		rest_also_on(f, &root->password);
		literal_of_root(root, f);
		break;
	case AUDIT_ROOT_WITHOUT_MFA:
		say_credentials(root, &seen);
		add(&seen, ", no MFA");
		rest_also_on(f, &root->password);
		literal_of_root(root, f);
		snprintf(f->remedy, sizeof(f->remedy), "sign in as root and "
			"assign a security key under 'Security credentials' "
			"(AWS has no API for it), or have the organisation "
			"take root's credentials away");
		break;
	case AUDIT_ROOT_MFA_NOT_KNOWN:
		add(&seen, "whether root has MFA is not known");
		say_gap(f, &seen, &root->mfa);
		break;
	default:
		break;
	}
	if (reason == AUDIT_ROOT_MFA_NOT_KNOWN)
		say_reported(&seen, &root->reported, root->reported.mfa, "MFA",
			"no MFA");
	else
		say_changed(&seen, &root->reported, root->reported.mfa,
			&root->mfa, "MFA", "no MFA");
	finish(f);
}

/* CIS 2.6 in its own words looks for one name, whoever's device has it. */
static void literal_of_virtual(const struct audit_root *root,
	struct audit_finding *f)
{
	if (f->status == AUDIT_FAIL && !root->old_name)
		snprintf(f->literal, sizeof(f->literal),
			"CIS 7.0 2.6 literal: PASS, the device is not named "
			"root-account-mfa-device");
	else if (f->status == AUDIT_PASS && root->namesake)
		snprintf(f->literal, sizeof(f->literal),
			"CIS 7.0 2.6 literal: FAIL, a device of user '%s' is "
			"named root-account-mfa-device", root->namesake);
}

void audit_say_root_virtual(const struct audit_root *root,
	enum audit_reason reason, struct audit_finding *f)
{
	struct words seen = WORDS(f->seen);

	begin(f, AUDIT_ROOT_MFA_VIRTUAL, reason, root->account,
		AUDIT_ROOT_SUBJECT);
	switch (reason) {
	case AUDIT_NO_ROOT_USER:
		add(&seen, "this partition has no root user");
		break;
	case AUDIT_ROOT_IS_VIRTUAL:
		add(&seen, "a virtual device is root's: '%s'",
			root->serial ? root->serial : "");
		f->device = root->serial;
		rest_on(f, &root->is_virtual);
		snprintf(f->remedy, sizeof(f->remedy), "sign in as root, "
			"assign a security key under 'Security credentials', "
			"then remove the virtual device there");
		break;
	case AUDIT_ROOT_NOT_VIRTUAL:
		add(&seen, "not virtual: root has MFA and no virtual device "
			"of the account is root's");
		rest_on(f, &root->is_virtual);
		rest_also_on(f, &root->mfa);
		break;
	case AUDIT_ROOT_NO_DEVICE:
		add(&seen, "root has no MFA: see root-mfa-missing");
		rest_on(f, &root->mfa);
		break;
	case AUDIT_ROOT_NO_SIGN_IN:
		say_credentials(root, &seen);
		rest_on(f, &root->password);
		break;
	case AUDIT_ROOT_VIRTUAL_NOT_KNOWN:
		if (root->is_virtual.answer == AUDIT_NOT_KNOWN) {
			add(&seen, "root's virtual devices are not known");
			rest_on(f, &root->is_virtual);
			say_gap(f, &seen, &root->is_virtual);
		} else {
			add(&seen, "no virtual device is root's; whether root "
				"has MFA at all is not known");
			rest_on(f, &root->mfa);
			say_gap(f, &seen, &root->mfa);
		}
		break;
	default:
		break;
	}
	literal_of_virtual(root, f);
	finish(f);
}

/* ---- devices ---- */

static void remedy_of_device(const char *user, const char *serial,
	const char *first, const char *then, struct audit_finding *f)
{
	bool named = can_be_named(user) && serial &&
		check_serial(serial, NULL) == 0;

	snprintf(f->remedy, sizeof(f->remedy), "%s; `tokenbridge revoke %s %s "
		"--account %s` %s", first, named ? user : "USER",
		named ? serial : "DEVICE", f->account, then);
}

void audit_say_device(const struct audit_device *d, enum audit_reason reason,
	struct audit_finding *f)
{
	struct words seen = WORDS(f->seen);

	begin(f, AUDIT_DEVICE_UNKNOWN, reason, d->account, d->user);
	f->device = d->serial;
	rest_on(f, &d->at_aws);
	switch (reason) {
	case AUDIT_BOUND:
		add(&seen, "%s device '%s', bound in the registry", d->kind,
			d->serial);
		rest_also_on(f, &d->bound);
		break;
	case AUDIT_NOT_BOUND:
		add(&seen, "%s device '%s'; no binding in force of the "
			"registry names it", d->kind, d->serial);
		rest_also_on(f, &d->bound);
		if (strcmp(d->user, AUDIT_ROOT_SUBJECT) == 0)
			snprintf(f->remedy, sizeof(f->remedy), "find out who "
				"has it; root removes it under 'Security "
				"credentials'");
		else
			remedy_of_device(d->user, d->serial,
				"find out who has it", "takes it away", f);
		break;
	case AUDIT_DEVICES_NOT_LISTED:
		add(&seen, "not all devices are known");
		say_gap(f, &seen, &d->at_aws);
		break;
	case AUDIT_BINDINGS_NOT_READ:
		add(&seen, "whether the registry knows the devices of this "
			"account is not known");
		rest_on(f, &d->bound);
		say_gap(f, &seen, &d->bound);
		break;
	default:
		break;
	}
	finish(f);
}

void audit_say_binding(const struct audit_binding *b, enum audit_reason reason,
	struct audit_finding *f)
{
	struct words seen = WORDS(f->seen);

	begin(f, AUDIT_DEVICE_GONE, reason, b->account,
		b->user ? b->user : "(erased)");
	f->device = b->device;
	rest_on(f, &b->at_aws);
	switch (reason) {
	case AUDIT_AT_AWS:
		add(&seen, "'%s' is at AWS", b->device);
		break;
	case AUDIT_NOT_AT_AWS:
		add(&seen, "'%s' is bound in the registry and no user of the "
			"account has it", b->device);
		remedy_of_device(b->user, b->device,
			"find out who removed it", "ends the binding", f);
		break;
	case AUDIT_AT_AWS_NOT_KNOWN:
		if (b->device)
			add(&seen, "'%s' was not seen and not all devices are "
				"known", b->device);
		else
			add(&seen, "not known");
		say_gap(f, &seen, &b->at_aws);
		break;
	case AUDIT_DEVICE_ERASED:
		add(&seen, "the registry has erased the name of this "
			"binding's device");
		break;
	default:
		break;
	}
	finish(f);
}
