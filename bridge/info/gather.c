/* SPDX-License-Identifier: Apache-2.0 */
/* Asking one token through all of its interfaces. */
#include "bridge/info/info.h"

#include "bridge/info/interfaces.h"
#include "bridge/prompt/pin.h"
#include "token/fido/getinfo.h"

#include <stdlib.h>
#include <string.h>

#define LIST_MS 20000

void info_done(struct info *m)
{
	json_decref(m->getinfo);
	discoverable_done(&m->discoverable);
	attached_row_done(&m->row);
	free(m->card);
}

/* By what it says of itself: nothing is attested here. */
static void check_firmware(const struct info_request *q, struct info *m)
{
	struct advisory_subject s = verify_claims(q->advisories, q->token);

	m->advisories = q->advisories;
	advisory_check(q->advisories, &s, &m->steps);
}

/* A wrong PIN is asked for again as long as a person has tries. */
static int ask_credentials(const struct run *run, const struct token *t,
	struct fido *f, struct info *m, struct error *err)
{
	CLEANUP(secret_done) struct secret pin = { 0 };
	struct error e;
	int r = discoverable_check(f, err);

	if (r < 0)
		return r;
	do {
		r = pin_get(run, t, NULL, f, &pin, &e);
		fido_set_deadline(f, deadline_in(LIST_MS));
		if (r == 0)
			r = discoverable_read(f, &pin, &m->discoverable, &e);
		m->has_discoverable = r == 0;
	} while (r == -ERROR_PIN_WRONG && pin_may_retry(run, f));
	run_forget_secrets(run);
	return r < 0 ? error_copy(err, &e) : 0;
}

static int ask_fido(const struct run *run, const struct info_request *q,
	struct info *m, struct error *err)
{
	const struct token *t = q->token;
	CLEANUP(fido_free) struct fido *f = q->fido;
	struct error e;
	int r = 0;

	m->pin_retries = -1;
	if (!f)
		return 0;
	if (q->credentials)
		r = ask_credentials(run, t, f, m, err);
	if (r < 0)
		return r;
	m->pin_retries = fido_pin_retries(f);
	r = fido_info(f)->ctap2 && t->node.transport == NODE_USB ?
		getinfo_of(f, &m->getinfo, &e) : 0;
	if (r == -ERROR_INTERRUPTED || r == -ERROR_NO_TOKEN)
		return error_copy(err, &e);
	if (r < 0)
		snprintf(m->getinfo_text, sizeof(m->getinfo_text), "%s",
			e.text);
	return 0;
}

static void compare_interfaces(const struct token *t, struct info *m)
{
	const struct identity_interfaces interfaces = {
		.fido = t->identified ? &t->devinfo : NULL,
		.card = m->card ? &m->card->devinfo : NULL,
		.otp = m->has_otp ? &m->otp : NULL,
		.hid_version = t->identified ? product_hid_firmware(
			t->node.vendor, t->fido.hid_version) : NULL,
	};

	identity_compare(&interfaces, &m->differences);
}

/* Whose it is; a registry that cannot be read is no reason to say nothing. */
static void look_up(const struct info_request *q, struct info *m)
{
	struct error e;

	if (q->reg && attached_row_look(q->reg, q->token, &m->row, &e) < 0)
		snprintf(m->row_text, sizeof(m->row_text), "%s", e.text);
	else if (!q->reg && q->registry_text)
		snprintf(m->row_text, sizeof(m->row_text), "%s",
			q->registry_text);
}

int info_gather(const struct run *run, const struct info_request *q,
	struct info *ret, struct error *err)
{
	CLEANUP(worker_done) struct worker w = WORKER_INIT;
	int r;

	check_firmware(q, ret);
	if (q->fido)
		run_waits(run, "Asking the token over FIDO");
	r = ask_fido(run, q, ret, err);
	if (r == 0)
		r = info_ask_card(run, &w, q->token, ret, err);
	if (r == 0)
		r = info_ask_otp(run, &w, q->token, ret, err);
	if (r < 0)
		return r;
	compare_interfaces(q->token, ret);
	look_up(q, ret);
	return 0;
}
