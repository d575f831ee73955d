/* SPDX-License-Identifier: Apache-2.0 */
/* What the log calls the result of a login, whoever writes it. Pure. */
#ifndef BRIDGE_LOGIN_RESULT_H
#define BRIDGE_LOGIN_RESULT_H

#include "bridge/login/wire.h"

/* "granted"; "error" for what is none of the others. */
const char *login_result_word(enum login_result result);

/* A priority of syslog(3). */
int login_result_priority(enum login_result result);

/*
 * What may be anybody's words as one of a line: "-" for none, and '?' for what is
 * no letter of ASCII or would make it two.
 */
void login_log_word(const char *s, char *ret, size_t size);

#endif
