/* SPDX-License-Identifier: Apache-2.0 */
/* What keys of pam_u2f were made for. */
#ifndef BRIDGE_LOCAL_U2F_ORIGIN_H
#define BRIDGE_LOCAL_U2F_ORIGIN_H

#include "bridge/local/import-mapping.h"

/*
 * ret->origin and ret->appid: as the request says, else pam://NAME of this
 * machine, and the origin (pam_u2f(8): origin, appid). ERROR_USAGE: it can be
 * none. ERROR_FAILED: the machine has no name.
 */
int u2f_origin_find(const struct mapping_request *q, struct mapped_list *ret,
	struct error *err);

#endif
