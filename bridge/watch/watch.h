/* SPDX-License-Identifier: Apache-2.0 */
/* Follows tokens from plug to unplug, one line for each thing that happens. */
#ifndef BRIDGE_WATCH_WATCH_H
#define BRIDGE_WATCH_WATCH_H

#include "bridge/run/run.h"

/* Which tokens, how long; everything is borrowed. */
struct watch_request {
	const char *name;     /* as --token; NULL: all */
	const char *registry; /* its path: opened anew for each look, as it may
	                         change meanwhile; NULL: there is none */
	bool only_registered; /* with a row that is in use */
	bool once;            /* only what is there now */
};

/*
 * Tells the tokens that are there as results of the run; unless `once` goes on
 * with what is plugged in and out until the run is broken off
 * (ERROR_INTERRUPTED) or until nobody reads results any more, which is
 * success. With `once` and a choice of tokens none of which is there:
 * ERROR_NO_TOKEN.
 */
int watch_run(const struct run *run, const struct watch_request *q,
	struct error *err);

/*
 * A line about a token: for programs, and for people. `what` is "present",
 * "add", "change" or "remove"; item is as attached_json makes it, perhaps with
 * a member "registry". NULL without memory. New object; free() the text.
 */
json_t *watch_line_json(const char *what, const char *time, const char *key,
	json_t *item);
char *watch_line_text(const char *what, const char *time, json_t *item);

#endif
