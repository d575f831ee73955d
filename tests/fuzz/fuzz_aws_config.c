/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared files: a profile out of each, the services section, and endpoint
 * URLs, of which none may be plain http to another machine.
 */
#include "aws/config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

static void check_endpoint(const char *url)
{
	static const char *const loopback[] = { "http://127.", "http://[::1]",
		"http://localhost", NULL };
	struct aws_endpoint e = { .overridden = false };
	const char *const *l;

	if (config_endpoint_set(&e, url, "fuzz", NULL) < 0)
		return;
	if (e.url[strlen(e.url) - 1] != '/' || strchr(e.url, '@'))
		abort();
	if (!e.plain) {
		if (strncmp(e.url, "https://", 8) != 0)
			abort();
		return;
	}
	for (l = loopback; *l; l++)
		if (strncasecmp(e.url, *l, strlen(*l)) == 0)
			return;
	abort();
}

static void parse(enum config_file file, const unsigned char *p, size_t n)
{
	struct config_profile profile = { .name = strdup("alice") };
	const char *url;
	struct error err;

	if (config_profile_parse(&profile, file, p, n, "file", &err) >= 0) {
		url = config_profile_get(&profile, "endpoint_url");
		if (url)
			check_endpoint(url);
	}
	config_profile_done(&profile);
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	char *url = NULL;
	bool found;

	parse(CONFIG_FILE, p, n);
	parse(CREDENTIALS_FILE, p, n);
	if (config_services_parse(p, n, "file", "x", AWS_IAM, &url,
		    &found, NULL) >=
			0 &&
		url)
		check_endpoint(url);
	free_p(&url);
	return 0;
}
