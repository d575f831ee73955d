/* SPDX-License-Identifier: Apache-2.0 */
/* From device nodes to tokens. */
#include "token/token.h"

#include "base/text.h"
#include "token/fido/hid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a node is worth a row of its own when it joins no other. */
static bool is_token_node(const struct node *n)
{
	if (n->fido)
		return true;
	return n->vendor == USB_VENDOR_YUBICO;
}

static struct token *find_same_key(struct token *tokens, size_t n,
	const struct node *node)
{
	size_t i;

	if (!node->usb_path[0])
		return NULL;
	for (i = 0; i < n; i++)
		if (strcmp(tokens[i].node.usb_path, node->usb_path) == 0)
			return &tokens[i];
	return NULL;
}

static size_t group_nodes(const struct node *nodes, size_t n,
	struct token *tokens)
{
	struct token *t;
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (!is_token_node(&nodes[i]))
			continue;
		t = find_same_key(tokens, used, &nodes[i]);
		if (!t) {
			t = &tokens[used++];
			t->node = nodes[i];
		} else if (nodes[i].fido && !t->node.fido) {
			t->node = nodes[i];
		}
		t->nodes++;
	}
	return used;
}

static void explain_permission(struct token *t)
{
	const struct node *n = &t->node;

	t->problem = TOKEN_NO_PERMISSION;
	if (n->uaccess)
		snprintf(t->problem_text, sizeof(t->problem_text),
			"no permission to open '%s' (mode %04o, group %s): the "
			"rule uaccess gives it only to who sits at this "
			"machine's screen; run as root, or have an "
			"administrator give your group access by a udev rule",
			n->path, n->mode, n->group);
	else
		snprintf(t->problem_text, sizeof(t->problem_text),
			"no permission to open '%s' (mode %04o, group %s): no "
			"udev rule gives it to people; 60-fido-id.rules and "
			"70-uaccess.rules of systemd's udev are missing or "
			"did not run: install udev and plug the token in again",
			n->path, n->mode, n->group);
}

static void explain_failure(struct token *t, const struct error *e)
{
	if (e->code == ERROR_PERMISSION) {
		explain_permission(t);
		return;
	}
	t->problem = e->code == ERROR_BUSY ? TOKEN_HELD :
		e->code == ERROR_NO_TOKEN ? TOKEN_GONE : TOKEN_BROKEN;
	snprintf(t->problem_text, sizeof(t->problem_text), "%s", e->text);
}

static int identify_token(struct token *t, int cancel_fd, int64_t ms,
	struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	struct error e;
	int r;

	if (!t->node.fido) {
		t->problem = TOKEN_NO_FIDO;
		snprintf(t->problem_text, sizeof(t->problem_text),
			"it shows no FIDO interface over USB: switch FIDO on "
			"(`ykman config usb --enable FIDO2`)");
		return 0;
	}
	r = fido_open(&f, t->node.path, t->node.vendor, cancel_fd,
		deadline_in(0), deadline_in(ms), &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0) {
		explain_failure(t, &e);
		return 0;
	}
	t->identified = true;
	t->fido = *fido_info(f);
	t->devinfo = *fido_devinfo(f);
	devinfo_settle(&t->devinfo, t->node.product);
	return 0;
}

int token_list(const struct node *nodes, size_t n, int cancel_fd, int64_t ms,
	struct token **ret, size_t *ret_n, struct error *err)
{
	CLEANUP(free_p) struct token *tokens = NULL;
	size_t i, used;
	int r = 0;

	tokens = calloc(n + 1, sizeof(*tokens));
	if (!tokens)
		return error_memory(err);
	used = group_nodes(nodes, n, tokens);
	for (i = 0; r == 0 && i < used; i++)
		r = identify_token(&tokens[i], cancel_fd, ms, err);
	if (r < 0)
		return r;
	*ret_n = used;
	*ret = steal(&tokens);
	return 0;
}

pid_t token_holder(const char *node_path, char *name, size_t size)
{
	return hid_holder_of_path(node_path, name, size);
}

bool token_serial(const struct token *t, uint32_t *ret)
{
	if (!t->devinfo.has_serial)
		return false;
	*ret = t->devinfo.serial;
	return true;
}

void token_product(const struct token *t, char *ret, size_t size)
{
	const struct node *n = &t->node;
	bool named = n->manufacturer[0] &&
		strncmp(n->product_name, n->manufacturer,
			strlen(n->manufacturer)) != 0;

	if (!n->product_name[0])
		snprintf(ret, size, "%04x:%04x", n->vendor, n->product);
	else
		snprintf(ret, size, "%s%s%s", named ? n->manufacturer : "",
			named ? " " : "", n->product_name);
	utf8_sanitise(ret);
}

void token_firmware(const struct token *t, char ret[12])
{
	const uint8_t *v = NULL;

	if (t->devinfo.has_version)
		v = t->devinfo.version;
	else if (t->identified && t->node.vendor == USB_VENDOR_YUBICO)
		v = t->fido.hid_version;
	ret[0] = '\0';
	if (v)
		snprintf(ret, 12, "%u.%u.%u", v[0], v[1], v[2]);
}

void token_applications(const struct token *t, char *ret, size_t size)
{
	const struct devinfo *d = &t->devinfo;
	char names[DEVINFO_NAMES_LEN];

	if (d->present) {
		devinfo_names(d->has_usb_enabled ? d->usb_enabled :
						   d->usb_supported, names);
		snprintf(ret, size, "%s", names);
	} else {
		snprintf(ret, size, "%s", !t->identified ? "" :
			t->fido.ctap2 ? "FIDO2" : "U2F");
	}
}
