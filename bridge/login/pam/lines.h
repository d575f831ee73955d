/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAM's files as libpam 1.5 reads them: where they lie, and from bytes to lines
 * and words. Pure. (pam.conf(5), pam.d(5); libpam's pam_handlers.c)
 */
#ifndef BRIDGE_LOGIN_PAM_LINES_H
#define BRIDGE_LOGIN_PAM_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define PAM_FOLDERS 3

/*
 * Where a service's file lies: the first folder that has one. The administrator's
 * is the first; the others are a distribution's, the last one openSUSE's.
 */
extern const char *const pam_folders[PAM_FOLDERS];

/* What is read into one line of PAM's, in a buffer of the caller's. */
struct pam_text {
	char *begin, *to;
	unsigned first; /* number of its first line that is not empty; 0 */
	bool cut;       /* PAM cuts it in two, as it takes 1,023 bytes */
};

/*
 * Takes one line of the file: n bytes with its newline, number from 1. Whether
 * the line that is put together is whole: then begin to `to` is it, without its
 * comment, to be ended by a NUL. The buffer needs no more room than the bytes
 * that it is given, and one.
 */
bool pam_text_take(struct pam_text *t, const char *p, size_t n,
	unsigned number);

/* Ends the line that is whole, returns it and begins the next one behind it. */
char *pam_text_end(struct pam_text *t);

/*
 * The next word of *p, which is cut into pieces; NULL at the end. [ ] hold one
 * together, and \] is a bracket inside.
 */
char *pam_text_word(char **p);

#endif
