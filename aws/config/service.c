/* SPDX-License-Identifier: Apache-2.0 */
/* The services of AWS that are called. */
#include "aws/config/service.h"

static const struct {
	const char *name;
	const char *variable;
} services[AWS_SERVICES] = {
	[AWS_IAM] = { "iam", "AWS_ENDPOINT_URL_IAM" },
	[AWS_STS] = { "sts", "AWS_ENDPOINT_URL_STS" },
	[AWS_CLOUDTRAIL] = { "cloudtrail", "AWS_ENDPOINT_URL_CLOUDTRAIL" },
	[AWS_ORGANIZATIONS] = {
		"organizations", "AWS_ENDPOINT_URL_ORGANIZATIONS" },
};

const char *aws_service_name(enum aws_service service)
{
	return services[service].name;
}

const char *aws_service_variable(enum aws_service service)
{
	return services[service].variable;
}
