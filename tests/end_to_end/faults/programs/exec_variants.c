/* SPDX-License-Identifier: MIT */
/*
 * exec_variants CALL: becomes itself by one of the exec calls, with arguments and an environment
 * that are too many for registers, and prints what has arrived.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fault.h"

static void print_arrived(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		printf("%s ", argv[i]);
	printf("FAULT=%s\n", getenv("FAULT") ? getenv("FAULT") : "missing");
}

static char **environment(void)
{
	static char *variables[4096], ours[] = "FAULT=here";
	int count = 0, i;

	for (i = 0; environ[i] && count < 4000; i++)
		variables[count++] = environ[i];
	variables[count++] = ours;
	return variables;
}

static void become(const char *call, const char *self)
{
	if (strcmp(call, "execle") == 0)
		execle(self, "exec_variants", "arrived", "2", "3", "4", "5", "6", "7", "8", "9",
		       (char *)NULL, environment());
	setenv("FAULT", "here", 1);
	if (strcmp(call, "execl") == 0)
		execl(self, "exec_variants", "arrived", "2", "3", "4", "5", "6", "7", "8", "9",
		      (char *)NULL);
	if (strcmp(call, "execlp") == 0)
		execlp(self, "exec_variants", "arrived", "2", "3", "4", "5", "6", "7", "8", "9",
		       (char *)NULL);
	must(false, call);
}

int main(int argc, char **argv)
{
	must(argc >= 2, "usage: exec_variants execl|execle|execlp");
	if (strcmp(argv[1], "arrived") == 0)
		print_arrived(argc, argv);
	else
		become(argv[1], argv[0]);
	return 0;
}
