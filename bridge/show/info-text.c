/* SPDX-License-Identifier: Apache-2.0 */
/* info for people */
#include "bridge/show/info.h"

#include "base/encode.h"
#include "bridge/terminal/ui.h"
#include "token/fido/getinfo.h"

#include <string.h>

static void line(const char *name, const char *fmt, ...) PRINTF(2, 3);
static void line(const char *name, const char *fmt, ...)
{
	va_list ap;

	ui_put(UI_PLAIN, "%-22s ", name);
	va_start(ap, fmt);
	ui_putv(UI_PLAIN, fmt, ap);
	va_end(ap);
	ui_end();
}

static void print_identity(const struct token *t)
{
	char text[160], firmware[12];
	uint32_t serial;

	token_product(t, text, sizeof(text));
	line("Product", "%s", text);
	if (t->node.transport == NODE_USB)
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
static void print_getinfo(const struct info *m)
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

static void print_credentials(const struct discoverable *v)
{
	char hex[HEX_LEN(sizeof(v->identifier))];
	size_t i;

	line("  keeps", "%llu resident credential%s, room for %llu",
		(unsigned long long)v->kept, v->kept == 1 ? "" : "s",
		(unsigned long long)v->left);
	for (i = 0; i < v->rps_n; i++)
		line("", "%zu for %s", v->rps[i].n, v->rps[i].id);
	hex_encode(v->identifier, sizeof(v->identifier), hex);
	if (v->has_identifier)
		line("  device identifier", "%s", hex);
}

static void print_fido(const struct token *t, const struct info *m)
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
		line("  PIN", "set, %d %s left%s", m->pin_retries,
			m->pin_retries == 1 ? "try" : "tries",
			f->pin_change_forced ? "; it must be changed before "
			"the token takes it (`tokenbridge pin change`)" : "");
	else
		line("  PIN", "%s", f->client_pin == FIDO_ABSENT ?
			"not supported" : f->client_pin == FIDO_ON ?
			"set" : "not set");
	if (f->min_pin_length)
		line("  minimum PIN length", "%llu",
			(unsigned long long)f->min_pin_length);
	line("  always verify user", "%s", show_option_text(f->always_uv));
	line("  resident keys", "%s", show_option_text(f->resident));
	if (f->resident_left >= 0)
		line("  resident keys left", "%lld",
			(long long)f->resident_left);
	if (m->has_discoverable)
		print_credentials(&m->discoverable);
	print_getinfo(m);
}

static void print_oath(const struct info *m)
{
	const struct oath_applet *a = &m->card->applet;
	size_t i;

	line("OATH", "%u.%u.%u, device id %s, %s", a->version[0],
		a->version[1], a->version[2], a->id,
		a->locked ? "locked by a password" : "no password");
	line("  reader", "%s, the same %s", m->card->reader,
		m->card->join == CARD_SAME_USB ? "USB device" :
						 "serial number");
	if (!a->locked)
		line("  credentials", "%zu", a->n);
	for (i = 0; i < a->n; i++)
		line("", "%s", a->accounts[i].name);
}

static const char *slot_text(const struct otp_slot *s)
{
	return !s->configured ? "empty" : s->touch ? "configured, touch" :
		"configured";
}

/* The first step says which tables. */
static void print_advisories(const struct info *m)
{
	size_t i;

	line("Advisories", "%s, by what it says of itself",
		m->steps.rows[0].text);
	for (i = 1; i < m->steps.n; i++)
		line("", "%s", m->steps.rows[i].text);
}

static void print_device(const struct devinfo *d, const struct info *m)
{
	char names[DEVINFO_NAMES_LEN];
	size_t i;

	if (d->part_number[0])
		line("Part number", "%s", d->part_number);
	devinfo_names(d->nfc_enabled, names);
	if (names[0])
		line("  over NFC", "%s%s", names, d->nfc_restricted ?
			" (off until it has had power by USB)" : "");
	if (devinfo_is_preview(d))
		line("Preview", "made before its firmware was released: not "
			"for use");
	if (d->locked)
		line("Configuration", "locked by a code");
	for (i = 0; i < m->differences.n; i++)
		line(i ? "" : "Disagreement", "%s", m->differences.text[i]);
}

static const char *member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "-";
}

/* What was found, which proves nothing. */
static void info_text_print_row(const json_t *row)
{
	json_int_t rows = json_integer_value(json_object_get(row, "rows"));

	if (rows == 0)
		line("Registry", "does not know its serial number");
	else if (rows > 1)
		line("Registry", "%lld rows have its serial number",
			(long long)rows);
	else
		line("Registry", "holder %s, %s, label %s, token %.8s (found "
			"by its serial number, not proved)",
			member(row, "holder"), member(row, "state"),
			member(row, "label"), member(row, "id"));
}

void show_info_text(const struct token *t, const struct info *m)
{
	print_identity(t);
	print_device(&t->devinfo, m);
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
	if (m->row.json)
		info_text_print_row(m->row.json);
	else if (m->row_text[0])
		line("Registry", "unknown: %s", m->row_text);
}
