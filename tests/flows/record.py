# SPDX-License-Identifier: Apache-2.0
"""The registry's own commands."""


def registry(site, *arguments):
    return site.run("registry", *arguments)


def done(site, *arguments):
    """The same where it has to succeed."""
    result = registry(site, *arguments)
    assert result.code == 0, result
    return result
