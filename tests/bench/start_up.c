/* SPDX-License-Identifier: MIT */
/*
 * bench-start-up ROUNDS LIBRARY FOLDER: starts /bin/true and waits for it; as it is, as it is once
 * more, and with LIBRARY preloaded, in turns. A line for each round: us for each of the three.
 */
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static double start_and_wait(char **environment)
{
	char name[] = "true", *argv[] = { name, NULL };
	double start = now_us();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environment) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "bench: /bin/true could not be run\n");
		exit(1);
	}
	return now_us() - start;
}

int main(int argc, char **argv)
{
	char preload[4096], options[4096];
	char locale[] = "LC_ALL=C", *as_it_is[] = { locale, NULL };
	char *recorded[] = { locale, preload, options, NULL };
	char **environments[] = { as_it_is, as_it_is, recorded };
	double took[3];
	long round, rounds;
	int i;

	if (argc != 4) {
		fprintf(stderr, "usage: bench-start-up ROUNDS LIBRARY FOLDER\n");
		return 1;
	}
	rounds = atol(argv[1]);
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[2]);
	snprintf(options, sizeof(options), "FINLEAK_OPTIONS=recordings=%s", argv[3]);
	for (round = -3; round < rounds; round++) {
		for (i = 0; i < 3; i++) {
			int turn = (int)((round + 3 + i) % 3);

			took[turn] = start_and_wait(environments[turn]);
		}
		if (round >= 0)
			printf("%.1f %.1f %.1f\n", took[0], took[1], took[2]);
	}
	return 0;
}
