/* SPDX-License-Identifier: MIT */
/* Defines what deep.c's library calls, and is opened after it. */
__attribute__((visibility("default"))) int defined_later(void);

int defined_later(void)
{
	return 1;
}
