#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py STYLE SCRIPT OUT: a C file with the page's style and script as
strings, and the policy that lets a browser run these two and nothing else."""
import base64
import hashlib
import sys


def source(data):
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return f"'sha256-{digest}'"


def write(out, name, data):
    out.write(f"\nconst char {name}[] = {{\n")
    data += b"\0"
    for i in range(0, len(data), 12):
        out.write("\t" + " ".join(f"{b}," for b in data[i:i + 12]) + "\n")
    out.write("};\n")


style, script = (open(name, "rb").read() for name in sys.argv[1:3])
policy = (f"default-src 'none'; style-src {source(style)}; "
          f"script-src {source(script)}; img-src data:; base-uri 'none'; "
          "form-action 'none'")
with open(sys.argv[3], "w", encoding="ascii") as file:
    file.write('#include "bridge/audit/page/page.h"\n')
    write(file, "audit_page_style", style)
    write(file, "audit_page_script", script)
    write(file, "audit_page_policy", policy.encode())
