/* SPDX-License-Identifier: Apache-2.0 */
/* The words of events and rows. */
#include "bridge/event/words.h"

#include <stddef.h>
#include <string.h>

const char *const registry_state_names[] = {
	"adopted", "stock", "assigned", "handed-over", "lost", "retired", NULL,
};
const char *const registry_basis_names[] = {
	"self-reported", "attested", "proved", NULL,
};
const char *const registry_holder_kind_names[] = { "person", "place", NULL };
const char *const registry_binding_kind_names[] = {
	"aws", "pam", "ssh", "oath", NULL,
};
const char *const registry_method_names[] = {
	"none", "fido", "totp", "hardware-totp", "virtual", NULL,
};

const char *const registry_bag_names[] = { "none", "sealed", "out", NULL };

int registry_word(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}
