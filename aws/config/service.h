/* SPDX-License-Identifier: Apache-2.0 */
/* The services of AWS that are called, by the names that others give them. */
#ifndef AWS_CONFIG_SERVICE_H
#define AWS_CONFIG_SERVICE_H

enum aws_service {
	AWS_IAM,
	AWS_STS,
	AWS_CLOUDTRAIL,
	AWS_ORGANIZATIONS,
	AWS_SERVICES, /* how many */
};

/* "iam", "cloudtrail": as signatures and settings call it. */
const char *aws_service_name(enum aws_service service);
/* "AWS_ENDPOINT_URL_IAM": the variable with an endpoint of one's own. */
const char *aws_service_variable(enum aws_service service);

#endif
