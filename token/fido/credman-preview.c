/* SPDX-License-Identifier: Apache-2.0 */
/* Credential management with a libfido2 older than 1.15. */
#include "token/fido/resident.h"

bool credman_is_final(void)
{
	return false;
}
