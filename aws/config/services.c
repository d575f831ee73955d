/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that a `[services NAME]` section of the config file names. */
#include "aws/config/config.h"

#include "aws/config/section.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

struct services {
	const char *section; /* name behind "services " */
	const char *service; /* "iam" */
	bool active;         /* the section under way is that one */
	bool found;          /* one was, and was not empty */
	char *url;           /* owned until handed over */
	char *inherited;     /* owned: out of DEFAULT */
};

static int services_section(void *data, const char *section, size_t line,
	struct error *err)
{
	struct services *s = data;
	char name[INI_NAME_MAX];

	(void)line;
	(void)err;
	s->active = section_name(section, "services", name) &&
		strcmp(name, s->section) == 0;
	if (s->active) {
		s->found = false;
		free_p(&s->url);
	}
	return 0;
}

static int services_item(void *data, const struct ini_item *item,
	struct error *err)
{
	struct services *s = data;
	bool is_default = strcmp(item->section, INI_DEFAULT) == 0;
	char **room = is_default ? &s->inherited : &s->url;

	if (!is_default && !s->active)
		return 0;
	s->found |= s->active;
	if (!item->subkey || strcmp(item->subkey, "endpoint_url") != 0 ||
		strcmp(item->key, s->service) != 0)
		return 0;
	free_p(room);
	*room = strndup(item->value, item->value_n);
	return *room ? 0 : error_memory(err);
}

int config_services_parse(const unsigned char *bytes, size_t n,
	const char *name, const char *services, enum aws_service service,
	char **ret, bool *ret_found, struct error *err)
{
	struct services s = {
		.section = services,
		.service = aws_service_name(service),
	};
	struct ini_events events = {
		.item = services_item,
		.section = services_section,
		.data = &s,
	};
	int r = ini_parse(bytes, n, name, &events, err);

	if (r >= 0) {
		*ret_found = s.found;
		*ret = s.url ? steal(&s.url) : s.found ?
			steal(&s.inherited) : NULL;
	}
	free_p(&s.url);
	free_p(&s.inherited);
	return r < 0 ? r : 0;
}

int config_services_load(const struct config_place *place,
	const char *services, enum aws_service service, char **ret,
	struct error *err)
{
	CLEANUP(buf_done) struct buf bytes;
	CLEANUP(free_p) char *url = NULL;
	bool absent = !place->path || place->absent, found = false;
	int r = 0;

	buf_init(&bytes, INI_FILE_MAX);
	if (!absent && strcmp(place->path, "/dev/null") != 0)
		r = file_read(place->path, FILE_ANY, &bytes, &absent, err);
	if (r >= 0)
		r = config_services_parse(bytes.p, bytes.n,
			place->path ? place->path : "", services, service,
			&url, &found, err);
	if (r < 0)
		return r;
	if (!found)
		return error_set(err, ERROR_USAGE,
			"the profile wants the services section '%s', which "
			"is not in '%s'", services,
			place->path ? place->path : "~/.aws/config");
	*ret = steal(&url);
	return 0;
}
