/* SPDX-License-Identifier: Apache-2.0 */
/* How far each of many accounts was read, as JSON and for people. */
#ifndef BRIDGE_AUDIT_OUTPUT_ACCOUNTS_H
#define BRIDGE_AUDIT_OUTPUT_ACCOUNTS_H

#include "bridge/audit/run.h"
#include "bridge/terminal/page.h"

#include <jansson.h>

/* A new list, empty where one account was asked; NULL without memory. */
json_t *audit_output_accounts_json(const struct audit *a);

/* Numbers; each account that was not read wholly, by verbose all of them; how
 * old what was not asked again is. Nothing where one account was asked. */
void audit_output_accounts_text(struct page *o, const struct audit *a);

/* Of many: whether all of it was read. */
bool audit_output_is_read(const struct audit *a, const char *account);

#endif
