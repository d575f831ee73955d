/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with MFA for who registers a device of his own: AWS lets a user who
 * has one change them only in such a session.
 */
#ifndef BRIDGE_ENROLL_OWN_SESSION_H
#define BRIDGE_ENROLL_OWN_SESSION_H

#include "bridge/enroll/enroll.h"

#define OWN_DEVICES_MAX 16 /* AWS is known to allow 8 */

/* Those of the user's devices whose codes open one; the first of them. */
struct own_devices {
	char serials[OWN_DEVICES_MAX][IAM_SERIAL_MAX + 1];
	size_t n;
};

/* Takes the device in where it makes codes. */
void own_devices_see(struct own_devices *d, const struct iam_device *device);

/*
 * Signs q->aws with a session that a code opened: of the only device there is, of
 * the one that q->code_of names, else of the one that the person chooses. `user`
 * is the caller's name. ERROR_USAGE: none is named so, or there are several, none
 * is named and nobody can be asked; ERROR_REMOTE: no device makes codes, or the
 * caller may open no session; else as mfa_open().
 */
int own_session_open(const struct run *run, const struct mfa_request *q,
	const struct own_devices *d, const char *user, struct error *err);

#endif
