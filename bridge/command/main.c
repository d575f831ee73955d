/* SPDX-License-Identifier: Apache-2.0 */
/* tokenbridge-aws: every verb, with HTTP. */
#include "bridge/command/verbs.h"

int main(int argc, char **argv)
{
	return verbs_main(argc, argv);
}
