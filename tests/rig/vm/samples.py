# SPDX-License-Identifier: Apache-2.0
"""The keys of these tests: one that can all, one of another vendor."""

YK = {"name": "a", "profile": "yubikey5", "serial": 12345678}
SOLO = {"name": "b", "profile": "solo"}
