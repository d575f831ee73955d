"""What the regions of a partition are called."""

import functools
import re

from .model import load_data


@functools.cache
def region_pattern(partition):
    for row in load_data('partitions')['partitions']:
        if row['id'] == partition:
            return re.compile(row['regionRegex'])
    raise ValueError(f'unknown partition {partition}')
