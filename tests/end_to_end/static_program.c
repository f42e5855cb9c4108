/* SPDX-License-Identifier: MIT */
/* What can't be recorded: a program without a dynamic linker. */
int main(void)
{
	return 0;
}
