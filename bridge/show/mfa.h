/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered, revoked and found at AWS. */
#ifndef BRIDGE_SHOW_MFA_H
#define BRIDGE_SHOW_MFA_H

#include "bridge/enroll/enroll.h"
#include "bridge/adopt/adopt.h"
#include "bridge/mfa/revocation.h"
#include "bridge/revoke/receipt.h"
#include "bridge/terminal/table.h"

/* With what stood between: CA bundle and proxy of the session. */
void show_enrolled(const struct mfa_enrolled *e, const struct aws_session *s);
/* `has_also`: a second one was to be enrolled; also NULL: it was not. `pin` of an
 * initial PIN is taken over; NULL: none was to be made. */
int show_enrolled_json(const struct mfa_enrolled *e, bool has_also,
	const struct mfa_enrolled *also, json_t *pin,
	const struct aws_session *s, struct error *err);
int show_revoked(const struct mfa_revoked *x, const struct aws_session *s,
	bool json, struct error *err);

/* ERROR_USAGE where it names a column that there is not. */
int show_adopted_check_view(const struct table_view *view, struct error *err);
int show_adopted(const struct adopted *a, const struct adopt_request *q,
	bool json, const struct table_view *view, struct error *err);

/* Whose it was: for people a title, for programs the scope. */
struct show_scope {
	const char *scope; /* "user", "token", "leaver", "orphans" */
	const char *subject; /* NULL: none */
	const char *account;
	const char *endpoint; /* "": AWS's own */
	const char *accounts; /* of several, with blanks between; NULL: that
	                         one */
};

int show_revoke_receipt(const struct revoke_receipt *r,
	const struct show_scope *s, bool json, struct error *err);

#endif
