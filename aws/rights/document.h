/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy document, reduced to what makes an administrator. Pure.
 *
 * Whoever may do everything, or everything of IAM, to every resource can give
 * himself whatever he lacks: those two are looked for, and nothing finer.
 */
#ifndef AWS_RIGHTS_DOCUMENT_H
#define AWS_RIGHTS_DOCUMENT_H

#include "base/error.h"

#define RIGHTS_DOCUMENT_MAX (256u * 1024) /* bytes, percent-encoded */
#define RIGHTS_DEPTH_MAX 16
#define RIGHTS_STATEMENTS_MAX 1024

/* Bits of what a document says. A condition does not lift an Allow; a Deny
 * counts only without one. */
enum rights_bit {
	RIGHTS_ALL = 1 << 0,     /* allows every action */
	RIGHTS_IAM = 1 << 1,     /* ... every one of IAM, at least */
	RIGHTS_NOT_ALL = 1 << 2, /* denies every action */
	RIGHTS_NOT_IAM = 1 << 3, /* ... every one of IAM, at least */
	RIGHTS_UNREAD = 1 << 4,  /* of several: one could not be read */
};

/*
 * The bits of a document as IAM sends it, percent-encoded JSON, or of plain
 * JSON. ERROR_MALFORMED for what is longer, nested deeper, has a member twice,
 * or is no policy of an identity.
 */
int rights_of_document(const char *p, size_t n, unsigned *ret,
	struct error *err);

/* Whether an Action's pattern ("iam:*", "*") has every action in it, or every
 * one of IAM. */
bool rights_pattern_has_all(const char *pattern);
bool rights_pattern_has_iam(const char *pattern);

#endif
