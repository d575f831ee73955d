/* SPDX-License-Identifier: Apache-2.0 */
/* All that a program has to do which has every verb. */
#ifndef BRIDGE_COMMAND_VERBS_H
#define BRIDGE_COMMAND_VERBS_H

/* What the module tokenbridge-verbs.so shows; all else in it is hidden. */
#define VERBS_EXPORT __attribute__((visibility("default")))
#define VERBS_NAME "verbs_main"

/* A program's main(): hardens the process, runs the line, says what failed;
 * the exit status. */
typedef int verbs_fn(int argc, char **argv);
verbs_fn verbs_main;

#endif
