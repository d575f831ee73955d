/* SPDX-License-Identifier: Apache-2.0 */
/* Smart-card readers. */
#include "token/worker/pcsc.h"

#include "base/deadline.h"

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

struct connection {
	SCARDHANDLE handle;
	DWORD protocol;
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
static LONG connect_reader(SCARDCONTEXT pcsc, const char *reader,
	struct connection *c)
{
	deadline_t until = deadline_in(RESET_MS);
	LONG rv;

	for (;;) {
		rv = SCardConnect(pcsc, reader, SCARD_SHARE_SHARED,
			SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &c->handle,
			&c->protocol);
		if ((rv != SCARD_E_PROTO_MISMATCH &&
			    rv != SCARD_W_RESET_CARD) || deadline_passed(until))
			return rv;
		deadline_sleep(deadline_in(RESET_POLL_MS), -1);
	}
}

/* Shared, in a transaction: others may select another application between. */
static int visit_reader(SCARDCONTEXT pcsc, const char *reader, pcsc_visit visit,
	void *context, unsigned *held, struct error *err)
{
	struct connection c = { 0 };
	struct card card = { pcsc_transmit, &c };
	LONG rv;
	int r;

	rv = connect_reader(pcsc, reader, &c);
	if (is_absent(rv))
		return 0;
	if (rv == SCARD_E_SHARING_VIOLATION) {
		++*held;
		return 0;
	}
	if (rv != SCARD_S_SUCCESS)
		return pcsc_failed(rv, "opening a smart-card reader", err);
	rv = SCardBeginTransaction(c.handle);
	if (rv == SCARD_S_SUCCESS) {
		r = visit(context, reader, &card, err);
		SCardEndTransaction(c.handle, SCARD_LEAVE_CARD);
	} else {
		r = is_absent(rv) ? 0 :
			pcsc_failed(rv, "taking the smart card", err);
	}
	SCardDisconnect(c.handle, SCARD_LEAVE_CARD);
	return r;
}

/* A list of strings, one behind the other, then an empty one; free() it. */
static int list_readers(SCARDCONTEXT pcsc, char **ret, struct error *err)
{
	DWORD n = 0;
	char *list;
	LONG rv;

	rv = SCardListReaders(pcsc, NULL, NULL, &n);
	if (rv == SCARD_E_NO_READERS_AVAILABLE)
		n = 1;
	else if (rv != SCARD_S_SUCCESS)
		return pcsc_failed(rv, "listing smart-card readers", err);
	list = calloc(1, n + 2);
	if (!list)
		return error_memory(err);
	if (n > 1)
		rv = SCardListReaders(pcsc, NULL, list, &n);
	if (rv != SCARD_S_SUCCESS && rv != SCARD_E_NO_READERS_AVAILABLE) {
		free(list);
		return pcsc_failed(rv, "listing smart-card readers", err);
	}
	*ret = list;
	return 0;
}

int pcsc_each(pcsc_visit visit, void *context, unsigned *ret_held,
	struct error *err)
{
	CLEANUP(free_p) char *readers = NULL;
	SCARDCONTEXT pcsc;
	const char *p;
	LONG rv;
	int r;

	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &pcsc);
	if (rv != SCARD_S_SUCCESS)
		return pcsc_failed(rv, "reaching pcscd", err);
	*ret_held = 0;
	r = list_readers(pcsc, &readers, err);
	for (p = readers; r == 0 && p && *p; p += strlen(p) + 1)
		r = visit_reader(pcsc, p, visit, context, ret_held, err);
	SCardReleaseContext(pcsc);
	return r < 0 ? r : 0;
}
