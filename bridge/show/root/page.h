/* SPDX-License-Identifier: Apache-2.0 */
/* The page that lies in the safe beside the key. Pure. */
#ifndef BRIDGE_SHOW_ROOT_PAGE_H
#define BRIDGE_SHOW_ROOT_PAGE_H

#include "base/buf.h"
#include "bridge/root/lead.h"

#define ROOT_PAGE_MAX 65536

/*
 * Plain text of at most 80 columns: account, keys, bag, custodians, what their
 * registration rests on, the registry's head. No PIN, no password, no address.
 * What does not fit in a line goes on in the next one.
 */
void root_page(const struct root_receipt *r, struct buf *b);

#endif
