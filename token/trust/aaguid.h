/* SPDX-License-Identifier: Apache-2.0 */
/* AAGUIDs, which name a model (CTAP 2.1 section 6.4), as text. Pure. */
#ifndef TOKEN_TRUST_AAGUID_H
#define TOKEN_TRUST_AAGUID_H

#include <stddef.h>
#include <stdint.h>

/* "d7781e5d-e353-46aa-afe2-3ca49f13332a" */
#define AAGUID_TEXT_LEN 37
void aaguid_format(const uint8_t aaguid[16], char ret[AAGUID_TEXT_LEN]);
/* The same back, in lower or upper case. 0 or -1. */
int aaguid_parse(const char *p, size_t n, uint8_t ret[16]);

#endif
