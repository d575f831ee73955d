#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py IN OUT: a C file whose guide_builtin() returns IN's bytes."""
import sys

data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "w", encoding="ascii") as out:
    out.write('#include "bridge/guide/guide.h"\n\nstatic const char text[] = {\n')
    for i in range(0, len(data), 12):
        out.write("\t" + " ".join(f"{b}," for b in data[i:i + 12]) + "\n")
    out.write("};\n\nconst char *guide_builtin(size_t *ret_n)\n{\n"
              "\t*ret_n = sizeof(text);\n\treturn text;\n}\n")
