/* SPDX-License-Identifier: Apache-2.0 */
/* revoke: takes a device away, with a receipt. */
#include "bridge/open/registry.h"
#include "bridge/mfa/recover.h"
#include "bridge/local/revoke.h"
#include "bridge/mfa/revoke.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdlib.h>
#include <string.h>

struct revocation {
	struct app *app;
	struct cloud cloud;
	struct registry *reg;
	struct journal journal;
	struct event_actor actor;
	struct iam_user user;
	struct registry_bindings bindings; /* of the device */
	bool gone; /* the device was not at AWS any more */
	struct revoked done;
};

static void revocation_done(struct revocation *x)
{
	journal_done(&x->journal);
	cloud_done(&x->cloud);
	registry_bindings_done(&x->bindings);
	registry_free(&x->reg);
}

/* ---- which device ---- */

struct choice {
	const char *wanted;
	char serial[IAM_SERIAL_MAX + 1];
	unsigned hits, devices;
};

/* The whole serial, or the name at its end. */
static bool is_wanted(const char *serial, const char *wanted)
{
	const char *slash = strrchr(serial, '/');

	return strcmp(serial, wanted) == 0 ||
		(slash && strcmp(slash + 1, wanted) == 0);
}

static int consider(void *data, const struct iam_device *device,
	struct error *err)
{
	struct choice *c = data;

	(void)err;
	c->devices++;
	if (is_wanted(device->serial, c->wanted)) {
		c->hits++;
		memcpy(c->serial, device->serial, sizeof(c->serial));
	}
	return 0;
}

static int see_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	unsigned *active = data;

	(void)err;
	*active += key->active;
	return 0;
}

/* The last device goes only where nothing is left that it protects. */
static int check_last(struct revocation *x, const struct choice *c,
	struct error *err)
{
	unsigned active = 0;
	bool password;
	int r;

	if (c->devices > 1 || option_is_set(&x->app->options, OPTION_LAST))
		return 0;
	r = iam_get_login_profile(x->cloud.session, x->user.name, &password,
		err);
	if (r == 0)
		r = iam_list_access_keys(x->cloud.session, x->user.name,
			see_key, &active, err);
	if (r < 0)
		return r;
	if (!password && active == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"this is the last MFA device of '%s', who has %s%s%s: enrol "
		"another one first, or give --last --reason TEXT",
		x->user.name, password ? "a console password" : "",
		password && active ? " and " : "",
		active ? "an active access key" : "");
}

/* Gone at AWS, and still in our record: then that is what is taken away. */
static int find_record(struct revocation *x, const struct choice *c,
	struct error *err)
{
	const char *user = app_argument(x->app, 0);
	const struct registry_binding *b;
	struct registry_bindings list = { NULL, 0 };
	size_t i;
	int r;

	r = registry_bindings_all(x->reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		b = &list.p[i];
		if (b->removed || b->kind != REGISTRY_AWS || !b->device ||
			strcmp(b->account, x->cloud.caller.account) != 0 ||
			!b->user_name || strcmp(b->user_name, user) != 0 ||
			!is_wanted(b->device, c->wanted))
			continue;
		snprintf(x->journal.facts.serial,
			sizeof(x->journal.facts.serial), "%s", b->device);
		x->gone = true;
	}
	registry_bindings_done(&list);
	if (r == 0 && !x->gone)
		r = error_set(err, ERROR_FAILED,
			"'%s' has no device '%s' at AWS (of %u), and the "
			"registry knows none", user, c->wanted, c->devices);
	return r;
}

static int find_device(struct revocation *x, struct error *err)
{
	const char *user = app_argument(x->app, 0);
	struct choice c = { .wanted = app_argument(x->app, 1) };
	bool found;
	int r;

	r = iam_get_user(x->cloud.session, user, &x->user, &found, err);
	if (r == 0 && found)
		r = iam_list_mfa_devices(x->cloud.session, x->user.name,
			consider, &c, err);
	if (r < 0)
		return r;
	if (!found)
		snprintf(x->user.name, sizeof(x->user.name), "%s", user);
	if (c.hits > 1)
		return error_set(err, ERROR_FAILED,
			"'%s' has several devices '%s': give the whole serial "
			"number", user, c.wanted);
	if (c.hits == 0)
		return find_record(x, &c, err);
	memcpy(x->journal.facts.serial, c.serial, sizeof(c.serial));
	return check_last(x, &c, err);
}

/* ---- what the registry knows of it ---- */

static int take_binding(struct revocation *x, const struct registry_binding *b,
	struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	struct journal_facts *f = &x->journal.facts;
	size_t i;
	int r;

	memcpy(f->binding, b->id, sizeof(f->binding));
	memcpy(f->token, b->token, sizeof(f->token));
	if (!b->oath_account || !b->token[0])
		return 0;
	snprintf(f->oath_account, sizeof(f->oath_account), "%s",
		b->oath_account);
	r = registry_tokens_by_id(x->reg, b->token, &list, err);
	for (i = 0; r == 0 && list.n == 1 && i < list.p[0].identifiers_n;
		i++) {
		const struct registry_identifier *id =
			&list.p[0].identifiers[i];

		if (strcmp(id->kind, REGISTRY_ID_SERIAL) == 0)
			f->token_serial = (uint32_t)strtoul(id->value, NULL,
				10);
		else if (strcmp(id->kind, REGISTRY_ID_OATH_DEVICE) == 0)
			snprintf(f->oath_id, sizeof(f->oath_id), "%s",
				id->value);
	}
	registry_tokens_done(&list);
	return r;
}

static int find_binding(struct revocation *x, struct error *err)
{
	size_t i;
	int r;

	r = registry_bindings_by_device(x->reg, x->journal.facts.serial,
		&x->bindings, err);
	for (i = 0; r == 0 && i < x->bindings.n; i++)
		if (!x->bindings.p[i].removed &&
			strcmp(x->bindings.p[i].account,
				x->cloud.caller.account) == 0)
			r = take_binding(x, &x->bindings.p[i], err);
	return r;
}

static int begin(struct revocation *x, struct error *err)
{
	struct journal_facts f = x->journal.facts;
	const char *reason = option(&x->app->options, OPTION_REASON);
	int r;

	f.kind = JOURNAL_REVOKE;
	snprintf(f.account, sizeof(f.account), "%s", x->cloud.caller.account);
	snprintf(f.partition, sizeof(f.partition), "%s",
		aws_session_partition(x->cloud.session)->name);
	snprintf(f.endpoint, sizeof(f.endpoint), "%s",
		cloud_endpoint(&x->cloud));
	snprintf(f.user, sizeof(f.user), "%s", x->user.name);
	snprintf(f.user_id, sizeof(f.user_id), "%s", x->user.id);
	snprintf(f.reason, sizeof(f.reason), "%s", reason ? reason : "");
	r = id_new(x->journal.id, err);
	return r < 0 ? r : journal_begin(&x->journal, registry_path(x->reg),
		&f, err);
}

static int prepare(struct revocation *x, struct error *err)
{
	int r;

	r = sequence_open(x->app, &x->cloud, &x->reg, &x->actor, err);
	if (r == 0)
		r = recover_all(x->app, &x->cloud, x->reg, &x->actor, 0, err);
	if (r == 0)
		r = find_device(x, err);
	if (r == 0)
		r = find_binding(x, err);
	return r < 0 ? r : begin(x, err);
}

/* ---- receipt ---- */

static int show(struct revocation *x, struct error *err)
{
	const struct journal_facts *f = &x->journal.facts;
	bool virtual = device_kind(f->serial) == DEVICE_VIRTUAL;
	char head[REGISTRY_HEAD_LEN];
	json_t *o;

	registry_log_head(&x->done.head);
	registry_head_format(&x->done.head, head);
	if (x->app->json) {
		o = json_pack("{s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:s}",
			"account", f->account, "user", f->user, "device",
			f->serial, "deactivated", !x->gone, "deleted",
				virtual && !x->gone,
			"bindingRemoved", f->binding[0] != '\0',
			"oathAccountRemoved", f->oath_account[0] &&
				!x->done.account_left,
			"head", head);
		if (f->endpoint[0])
			json_object_set_new(o, "endpoint",
				json_string(f->endpoint));
		if (x->done.account_left)
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
	if (f->oath_account[0] && !x->done.account_left)
		printf("  token        account removed from token %u\n",
			f->token_serial);
	if (x->done.account_left)
		printf("  NOT REACHED  token %u is not here: the account '%s' "
			"stays in it (worthless at AWS now)\n",
			f->token_serial, f->oath_account);
	printf("  head         %s\n", head);
	return 0;
}

static bool is_local(const struct options *o)
{
	return option_is_set(o, OPTION_LOCAL);
}

static bool is_at_aws(const struct options *o)
{
	return !is_local(o);
}

static int revoke_command(struct app *app, struct error *err)
{
	CLEANUP(revocation_done) struct revocation x = {
		.app = app,
		.journal = { .fd = -1 },
	};
	struct sequence s;
	int r;

	if (is_local(&app->options))
		return revoke_local(app, err);
	if (option_is_set(&app->options, OPTION_LAST) &&
		!option_is_set(&app->options, OPTION_REASON))
		return error_set(err, ERROR_USAGE,
			"--last needs --reason TEXT");
	r = prepare(&x, err);
	if (r < 0)
		return r;
	s = (struct sequence){ app, &x.cloud, x.reg, &x.journal, x.actor };
	r = revoke_run(&s, &x.done, err);
	if (r == 0)
		r = show(&x, err);
	return r < 0 ? r : x.done.account_left ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

const struct command command_revoke = {
	.name = "revoke",
	.arguments = "USER DEVICE",
	.summary = "take an MFA device away from an IAM user",
	.help = "Deactivates the device at AWS, deletes it there where it is "
		"virtual, removes its\naccount from the token if that is "
		"plugged in, and takes the binding out of the\nregistry. "
		"DEVICE is the serial number (ARN) or the name at its end. "
		"What could not\nbe reached is listed, and the exit status is "
		"10 then. A user's last device goes\nonly where there is no "
		"password and no active access key, or with --last.\n\n"
		"With --local USER is a local user, and DEVICE the beginning "
		"of a binding's or token's\nid, or `all`: what lets the user "
		"in by PAM and ssh.\n\n"
		"  tokenbridge revoke alice alice-1f2e3d4c5b6a\n"
		"  tokenbridge revoke bob arn:aws:iam::123456789012:mfa/bob "
		"--last --reason 'left'\n"
		"  tokenbridge revoke --local carol all    (PAM and ssh on "
		"this machine)\n",
	.options = { OPTION_LAST, OPTION_REASON, OPTION_TICKET,
		OPTION_LOCAL, OPTION_LOGIN_DB },
	.min_arguments = 2,
	.max_arguments = 2,
	.needs_network = is_at_aws,
	.run = revoke_command,
};
