/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who of an account's users has an administrator's rights: policies of one's
 * own and of one's groups, inline and attached, within one's boundary. Of the
 * documents only bits are kept. Policies of the organisation and roles that may
 * be assumed are not looked at.
 */
#ifndef AWS_RIGHTS_RIGHTS_H
#define AWS_RIGHTS_RIGHTS_H

#include "aws/query/session.h"
#include "aws/query/xml.h"

enum rights_answer {
	RIGHTS_NOT_KNOWN,
	RIGHTS_NO,
	RIGHTS_BOUNDED, /* by his policies, and his boundary takes them away */
	RIGHTS_YES,
};

struct rights;

/*
 * GetAccountAuthorizationDetails, all pages, read as they come: of each policy
 * the default version counts.
 */
int rights_ask(struct aws_session *s, struct rights **ret, struct error *err);
void rights_free(struct rights **r);

/*
 * Of a user by name and unique id ("": not known). *ret_why is constant, set
 * where it is not known.
 */
enum rights_answer rights_of(const struct rights *r, const char *user,
	const char *id, const char **ret_why);

/* ---- its parts, for tests ---- */

int rights_new(struct rights **ret, struct error *err);
/* One page's result element; ERROR_MALFORMED where a name is absent. */
int rights_take(struct rights *r, const struct xml_node *result,
	struct error *err);
/* Behind the last page. */
void rights_close(struct rights *r);

#endif
