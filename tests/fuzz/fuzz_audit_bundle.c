/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of an audit's evidence: refused with a sentence, or names that
 * lead nowhere else, each with a hash.
 */
#include "bridge/audit/keep/bundle.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct audit_bundle b = AUDIT_BUNDLE_INIT;
	struct error err;
	const char *name;
	json_t *v;
	char *path;

	if (audit_bundle_parse((const char *)p, n, &b.facts, &err) < 0) {
		require(!b.facts && utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	b.path = strdup("/x");
	b.files = json_object_get(b.facts, "files");
	require(audit_bundle_text(&b, "program") &&
		audit_bundle_text(&b, "made"));
	json_object_foreach(b.files, name, v) {
		path = audit_bundle_part(&b, name);
		require(path && strncmp(path, "/x/", 3) == 0);
		require(!strstr(path, "/.") && !strstr(path, "//"));
		require(json_string_length(v) == 64);
		free(path);
	}
	audit_bundle_done(&b);
	return 0;
}
