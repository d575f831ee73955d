/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens on readers, found by libfido2. */
#include "token/fido/io/reader.h"

#include "base/text.h"
#include "base/util.h"

#include <fido.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 64

int reader_lost(const char *path, const char *what, struct error *err)
{
	return error_set(err, ERROR_NO_TOKEN,
		"%s: no FIDO token answers at '%s': lay it on the reader, and "
		"leave it there until all is done", what, path);
}

static void list_free(fido_dev_info_t **list)
{
	fido_dev_info_free(list, DEVICES_MAX);
}

/* Vendor and product are the reader's, not the token's: they stay 0. */
static void fill_node(struct node *n, const fido_dev_info_t *d)
{
	const char *reader = fido_dev_info_product_string(d);

	memset(n, 0, sizeof(*n));
	snprintf(n->path, sizeof(n->path), "%s", fido_dev_info_path(d));
	n->transport = reader_transport(n->path);
	n->interface = -1;
	n->fido = n->fido_known = n->openable = true;
	snprintf(n->product_name, sizeof(n->product_name), "FIDO token on %s",
		reader && *reader ? reader : "an NFC adapter");
	utf8_sanitise(n->product_name);
}

int reader_enumerate(struct node **ret, size_t *ret_n, struct error *err)
{
	CLEANUP(list_free) fido_dev_info_t *list = NULL;
	CLEANUP(free_p) struct node *nodes = NULL;
	size_t i, found = 0, used = 0;
	const char *path;

	fido_init(0);
	list = fido_dev_info_new(DEVICES_MAX);
	nodes = calloc(DEVICES_MAX, sizeof(*nodes));
	if (!list || !nodes)
		return error_memory(err);
	if (fido_dev_info_manifest(list, DEVICES_MAX, &found) != FIDO_OK)
		return error_set(err, ERROR_FAILED,
			"libfido2 cannot look at the readers");
	for (i = 0; i < found; i++) {
		const fido_dev_info_t *d = fido_dev_info_ptr(list, i);

		path = fido_dev_info_path(d);
		if (path && reader_is_path(path))
			fill_node(&nodes[used++], d);
	}
	*ret_n = used;
	*ret = steal(&nodes);
	return 0;
}
