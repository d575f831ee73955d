/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks many tokens side by side who they are: CTAPHID INIT, Yubico's READ
 * CONFIG, authenticatorGetInfo (CTAP 2.1 sections 11.2.9.1.3 and 6.4). One that
 * is slow, silent or stuck holds up no other.
 */
#ifndef TOKEN_HID_SURVEY_H
#define TOKEN_HID_SURVEY_H

#include "token/hid/hid.h"
#include "token/model/devinfo.h"

/* One token that is asked, and what it answered. */
struct survey {
	struct hid hid;        /* owned; open. INIT gives it its channel */
	bool config;           /* READ CONFIG too */
	bool brief;            /* INIT alone */
	struct error error;    /* code 0: it answered all */
	struct devinfo devinfo; /* not present where it has none */
	struct buf get_info;   /* status byte and CBOR as it came, unchecked;
	                          empty where INIT says that it has no CBOR,
	                          and of a brief one */
};

/* hid is closed (its fd is -1) until it is opened. */
void survey_init(struct survey *s);
void survey_done(struct survey *s);

/*
 * Asks each whose error.code is 0, all of them until `until`. Those that are
 * busy with an earlier command are asked again until then, those that answer
 * with another CTAPHID error twice. What one does wrong stands in its error and
 * concerns no other; hid is closed then where the token is stuck.
 * ERROR_INTERRUPTED when cancel_fd (-1: none) becomes readable: all were told to
 * stop.
 */
int survey_run(struct survey *list, size_t n, int cancel_fd, deadline_t until,
	struct error *err);

#endif
