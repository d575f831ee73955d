/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of AWS: the tree, the result, the refusal and its sentence. */
#include "aws/query/refusal.h"
#include "aws/query/reply.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

/* Every node is reached, every text ends where it says. */
static void walk(const struct xml_node *node, int depth)
{
	if (depth > XML_DEPTH_MAX || strlen(node->name) > XML_NAME_MAX)
		abort();
	if (strlen(node->text) != node->text_n)
		abort();
	if (node->secret.n > 0 && node->text_n > 0)
		abort();
	if (strlen(secret_str(&node->secret)) != node->secret.n)
		abort();
	for (node = node->child; node; node = node->next)
		walk(node, depth + 1);
}

static void refuse(const struct refusal *refusal)
{
	static const int statuses[] = { 400, 403, 500 };
	struct refusal_context c = {
		.service = "iam",
		.action = "ListUsers",
		.region = "us-east-1",
		.partition = "aws",
		.origin = "environment",
		.skew_known = true,
	};
	struct error err;
	size_t i;

	for (i = 0; i < ARRAY_LEN(statuses); i++) {
		c.status = statuses[i];
		c.skew = (int64_t)i * 300;
		refusal_error(refusal, &c, &err);
		if (!utf8_is_clean(err.text, strlen(err.text)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct reply reply = { .xml = NULL };
	struct refusal refusal;
	struct error err;
	int r;

	r = reply_read(p, n, "ListUsers", &reply, &refusal, &err);
	if (r == 1)
		walk(xml_root(reply.xml), 1);
	else if (r == 0)
		refuse(&refusal);
	else if (!utf8_is_clean(err.text, strlen(err.text)))
		abort();
	reply_done(&reply);
	return 0;
}
