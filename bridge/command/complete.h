/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shell may offer for a word that is being typed. The shells' scripts
 * call `tokenbridge __complete WORD...` with the words behind the program's
 * name, the last being the one to complete (perhaps empty).
 *
 * It prints one line that says of what kind the word is (`words`, `files` or
 * `folders`), then for `words` lines of a candidate, a tab and what it means.
 * It is quiet about errors, asks nobody, changes nothing and ends within
 * COMPLETE_MS with what it has.
 */
#ifndef BRIDGE_COMMAND_COMPLETE_H
#define BRIDGE_COMMAND_COMPLETE_H

#define COMPLETE_COMMAND "__complete"
#define COMPLETE_MS 1000

/* Exit status: always 0. */
int complete_run(int n, char **words);

#endif
