/* SPDX-License-Identifier: Apache-2.0 */
/* Asking one token through all of its interfaces. */
#include "bridge/info/info.h"

#include "bridge/open/registry.h"
#include "bridge/prompt/pin.h"
#include "token/fido/getinfo.h"

#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000
#define OTP_MS 20000
#define LIST_MS 20000

void info_done(struct info *m)
{
	json_decref(m->getinfo);
	discoverable_done(&m->discoverable);
	watch_row_done(&m->row);
	free(m->card);
	advisories_done(&m->advisories);
}

/* By what it says of itself: nothing is attested here. */
static int check_firmware(struct app *app, const struct token *t,
	struct info *m, struct error *err)
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

/* A wrong PIN is asked for again as long as a person has tries. */
static int ask_credentials(struct app *app, struct fido *f, struct info *m,
	struct error *err)
{
	CLEANUP(secret_done) struct secret pin = { 0 };
	struct error e;
	int r = discoverable_check(f, err);

	if (r < 0)
		return r;
	do {
		r = pin_get(app, f, &pin, &e);
		fido_set_deadline(f, deadline_in(LIST_MS));
		if (r == 0)
			r = discoverable_read(f, &pin, &m->discoverable, &e);
		m->has_discoverable = r == 0;
	} while (r == -ERROR_PIN_WRONG && pin_may_retry(app, f));
	return r < 0 ? error_copy(err, &e) : 0;
}

static int ask_fido(struct app *app, const struct token *t, struct info *m,
	struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	struct error e;
	int r;

	m->pin_retries = -1;
	if (!t->identified)
		return 0;
	r = attached_open(app, t, &f, err);
	if (r == 0 && option_is_set(&app->options, OPTION_CREDENTIALS))
		r = ask_credentials(app, f, m, err);
	if (r < 0)
		return r;
	m->pin_retries = fido_pin_retries(f);
	r = fido_info(f)->ctap2 && t->node.transport == NODE_USB ?
		getinfo_read(f, &m->getinfo, &e) : 0;
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

/* A serial number behind others; what does not fit is left out. */
static size_t put_serial(char *ret, size_t size, size_t used, uint32_t serial)
{
	int n = snprintf(ret + used, size - used, "%s%u", used ? ", " : "",
		serial);

	return n > 0 && (size_t)n < size - used ? used + (size_t)n : used;
}

/* Which cards are there instead: one of them may be this token's. */
static void no_card(struct app *app, uint32_t serial, char *ret, size_t size)
{
	CLEANUP(free_p) struct oath_card *cards = NULL;
	char others[96] = "";
	size_t i, n = 0, held, used = 0;

	if (oath_cards(&cards, &n, &held, app->cancel_fd,
		    deadline_in(CARD_MS), NULL) < 0)
		n = 0;
	for (i = 0; i < n; i++)
		if (cards[i].devinfo.has_serial)
			used = put_serial(others, sizeof(others), used,
				cards[i].devinfo.serial);
	snprintf(ret, size, "no smart-card reader shows serial number %u%s%s",
		serial, used ? "; there are: " : "", others);
}

static int ask_card(struct app *app, const struct token *t, struct info *m,
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
		no_card(app, serial, m->card_text, sizeof(m->card_text));
	else if (!m->card->has_oath &&
		devinfo_enabled(&t->devinfo, DEVINFO_OATH))
		snprintf(m->card_text, sizeof(m->card_text),
			"the smart card shows no OATH application, though the "
			"token says that it has one");
	return 0;
}

static int ask_otp(struct app *app, const struct token *t, struct info *m,
	struct error *err)
{
	CLEANUP(free_p) struct otp_interface *list = NULL;
	char others[96] = "";
	struct error e;
	uint32_t serial;
	size_t i, n, used = 0;
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
	for (i = 0; !m->has_otp && i < n; i++)
		if (list[i].has_serial)
			used = put_serial(others, sizeof(others), used,
				list[i].serial);
	if (!m->has_otp)
		snprintf(m->otp_text, sizeof(m->otp_text),
			"no OTP interface shows the token's serial number%s%s",
			used ? "; there are: " : "", others);
	return 0;
}

static void compare_interfaces(const struct token *t, struct info *m)
{
	const struct identity_interfaces interfaces = {
		.fido = t->identified ? &t->devinfo : NULL,
		.card = m->card ? &m->card->devinfo : NULL,
		.otp = m->has_otp ? &m->otp : NULL,
		.hid_version = t->identified && t->node.vendor == 0x1050 ?
			t->fido.hid_version : NULL,
	};

	identity_compare(&interfaces, &m->differences);
}

/* Whose it is; a registry that cannot be read is no reason to say nothing. */
static void look_up(struct app *app, const struct token *t,
	struct registry *reg, struct info *m)
{
	CLEANUP(registry_free) struct registry *own = NULL;
	bool unknown = false;
	struct error e;
	int r = 0;

	if (!reg) {
		r = ledger_open_if_any(app, &own, &unknown, &e);
		reg = own;
	}
	if (r == 0 && reg)
		r = watch_row_look(reg, t, &m->row, &e);
	if (r < 0)
		snprintf(m->row_text, sizeof(m->row_text), "%s", e.text);
	else if (unknown)
		snprintf(m->row_text, sizeof(m->row_text),
			"the system's registry may not be read");
}

int info_gather(struct app *app, const struct token *t, struct registry *reg,
	struct info *ret, struct error *err)
{
	int r;

	r = check_firmware(app, t, ret, err);
	if (r == 0)
		r = ask_fido(app, t, ret, err);
	if (r == 0)
		r = ask_card(app, t, ret, err);
	if (r == 0)
		r = ask_otp(app, t, ret, err);
	if (r < 0)
		return r;
	compare_interfaces(t, ret);
	look_up(app, t, reg, ret);
	return 0;
}
