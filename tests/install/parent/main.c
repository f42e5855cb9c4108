/* SPDX-License-Identifier: MIT */
/* A program of the parent project, with its standard and none of finleak's definitions. */
#if defined(_GNU_SOURCE) || __STDC_VERSION__ != 199901L
#error "compiled as finleak's code is"
#endif

int main(void)
{
	return 0;
}
