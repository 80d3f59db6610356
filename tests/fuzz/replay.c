/*
 * Runs a fuzz target over files, for machines without libFuzzer and for make
 * check: files and folders of the command line, or the corpus of the target
 * (FUZZ_CORPUS, a folder beside this file).  A target that finds something
 * aborts.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_LONGEST = 1024 };

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
complain(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

/* A block of exactly the file's size, so that a sanitizer sees its end. */
static int
replay_file(const char *path, size_t size, int *n)
{
	uint8_t	*bytes = malloc(size > 0 ? size : 1);
	FILE	*f = fopen(path, "rb");
	size_t	 got;

	if (bytes == NULL || f == NULL) {
		free(bytes);
		return complain(path);
	}
	got = fread(bytes, 1, size, f);
	fclose(f);
	if (got != size) {
		free(bytes);
		return complain(path);
	}
	/* Said first: if this one aborts, it is the last one named. */
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	printf("ok %d - %s\n", ++*n, strrchr(path, '/') != NULL ?
	    strrchr(path, '/') + 1 : path);
	return 0;
}

static int
replay(const char *path, int *n)
{
	struct dirent	**entries;
	struct stat	  st;
	char		  inside[PATH_LONGEST];
	int		  i, count, r = 0;

	if (stat(path, &st) == -1)
		return complain(path);
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size, n);
	if ((count = scandir(path, &entries, NULL, alphasort)) == -1)
		return complain(path);
	for (i = 0; i < count; i++) {
		if (r == 0 && entries[i]->d_name[0] != '.') {
			if (snprintf(inside, sizeof(inside), "%s/%s", path,
			    entries[i]->d_name) >= (int)sizeof(inside)) {
				errno = ENAMETOOLONG;
				r = complain(path);
			} else
				r = replay(inside, n);
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

int
main(int argc, char **argv)
{
	const char	*top = getenv("top_srcdir");
	char		 corpus[PATH_LONGEST];
	int		 i, n = 0, r = 0;

	if (argc == 1) {
		snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/%s",
		    top != NULL ? top : ".", FUZZ_CORPUS);
		r = replay(corpus, &n);
	}
	for (i = 1; i < argc && r == 0; i++)
		r = replay(argv[i], &n);
	/* A corpus without files is a mistake. */
	printf("1..%d\n", n);
	return r == 0 && n > 0 ? 0 : 1;
}
