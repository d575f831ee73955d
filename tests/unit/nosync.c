/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For programs that are not about durability: nothing waits for a disk. The
 * libraries' calls come here as well.
 */
int fsync(int fd);
int fdatasync(int fd);

int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
