/* SPDX-License-Identifier: Apache-2.0 */
/* policy print: the least IAM policy of a role, ready to paste. */
#include "aws/config/partition.h"
#include "bridge/account/role.h"
#include "bridge/command/command.h"
#include "bridge/terminal/ui.h"

#include <string.h>

#define REVOKER "tokenbridge-revoker"

static int check_beside(const struct options *o, const char *role,
	struct error *err)
{
	if (!option_is_set(o, OPTION_ROLE) || strcmp(role, "scp") == 0)
		return 0;
	return error_set(err, ERROR_USAGE, "--role goes with scp");
}

static int policy_print(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	const char *role = app_argument(app, 0);
	const char *region = option(o, OPTION_REGION);
	const char *account = option(o, OPTION_ACCOUNT);
	const char *revoker = option(o, OPTION_ROLE);
	const struct role_place place = {
		.partition = partition_of_region(region ? region : "")->name,
		.account = account ? account : "*",
		.revoker = revoker ? revoker : REVOKER,
	};
	json_t *document = NULL;
	int r = check_beside(o, role, err);

	if (r == 0)
		r = role_policy(role, &place, &document, err);
	if (r < 0)
		return r;
	if (role_note(role)[0])
		ui_say("%s", role_note(role));
	if (app->json)
		return ui_json(json_pack("{s:s,s:s,s:o}", "role", role,
			"kind", strcmp(role, "scp") == 0 ?
				"service-control-policy" : "identity-policy",
			"document", document), err);
	ui_put_json(document, JSON_INDENT(4));
	ui_end();
	return 0;
}

const struct verb verb_policy_print = {
	.command = "policy",
	.name = "print",
	.group = GROUP_JUDGE,
	.summary = "the least IAM policy of a role, ready to paste",
	.help = "Prints what the credentials of ROLE need at AWS, and nothing "
		"more: auditor, enroller, revoker, root-observer, self (who "
		"enrolls a token of their own), or scp, a service control "
		"policy under which only the revoker's role takes devices "
		"away. Resources are of every account, or of --account; the "
		"partition is that of --region. AWS is not asked.\n",
	.example = "  tokenbridge policy print enroller --account 123456789012\n"
		"  tokenbridge policy print scp --role tokenbridge-revoker\n",
	.arguments = { { "ROLE", VALUE_ANY_ROLE } },
	.min_arguments = 1,
	.options = { OPTION_ROLE, OPTION_ACCOUNT, OPTION_REGION, OPTION_JSON,
		OPTION_FORMAT },
	.run = policy_print,
};
