# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal of its own."""
import os
import pty


def fork():
    """pty.fork(), but what is started later does not get this terminal's master:
    a program that had it would keep the terminal open when we close it, and its
    shell would wait for ever."""
    pid, master = pty.fork()
    if pid != 0:
        os.set_inheritable(master, False)
    return pid, master
