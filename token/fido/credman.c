/* SPDX-License-Identifier: Apache-2.0 */
/* Credential management with a libfido2 1.15 or newer. */
#include "token/fido/resident.h"

bool credman_is_final(void)
{
	return true;
}
