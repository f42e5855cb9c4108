/* SPDX-License-Identifier: MIT */
/* Each function of finleak.h, in C and in C++: what they return where nothing has leaked. */
#include <finleak.h>

int main(void)
{
	uint64_t start = finleak_checkpoint();
	int label = finleak_label("test");
	long leaked = finleak_leaked(start, 0), checked = finleak_check(start, stdout);
	int report = finleak_report(start, stderr);

	printf("%d %d %ld %ld %d\n", start != 0, label, leaked, checked, report);
	return 0;
}
