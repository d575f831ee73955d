/* SPDX-License-Identifier: Apache-2.0 */
/* info: everything about one token, through every interface it has. */
#include "bridge/attached.h"
#include "bridge/ledger.h"
#include "bridge/status.h"
#include "bridge/ui.h"
#include "bridge/verify.h"
#include "token/getinfo.h"
#include "token/oath.h"
#include "token/otp.h"

#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000
#define OTP_MS 20000

/* What the slow interfaces said; a text says why one said nothing. */
struct more {
	int pin_retries;
	json_t *getinfo; /* owned; NULL: none */
	char getinfo_text[512];
	struct oath_card *card; /* owned; NULL: none */
	char card_text[512];
	struct otp_interface otp;
	bool has_otp;
	char otp_text[512];
	struct advisories advisories; /* owned */
	struct steps steps;           /* against them */
};

static void more_done(struct more *m)
{
	json_decref(m->getinfo);
	free(m->card);
	advisories_done(&m->advisories);
}

/* By what it says of itself: nothing is attested here. */
static int check_firmware(struct app *app, const struct token *t,
	struct more *m, struct error *err)
{
	struct advisory_subject s;
	int r;

	r = advisories_load(option(&app->options, OPTION_ADVISORIES),
		&m->advisories, err);
	if (r < 0)
		return r;
	s = verify_claims(&m->advisories, t);
	advisory_check(&m->advisories, &s, &m->steps);
	return 0;
}

static int ask_fido(struct app *app, const struct token *t, struct more *m,
	struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r;

	struct error e;

	m->pin_retries = -1;
	if (!t->identified)
		return 0;
	r = attached_open(app, t, &f, err);
	if (r < 0)
		return r;
	m->pin_retries = fido_pin_retries(f);
	r = fido_info(f)->ctap2 ? getinfo_read(f, &m->getinfo, &e) : 0;
	if (r == -ERROR_INTERRUPTED || r == -ERROR_NO_TOKEN)
		return error_copy(err, &e);
	if (r < 0)
		snprintf(m->getinfo_text, sizeof(m->getinfo_text), "%s",
			e.text);
	return 0;
}

/* Why nothing can be joined to it by its serial number. */
static const char *no_serial(const struct token *t)
{
	return t->identified ? "the token tells no serial number by which this "
			       "interface could be found" :
			       "not asked: the token could not tell its serial "
			       "number (see its problem)";
}

static int ask_card(struct app *app, const struct token *t, struct more *m,
	struct error *err)
{
	struct error e;
	uint32_t serial;
	int r;

	if (!t->node.has_ccid &&
		!devinfo_enabled(&t->devinfo, DEVINFO_OATH))
		return 0;
	if (!token_serial(t, &serial)) {
		snprintf(m->card_text, sizeof(m->card_text), "%s",
			no_serial(t));
		return 0;
	}
	r = oath_find(serial, &m->card, app->cancel_fd, deadline_in(CARD_MS),
		&e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0)
		snprintf(m->card_text, sizeof(m->card_text), "%s", e.text);
	else if (!m->card)
		snprintf(m->card_text, sizeof(m->card_text),
			"no smart-card reader shows serial number %u", serial);
	else if (!m->card->has_oath &&
		devinfo_enabled(&t->devinfo, DEVINFO_OATH))
		snprintf(m->card_text, sizeof(m->card_text),
			"the smart card shows no OATH application, though the "
			"token says that it has one");
	return 0;
}

static int ask_otp(struct app *app, const struct token *t, struct more *m,
	struct error *err)
{
	CLEANUP(free_p) struct otp_interface *list = NULL;
	struct error e;
	uint32_t serial;
	size_t i, n;
	int r;

	if (t->node.vendor != 0x1050 || !t->node.has_keyboard)
		return 0;
	if (!token_serial(t, &serial)) {
		snprintf(m->otp_text, sizeof(m->otp_text), "%s", no_serial(t));
		return 0;
	}
	r = otp_interfaces(&list, &n, app->cancel_fd, deadline_in(OTP_MS), &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0) {
		snprintf(m->otp_text, sizeof(m->otp_text), "%s", e.text);
		return 0;
	}
	for (i = 0; i < n; i++)
		if (list[i].has_serial && list[i].serial == serial) {
			m->otp = list[i];
			m->has_otp = true;
		}
	if (!m->has_otp)
		snprintf(m->otp_text, sizeof(m->otp_text),
			"no OTP interface shows the token's serial number");
	return 0;
}

static json_t *oath_json(const struct more *m)
{
	const struct oath_applet *a = &m->card->applet;
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < a->n; i++)
		json_array_append_new(names, json_string(a->accounts[i].name));
	return json_pack("{s:s,s:s,s:o,s:b,s:o,s:s}",
		"reader", m->card->reader,
		"deviceId", a->id,
		"version", json_sprintf("%u.%u.%u", a->version[0],
			a->version[1], a->version[2]),
		"password", a->locked,
		"accounts", names,
		"joinedBy", TOKEN_JOIN_SERIAL);
}

static json_t *otp_json(const struct more *m)
{
	const struct otp_interface *o = &m->otp;

	return json_pack("{s:o,s:[{s:b,s:b},{s:b,s:b}],s:s}",
		"version", json_sprintf("%u.%u.%u", o->version[0],
			o->version[1], o->version[2]),
		"slots",
		"configured", o->slots[0].configured,
		"touch", o->slots[0].touch,
		"configured", o->slots[1].configured,
		"touch", o->slots[1].touch,
		"joinedBy", TOKEN_JOIN_SERIAL);
}

static const char *option_text(enum fido_option o)
{
	return o == FIDO_ABSENT ? "no" : o == FIDO_ON ? "on" : "off";
}

static json_t *fido_json(const struct token *t, const struct more *m)
{
	const struct fido_info *f = &t->fido;
	json_t *o;

	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}",
		"versions", f->versions,
		"extensions", f->extensions,
		"transports", f->transports,
		"algorithms", f->algorithms,
		"clientPin", option_text(f->client_pin),
		"userVerification", option_text(f->user_verification),
		"alwaysUv", option_text(f->always_uv),
		"residentKeys", option_text(f->resident));
	if (m->pin_retries >= 0)
		json_object_set_new(o, "pinRetries",
			json_integer(m->pin_retries));
	if (f->min_pin_length)
		json_object_set_new(o, "minPinLength",
			json_integer((json_int_t)f->min_pin_length));
	if (f->resident_left >= 0)
		json_object_set_new(o, "residentKeysLeft",
			json_integer(f->resident_left));
	if (f->max_list)
		json_object_set_new(o, "maxCredentialsInList",
			json_integer((json_int_t)f->max_list));
	if (m->getinfo)
		json_object_set(o, "getInfo", m->getinfo);
	else if (m->getinfo_text[0])
		json_object_set_new(o, "getInfoProblem",
			json_string(m->getinfo_text));
	json_object_set_new(o, "ctapHid", getinfo_channel(f));
	return o;
}

static json_t *advisories_json(const struct more *m)
{
	json_t *o = verify_advisories_json(&m->advisories);

	json_object_set_new(o, "steps", verify_steps_json(&m->steps));
	return o;
}

static int print_json(const struct token *t, const struct more *m,
	struct error *err)
{
	json_t *o = attached_json(t);

	if (t->identified)
		json_object_set_new(o, "fido", fido_json(t, m));
	if (m->card && m->card->has_oath)
		json_object_set_new(o, "oath", oath_json(m));
	else if (m->card_text[0])
		json_object_set_new(o, "oathProblem",
			json_string(m->card_text));
	if (m->has_otp)
		json_object_set_new(o, "otp", otp_json(m));
	else if (m->otp_text[0])
		json_object_set_new(o, "otpProblem", json_string(m->otp_text));
	json_object_set_new(o, "advisories", advisories_json(m));
	return ui_json(json_pack("{s:[o]}", "tokens", o), err);
}

static void line(const char *name, const char *fmt, ...) PRINTF(2, 3);
static void line(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%-22s ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void print_identity(const struct token *t)
{
	char text[160], firmware[12];
	uint32_t serial;

	token_product(t, text, sizeof(text));
	line("Product", "%s", text);
	line("USB", "%04x:%04x", t->node.vendor, t->node.product);
	line("Device", "%s", t->node.path[0] ? t->node.path : "-");
	if (token_serial(t, &serial))
		line("Serial", "%u", serial);
	token_firmware(t, firmware);
	if (firmware[0])
		line("Firmware", "%s%s (self-reported)", firmware,
			t->devinfo.fips ? " FIPS" : "");
	if (devinfo_form_factor(&t->devinfo))
		line("Form factor", "%s", devinfo_form_factor(&t->devinfo));
	token_applications(t, text, sizeof(text));
	line("Applications", "%s", text[0] ? text : "-");
	if (t->nodes > 1 || t->node.has_ccid)
		line("Interfaces", "HID%s%s, one key by its USB parent",
			t->node.has_keyboard ? ", keyboard (OTP)" : "",
			t->node.has_ccid ? ", smart card" : "");
	if (t->problem != TOKEN_USABLE)
		line("Problem", "%s", t->problem_text);
}

/* A JSON value in one line: `rk=yes up=yes`. */
static void put_value(struct buf *b, const json_t *o)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_string(o))
		buf_put_str(b, json_string_value(o));
	else if (json_is_integer(o))
		buf_printf(b, "%lld", (long long)json_integer_value(o));
	else if (json_is_real(o))
		buf_printf(b, "%g", json_real_value(o));
	else if (json_is_array(o))
		json_array_foreach(o, i, value) {
			buf_put_str(b, i ? " " : "");
			put_value(b, value);
		}
	else if (json_is_object(o))
		json_object_foreach((json_t *)o, key, value) {
			buf_printf(b, "%s%s=", b->n && b->p[b->n - 1] != '=' ?
				" " : "", key);
			put_value(b, value);
		}
	else
		buf_put_str(b, json_is_true(o) ? "yes" : json_is_false(o) ?
			"no" : "null");
}

/* Those members of getInfo that have no line of their own. */
static void print_getinfo(const struct more *m)
{
	static const char *const told[] = { "versions", "extensions",
		"aaguid", "algorithms", "transports", "minPINLength",
		"remainingDiscoverableCredentials" };
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(m->getinfo, name, value) {
		CLEANUP(buf_done) struct buf b;
		char indented[64];

		buf_init(&b, 1 << 16);
		for (i = 0; i < ARRAY_LEN(told); i++)
			if (strcmp(told[i], name) == 0)
				break;
		if (i < ARRAY_LEN(told))
			continue;
		put_value(&b, value);
		snprintf(indented, sizeof(indented), "  %s", name);
		line(indented, "%s", b.n ? buf_str(&b) : "-");
	}
	if (m->getinfo_text[0])
		line("  getInfo", "unknown: %s", m->getinfo_text);
}

static void print_channel(const struct fido_info *f)
{
	CLEANUP(json_decrefp) json_t *o = getinfo_channel(f);
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, 1024);
	put_value(&b, o);
	line("  CTAPHID", "%s", buf_str(&b));
}

static void print_fido(const struct token *t, const struct more *m)
{
	const struct fido_info *f = &t->fido;
	char aaguid[AAGUID_TEXT_LEN];

	line("FIDO", "%s", f->versions);
	print_channel(f);
	if (!f->ctap2)
		return;
	aaguid_format(f->aaguid, aaguid);
	line("  AAGUID", "%s (claimed)", aaguid);
	line("  extensions", "%s", f->extensions[0] ? f->extensions : "-");
	line("  algorithms", "%s", f->algorithms[0] ? f->algorithms : "-");
	line("  transports", "%s", f->transports[0] ? f->transports : "-");
	if (m->pin_retries >= 0)
		line("  PIN", "set, %d tries left%s", m->pin_retries,
			f->pin_change_forced ? "; it must be changed before "
			"the token takes it (`tokenbridge pin change`)" : "");
	else
		line("  PIN", "%s", f->client_pin == FIDO_ABSENT ?
			"not supported" : f->client_pin == FIDO_ON ?
			"set" : "not set");
	if (f->min_pin_length)
		line("  minimum PIN length", "%llu",
			(unsigned long long)f->min_pin_length);
	line("  always verify user", "%s", option_text(f->always_uv));
	line("  resident keys", "%s", option_text(f->resident));
	if (f->resident_left >= 0)
		line("  resident keys left", "%lld",
			(long long)f->resident_left);
	print_getinfo(m);
}

static void print_oath(const struct more *m)
{
	const struct oath_applet *a = &m->card->applet;
	size_t i;

	line("OATH", "%u.%u.%u, device id %s, %s", a->version[0],
		a->version[1], a->version[2], a->id,
		a->locked ? "locked by a password" : "no password");
	line("  reader", "%s, the same serial number", m->card->reader);
	if (!a->locked)
		line("  accounts", "%zu", a->n);
	for (i = 0; i < a->n; i++)
		line("", "%s", a->accounts[i].name);
}

static const char *slot_text(const struct otp_slot *s)
{
	return !s->configured ? "empty" : s->touch ? "configured, touch" :
		"configured";
}

/* The first step says which tables. */
static void print_advisories(const struct more *m)
{
	size_t i;

	line("Advisories", "%s, by what it says of itself",
		m->steps.rows[0].text);
	for (i = 1; i < m->steps.n; i++)
		line("", "%s", m->steps.rows[i].text);
}

static void print_text(const struct token *t, const struct more *m)
{
	print_identity(t);
	if (t->identified)
		print_fido(t, m);
	if (m->card && m->card->has_oath)
		print_oath(m);
	else if (m->card_text[0])
		line("OATH", "unknown: %s", m->card_text);
	if (m->has_otp) {
		line("OTP", "%u.%u.%u", m->otp.version[0], m->otp.version[1],
			m->otp.version[2]);
		line("  slot 1", "%s", slot_text(&m->otp.slots[0]));
		line("  slot 2", "%s", slot_text(&m->otp.slots[1]));
	} else if (m->otp_text[0]) {
		line("OTP", "unknown: %s", m->otp_text);
	}
	print_advisories(m);
}

/* It has a FIDO side, and that could not be asked. */
static bool is_unread(const struct token *t)
{
	return !t->identified && t->problem != TOKEN_NO_FIDO;
}

static int info_run(struct app *app, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(more_done) struct more m = { 0 };
	const struct token *t;
	int r;

	r = ledger_open_for_label(app, &reg, err);
	if (r == 0)
		r = attached_find(app, &a, reg, &t, err);
	if (r == 0)
		r = check_firmware(app, t, &m, err);
	if (r == 0)
		r = ask_fido(app, t, &m, err);
	if (r == 0)
		r = ask_card(app, t, &m, err);
	if (r == 0)
		r = ask_otp(app, t, &m, err);
	if (r < 0)
		return r;
	if (app->json)
		r = print_json(t, &m, err);
	else
		print_text(t, &m);
	return r < 0 ? r : is_unread(t) || m.getinfo_text[0] ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

const struct command command_info = {
	.name = "info",
	.arguments = "",
	.summary = "everything about one token",
	.help = "Asks one token through every interface that it has: FIDO, the "
		"smart card (OATH\naccounts; needs pcscd) and the keyboard "
		"interface (OTP slots; the keyboard driver\nis detached for a "
		"moment). All of it is what the token says of itself.\n\n"
		"--json has every member of FIDO's getInfo, by its number "
		"under \"other\" where this\nprogram knows no name for it.\n\n"
		"  tokenbridge info\n  tokenbridge info --token 12345678 "
		"--json\n",
	.run = info_run,
};
