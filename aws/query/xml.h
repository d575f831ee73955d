/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML documents of a service as a small tree.
 *
 * DOCTYPE, entities of one's own and processing instructions are refused;
 * depth, elements and text are bounded. Attributes and namespaces are dropped,
 * "ns:Name" is "Name". Elements with secret content keep it in a struct
 * secret; that of QRCodePNG, which is the seed as a picture, is not kept.
 */
#ifndef AWS_QUERY_XML_H
#define AWS_QUERY_XML_H

#include "base/secret.h"

#define XML_DEPTH_MAX 32
#define XML_ELEMENTS_MAX 200000
#define XML_NAME_MAX 128

struct xml;

struct xml_node {
	const char *name;
	const char *text;     /* blanks at both ends dropped; "" if none */
	size_t text_n;
	struct secret secret; /* of Base32StringSeed, SecretAccessKey,
	                         SessionToken; text is "" then */
	const struct xml_node *child; /* first one */
	const struct xml_node *next;  /* sibling */
};

/* ERROR_MALFORMED with the line. */
int xml_parse(struct xml **ret, const void *p, size_t n, struct error *err);
/* Wipes. */
void xml_free(struct xml **x);

const struct xml_node *xml_root(const struct xml *x);
/* First child of that name; NULL where there is none or node is NULL. */
const struct xml_node *xml_child(const struct xml_node *node,
	const char *name);
/* Next sibling of the same name. */
const struct xml_node *xml_again(const struct xml_node *node);
/* Text of a child, NULL where there is no such child. */
const char *xml_text(const struct xml_node *node, const char *name);

#endif
