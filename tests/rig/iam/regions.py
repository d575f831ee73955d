"""What the regions of a partition are called."""

import functools
import re

from .shapes import load


@functools.cache
def region_pattern(partition):
    for name, pattern in load()['regions'].items():
        if name == partition:
            return re.compile(pattern)
    raise ValueError(f'unknown partition {partition}')
