/* SPDX-License-Identifier: Apache-2.0 */
/* Smart-card readers. */
#include "token/worker/pcsc.h"

#include "base/deadline.h"

#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

#define RESET_MS 2000
#define RESET_POLL_MS 50

static int pcsc_failed(LONG rv, const char *what, struct error *err)
{
	if (rv == SCARD_E_NO_SERVICE || rv == SCARD_E_SERVICE_STOPPED)
		return error_set(err, ERROR_UNSUPPORTED,
			"pcscd does not run, so OATH applications cannot be "
			"reached: install pcscd and start it (systemctl start "
			"pcscd.socket)");
	if (rv == (LONG)SCARD_W_SECURITY_VIOLATION)
		return error_set(err, ERROR_PERMISSION,
			"pcscd refuses you: its polkit rule lets in only who "
			"sits at this machine; run as root");
	if (rv == SCARD_W_REMOVED_CARD || rv == SCARD_W_RESET_CARD ||
		rv == SCARD_E_READER_UNAVAILABLE ||
		rv == SCARD_E_NO_SMARTCARD)
		return error_set(err, ERROR_NO_TOKEN,
			"the token's smart card went away (%s)", what);
	return error_set(err, ERROR_FAILED, "%s: %s", what,
		pcsc_stringify_error(rv));
}

#define READERS_MAX 32

/* A reader that is open, and its card powered. */
struct connection {
	char reader[PCSC_READER_LEN]; /* "": this place is free */
	SCARDHANDLE handle;
	DWORD protocol;
};

struct pcsc {
	bool has_context;
	SCARDCONTEXT context;
	struct connection open[READERS_MAX];
};

static int pcsc_transmit(void *context, const unsigned char *apdu, size_t n,
	struct buf *reply, uint16_t *ret_sw, struct error *err)
{
	const struct connection *c = context;
	const SCARD_IO_REQUEST *pci = c->protocol == SCARD_PROTOCOL_T0 ?
		SCARD_PCI_T0 : SCARD_PCI_T1;
	unsigned char in[MAX_BUFFER_SIZE_EXTENDED];
	DWORD in_n = sizeof(in);
	LONG rv;

	rv = SCardTransmit(c->handle, pci, apdu, n, NULL, in, &in_n);
	if (rv != SCARD_S_SUCCESS)
		return pcsc_failed(rv, "talking to the smart card", err);
	if (in_n < 2)
		return error_set(err, ERROR_MALFORMED,
			"the smart card answers %lu bytes", in_n);
	buf_reset(reply);
	buf_put(reply, in, in_n - 2);
	*ret_sw = (uint16_t)(in[in_n - 2] << 8 | in[in_n - 1]);
	wipe(in, in_n);
	return buf_check(reply, "a smart card's reply", err);
}

static bool is_absent(LONG rv)
{
	return rv == SCARD_E_NO_SMARTCARD || rv == SCARD_W_REMOVED_CARD ||
		rv == (LONG)SCARD_W_UNPOWERED_CARD ||
		rv == (LONG)SCARD_W_UNRESPONSIVE_CARD ||
		rv == SCARD_E_UNKNOWN_READER ||
		rv == SCARD_E_READER_UNAVAILABLE;
}

/*
 * While pcscd resets a card, as it does when a client dies in a transaction,
 * the card has no protocol yet: that passes.
 */
static LONG connect_card(SCARDCONTEXT pcsc, struct connection *c)
{
	deadline_t until = deadline_in(RESET_MS);
	LONG rv;

	for (;;) {
		rv = SCardConnect(pcsc, c->reader, SCARD_SHARE_SHARED,
			SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &c->handle,
			&c->protocol);
		if ((rv != SCARD_E_PROTO_MISMATCH &&
			    rv != SCARD_W_RESET_CARD) || deadline_passed(until))
			return rv;
		deadline_sleep(deadline_in(RESET_POLL_MS), -1);
	}
}

/* ---- open readers ---- */

static void let_go(struct connection *c)
{
	if (c->reader[0])
		SCardDisconnect(c->handle, SCARD_LEAVE_CARD);
	c->reader[0] = '\0';
}

/* The one that is open for a reader, else a free place; NULL: there is none. */
static struct connection *place_for(struct pcsc *p, const char *reader)
{
	struct connection *unused = NULL;
	size_t i;

	for (i = 0; i < READERS_MAX; i++) {
		if (strcmp(p->open[i].reader, reader) == 0)
			return &p->open[i];
		if (!p->open[i].reader[0])
			unused = &p->open[i];
	}
	return unused;
}

static LONG open_reader(struct pcsc *p, struct connection *c,
	const char *reader)
{
	LONG rv;

	snprintf(c->reader, sizeof(c->reader), "%s", reader);
	rv = connect_card(p->context, c);
	if (rv != SCARD_S_SUCCESS)
		c->reader[0] = '\0'; /* nothing to disconnect */
	return rv;
}

/*
 * Begins a transaction on the reader's card, opened for it or kept open since
 * the last one. One that another program has reset, or that was taken out and
 * put in again, is opened anew: what is asked of it next says whether it is
 * the one that was meant.
 */
static LONG begin(struct pcsc *p, struct connection *c, const char *reader)
{
	bool kept = c->reader[0] != '\0';
	LONG rv = kept ? SCARD_S_SUCCESS : open_reader(p, c, reader);

	if (rv == SCARD_S_SUCCESS)
		rv = SCardBeginTransaction(c->handle);
	if (rv == SCARD_S_SUCCESS || !kept)
		return rv;
	let_go(c);
	rv = open_reader(p, c, reader);
	return rv == SCARD_S_SUCCESS ? SCardBeginTransaction(c->handle) : rv;
}

/* Only libccid and its like know; others have no such attribute. */
static void read_place(const struct connection *c, struct card_place *ret)
{
	uint32_t channel = 0;
	DWORD n = sizeof(channel);

	memset(ret, 0, sizeof(*ret));
	if (SCardGetAttrib(c->handle, SCARD_ATTR_CHANNEL_ID,
		    (unsigned char *)&channel, &n) == SCARD_S_SUCCESS &&
		n == sizeof(channel))
		card_place_channel(channel, ret);
}

/* Shared, in a transaction: others may select another application between. */
static int visit_reader(struct pcsc *p, const char *reader, pcsc_visit visit,
	void *context, unsigned *held, struct error *err)
{
	struct connection *c = place_for(p, reader);
	struct card card = { pcsc_transmit, c };
	struct pcsc_reader r = { .name = reader };
	int result;
	LONG rv;

	if (!c || strlen(reader) >= sizeof(c->reader))
		return 0;
	rv = begin(p, c, reader);
	if (rv == SCARD_S_SUCCESS) {
		read_place(c, &r.place);
		result = visit(context, &r, &card, err);
		SCardEndTransaction(c->handle, SCARD_LEAVE_CARD);
		if (result == PCSC_PASS)
			let_go(c);
		return result;
	}
	let_go(c);
	if (rv == SCARD_E_SHARING_VIOLATION)
		++*held;
	else if (!is_absent(rv))
		return pcsc_failed(rv, "taking the smart card", err);
	return 0;
}

/* A list of strings, one behind the other, then an empty one; free() it. */
static LONG list_readers(SCARDCONTEXT pcsc, char **ret)
{
	DWORD n = 0;
	LONG rv;

	*ret = NULL;
	rv = SCardListReaders(pcsc, NULL, NULL, &n);
	if (rv == SCARD_S_SUCCESS) {
		*ret = calloc(1, n + 2);
		if (!*ret)
			return SCARD_E_NO_MEMORY;
		rv = SCardListReaders(pcsc, NULL, *ret, &n);
	}
	return rv == SCARD_E_NO_READERS_AVAILABLE ? SCARD_S_SUCCESS : rv;
}

/* ---- the whole ---- */

int pcsc_new(struct pcsc **ret, struct error *err)
{
	struct pcsc *p = calloc(1, sizeof(*p));

	if (!p)
		return error_memory(err);
	*ret = p;
	return 0;
}

static void leave_pcscd(struct pcsc *p)
{
	size_t i;

	for (i = 0; i < READERS_MAX; i++)
		let_go(&p->open[i]);
	if (p->has_context)
		SCardReleaseContext(p->context);
	p->has_context = false;
}

void pcsc_free(struct pcsc **p)
{
	if (!p || !*p)
		return;
	leave_pcscd(*p);
	free(*p);
	*p = NULL;
}

static LONG reach_pcscd(struct pcsc *p, char **ret_readers)
{
	LONG rv = SCARD_S_SUCCESS;

	if (!p->has_context)
		rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
			&p->context);
	if (rv != SCARD_S_SUCCESS)
		return rv;
	p->has_context = true;
	return list_readers(p->context, ret_readers);
}

/* Readers that have gone meanwhile: their handles are worth nothing. */
static void forget_gone(struct pcsc *p, const char *readers)
{
	const char *name;
	size_t i;

	for (i = 0; i < READERS_MAX; i++) {
		for (name = readers; name && *name; name += strlen(name) + 1)
			if (strcmp(name, p->open[i].reader) == 0)
				break;
		if (!name || !*name)
			let_go(&p->open[i]);
	}
}

int pcsc_each(struct pcsc *p, pcsc_visit visit, void *context,
	unsigned *ret_held, struct error *err)
{
	CLEANUP(free_p) char *readers = NULL;
	const char *name;
	LONG rv;
	int r = 0;

	rv = reach_pcscd(p, &readers);
	if (rv != SCARD_S_SUCCESS) { /* pcscd may have been started again */
		leave_pcscd(p);
		free(steal(&readers));
		rv = reach_pcscd(p, &readers);
	}
	if (rv != SCARD_S_SUCCESS)
		return pcsc_failed(rv, "reaching pcscd", err);
	forget_gone(p, readers);
	*ret_held = 0;
	for (name = readers; name && *name; name += strlen(name) + 1) {
		r = visit_reader(p, name, visit, context, ret_held, err);
		if (r < 0 || r == PCSC_DONE)
			break;
	}
	return r < 0 ? r : 0;
}
