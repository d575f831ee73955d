/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of libpcsclite: readers whose answers a test gives, and a note of
 * each call.
 */
#ifndef TESTS_UNIT_PCSC_ALONE_H
#define TESTS_UNIT_PCSC_ALONE_H

#include "base/deadline.h"
#include "token/worker/pcsc.h"

#include "tests/unit/unit.h"

#include <reader.h>
#include <winscard.h>

#define ALL_OF_THEM 40

static struct {
	const char *name;
	LONG connect[3]; /* what the attempts answer, in order; then the last */
	LONG begin[2];
	uint32_t channel;
	DWORD channel_n;
	size_t connects, begins;
	int visit;
} readers[ALL_OF_THEM];
static size_t readers_n;

static LONG establish[4], list[32];
static size_t establishes, lists;
static bool clock_is_over;
static char calls[4096];

static const char *reply;
static DWORD reply_n, protocol;
static LONG transmits;

static void note(const char *fmt, ...) PRINTF(1, 2);
static void note(const char *fmt, ...)
{
	size_t n = strlen(calls);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(calls + n, sizeof(calls) - n, fmt, ap);
	va_end(ap);
}

WRAP(LONG, SCardEstablishContext, DWORD scope, LPCVOID a, LPCVOID b,
	LPSCARDCONTEXT ret)
{
	(void)a;
	(void)b;
	assert_int_equal(scope, SCARD_SCOPE_SYSTEM);
	note("context ");
	*ret = 7;
	return establish[establishes++];
}

WRAP(LONG, SCardReleaseContext, SCARDCONTEXT context)
{
	assert_int_equal(context, 7);
	note("release ");
	return SCARD_S_SUCCESS;
}

WRAP(LONG, SCardListReaders, SCARDCONTEXT context, LPCSTR groups, LPSTR to,
	LPDWORD n)
{
	LONG rv = list[lists++];
	DWORD need = 1;
	size_t i, size;

	assert_int_equal(context, 7);
	assert_null(groups);
	for (i = 0; i < readers_n; i++) {
		size = strlen(readers[i].name) + 1;
		if (to && rv == SCARD_S_SUCCESS)
			memcpy(to + need - 1, readers[i].name, size);
		need += size;
	}
	if (to && rv == SCARD_S_SUCCESS) {
		assert_true(*n >= need);
		to[need - 1] = '\0';
	}
	*n = need;
	return rv;
}

static size_t number_of(const char *name)
{
	size_t i = 0;

	while (strcmp(readers[i].name, name) != 0)
		assert_true(++i < readers_n);
	return i;
}

WRAP(LONG, SCardConnect, SCARDCONTEXT context, LPCSTR name, DWORD share,
	DWORD protocols, LPSCARDHANDLE ret, LPDWORD ret_protocol)
{
	size_t i = number_of(name);

	assert_int_equal(context, 7);
	assert_int_equal(share, SCARD_SHARE_SHARED);
	assert_int_equal(protocols, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
	note("connect:%zu ", i);
	*ret = (SCARDHANDLE)i;
	*ret_protocol = protocol;
	return readers[i].connect[readers[i].connects < 2 ?
		readers[i].connects++ : 2];
}

WRAP(LONG, SCardDisconnect, SCARDHANDLE handle, DWORD what)
{
	assert_int_equal(what, SCARD_LEAVE_CARD);
	note("disconnect:%ld ", handle);
	return SCARD_S_SUCCESS;
}

WRAP(LONG, SCardBeginTransaction, SCARDHANDLE handle)
{
	note("begin:%ld ", handle);
	return readers[handle].begin[readers[handle].begins < 1 ?
		readers[handle].begins++ : 1];
}

WRAP(LONG, SCardEndTransaction, SCARDHANDLE handle, DWORD what)
{
	assert_int_equal(what, SCARD_LEAVE_CARD);
	note("end:%ld ", handle);
	return SCARD_S_SUCCESS;
}

WRAP(LONG, SCardGetAttrib, SCARDHANDLE handle, DWORD which, LPBYTE to,
	LPDWORD n)
{
	assert_int_equal(which, SCARD_ATTR_CHANNEL_ID);
	assert_int_equal(*n, 4);
	memcpy(to, &readers[handle].channel, 4);
	*n = readers[handle].channel_n;
	return *n ? SCARD_S_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

WRAP(LONG, SCardTransmit, SCARDHANDLE handle, const SCARD_IO_REQUEST *pci,
	LPCBYTE p, DWORD n, SCARD_IO_REQUEST *ret_pci, LPBYTE to, LPDWORD to_n)
{
	assert_int_equal(handle, 0);
	assert_ptr_equal(pci, protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 :
							      SCARD_PCI_T1);
	assert_null(ret_pci);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "ask", 3);
	assert_true(*to_n >= reply_n);
	memcpy(to, reply, reply_n);
	*to_n = reply_n;
	return transmits;
}

WRAP(bool, deadline_passed, deadline_t until)
{
	int left = deadline_left(until);

	assert_true(left > 1000 && left <= 2000);
	return clock_is_over;
}

WRAP(bool, deadline_sleep, deadline_t until, int fd)
{
	assert_in_range(deadline_left(until), 1, 100);
	assert_int_equal(fd, -1);
	note("wait ");
	return false;
}

#endif
