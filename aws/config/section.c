/* SPDX-License-Identifier: Apache-2.0 */
/* Names of sections, as botocore takes them apart. */
#include "aws/config/section.h"

#include "aws/text/words.h"

#include <stdio.h>
#include <string.h>

bool section_name(const char *section, const char *kind,
	char ret[INI_NAME_MAX])
{
	char room[INI_NAME_MAX];
	size_t count;

	if (strlen(section) >= sizeof(room) ||
		strncmp(section, kind, strlen(kind)) != 0 ||
		!words_split(section, room, &count) || count != 2)
		return false;
	snprintf(ret, INI_NAME_MAX, "%s", words_next(room));
	return true;
}

bool section_profile(const char *section, char ret[INI_NAME_MAX])
{
	if (strcmp(section, "default") == 0) {
		strcpy(ret, section);
		return true;
	}
	return section_name(section, "profile", ret);
}
