/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay PATH...: runs a fuzz target once over each file, or each file of a
 * directory. This is what the corpora are without a fuzzer: regression tests.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *p;
	struct stat st;
	size_t n;

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		return -1;
	}
	n = (size_t)st.st_size;
	p = malloc(n ? n : 1); /* exactly, so that a byte too far is seen */
	if (!p || fread(p, 1, n, f) != n)
		return -1;
	fclose(f);
	LLVMFuzzerTestOneInput(p, n);
	free(p);
	return 1;
}

static int run(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[4096];
	int files = 0, r;

	if (!d)
		return run_file(path);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		r = run_file(name);
		if (r < 0)
			return r;
		files += r;
	}
	closedir(d);
	return files;
}

int main(int argc, char **argv)
{
	int i, files = 0, r;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		r = run(argv[i]);
		if (r < 0)
			return 1;
		files += r;
	}
	printf("%d files\n", files);
	return files == 0; /* a corpus that is gone tests nothing */
}
