/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is that people take for evidence: the forms in which others
 * write down attestations, certificates and keys. It names them, so that
 * whoever gave it learns what he has; it judges nothing. Pure.
 */
#ifndef TOKEN_FOREIGN_H
#define TOKEN_FOREIGN_H

#include <stddef.h>

/*
 * What it is, and after a colon what to do with it, in words for people; NULL
 * where it is nothing that is known here.
 */
const char *foreign_name(const unsigned char *p, size_t n);

#endif
