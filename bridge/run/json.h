/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON that are written the same way everywhere. */
#ifndef BRIDGE_RUN_JSON_H
#define BRIDGE_RUN_JSON_H

#include <jansson.h>
#include <time.h>

/* A string, null where there is none or it is empty. New reference. */
json_t *json_of_text(const char *s);
/* UTC in ISO 8601, null for 0. New reference. */
json_t *json_of_time(time_t t);

#endif
