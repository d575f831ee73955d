/* SPDX-License-Identifier: Apache-2.0 */
/* What the sections of ~/.aws/config are named. Pure. */
#ifndef AWS_CONFIG_SECTION_H
#define AWS_CONFIG_SECTION_H

#include "aws/text/ini.h"

/*
 * The NAME of a section `KIND NAME`: split into words as a shell does it, and
 * exactly two, of which the section's text begins with KIND. False (ret
 * untouched) for everything else, which the AWS command line passes over.
 */
bool section_name(const char *section, const char *kind,
	char ret[INI_NAME_MAX]);

/* The profile that a section of the config file is. False: none. */
bool section_profile(const char *section, char ret[INI_NAME_MAX]);

#endif
