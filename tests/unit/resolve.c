/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve [PROFILE [REGION [ENDPOINT-URL]]] ("" leaves one out): what our
 * settings come to in this environment, a line each, for configurations.py.
 */
#include "aws/caller/settings.h"

#include <stdio.h>

static const char *argument(int argc, char **argv, int i)
{
	return i < argc && argv[i][0] ? argv[i] : NULL;
}

int main(int argc, char **argv)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_settings s;
	struct error e;
	int r;

	o.profile = argument(argc, argv, 1);
	o.region = argument(argc, argv, 2);
	o.endpoint_url = argument(argc, argv, 3);
	r = settings_here(&s, &o, &e);
	if (r < 0) {
		printf("error\n%s\n%s\n", error_name(-r), e.text);
	} else {
		printf("ok\n%s\n%s\n", s.credentials.key_id,
			secret_str(&s.credentials.key));
		printf("%s\n%s\n", secret_str(&s.credentials.token),
			s.config.region);
		printf("%s\n%s\n", s.config.endpoints[AWS_IAM].url,
			s.config.endpoints[AWS_IAM].region);
		printf("%s\n%s\n", s.config.endpoints[AWS_STS].url,
			s.config.endpoints[AWS_STS].region);
		printf("%s\n", s.config.note);
	}
	settings_done(&s);
	return 0;
}
