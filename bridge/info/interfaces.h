/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's smart card and its keyboard interface, found by its serial number.
 * For this room only.
 */
#ifndef BRIDGE_INFO_INTERFACES_H
#define BRIDGE_INFO_INTERFACES_H

#include "bridge/info/info.h"

/* What cannot be had is a text in *m. ERROR_INTERRUPTED. */
int info_ask_card(const struct run *run, struct worker *w,
	const struct token *t, struct info *m, struct error *err);
int info_ask_otp(const struct run *run, struct worker *w,
	const struct token *t, struct info *m, struct error *err);

#endif
