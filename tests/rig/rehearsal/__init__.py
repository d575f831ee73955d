# SPDX-License-Identifier: Apache-2.0
"""A rehearsal: the real programs on emulated keys and a local IAM, at a prompt
of one's own."""
