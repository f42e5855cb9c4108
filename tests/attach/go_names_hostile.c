/* SPDX-License-Identifier: MIT */
/*
 * go_names_hostile: the table that a Go program is named by is hostile: finleak, which is root when
 * it attaches, must neither crash nor hang nor read beyond it. Each round damages a table that was
 * made up here, in the layouts of Go 1.2 to 1.20, and names addresses by it. Without damage the
 * newer layouts name each address right, the older ones none. Built with sanitizers. The seeds are
 * the same each time.
 */
#include <elf.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "analyzer/symbolize/go_names.h"
#include "tests/attach/rolls.h"

#define ROUNDS     2000
#define LOOKS      100
#define FUNCTIONS  50u
#define SPACE      64u /* bytes of code of a function */
#define CODE       0x401000u
#define TABLE_MAX  16384u
#define MARGIN     4096u /* that nobody may read, on both sides of the table */
#define PATIENCE_S 240   /* of processor time: others may use the machine */

/* Where the table's parts lie. */
#define NAMES         72u
#define UNITS         2048u
#define FILES         2304u
#define VALUES        3072u
#define ROWS          4096u
#define FUNCTION_SIZE 40u

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[4];
	char section_names[64];
	uint8_t before[MARGIN];
	uint8_t table[TABLE_MAX];
	uint8_t behind[MARGIN];
};

static const struct {
	uint32_t magic;
	bool understood;
} layouts[] = {
	{ 0xfffffffb, false }, /* Go 1.2 */
	{ 0xfffffffa, false }, /* 1.16 */
	{ 0xfffffff0, true },  /* 1.18 */
	{ 0xfffffff1, true },  /* 1.20 */
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static void put(uint8_t *table, size_t at, uint64_t value, size_t size)
{
	memcpy(table + at, &value, size);
}

/* Function N is main.functionN, of file N.go, its code's first half on line N + 1, the rest 100 on.
 */
static void make_table(uint8_t *table, uint32_t magic)
{
	const uint64_t header[] = { FUNCTIONS, FUNCTIONS, CODE, NAMES, UNITS, FILES, VALUES, ROWS };
	uint32_t name = 0, file = 0, function = (FUNCTIONS + 1) * 8, values = 1, i;

	memset(table, 'x', TABLE_MAX); /* what nobody means has no end */
	put(table, 0, magic, 4);
	table[6] = 1; /* the unit of code */
	table[7] = 8; /* the size of a pointer */
	memcpy(table + 8, header, sizeof(header));
	for (i = 0; i < FUNCTIONS; i++, function += FUNCTION_SIZE) {
		uint8_t *row = table + ROWS + function;

		put(table, ROWS + (size_t)i * 8, i * SPACE, 4);
		put(table, ROWS + (size_t)i * 8 + 4, function, 4);
		put(table, UNITS + (size_t)i * 4, file, 4);
		put(row, 0, i * SPACE, 4);
		put(row, 4, name, 4);
		name += (uint32_t)sprintf((char *)table + NAMES + name, "main.function%u", i) + 1;
		file += (uint32_t)sprintf((char *)table + FILES + file, "%u.go", i) + 1;
		put(row, 20, values, 4);
		/* From -1: file 0 of the unit, for all of the code. */
		table[VALUES + values++] = 2;
		table[VALUES + values++] = SPACE;
		table[VALUES + values++] = 0;
		put(row, 24, values, 4);
		/* Twice the difference, in LEB128. */
		table[VALUES + values++] = (uint8_t)(2 * (i + 2));
		table[VALUES + values++] = SPACE / 2;
		table[VALUES + values++] = 0xc8;
		table[VALUES + values++] = 0x01;
		table[VALUES + values++] = SPACE / 2;
		table[VALUES + values++] = 0;
		put(row, 32, i, 4); /* its unit */
	}
	put(table, ROWS + (size_t)FUNCTIONS * 8, FUNCTIONS * SPACE, 4);
}

static void make_image(struct image *image, size_t table_size)
{
	static const char names[] = "\0.shstrtab\0.text\0.gopclntab";

	memset(image, 0, offsetof(struct image, table));
	image->header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct image, segment),
		.e_shoff = offsetof(struct image, sections),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 4,
		.e_shstrndx = 1,
	};
	image->segment = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = CODE,
		.p_memsz = (Elf64_Xword)FUNCTIONS * SPACE,
		.p_align = 4096,
	};
	memcpy(image->section_names, names, sizeof(names));
	image->sections[1] = (Elf64_Shdr){ .sh_name = 1,
					   .sh_type = SHT_STRTAB,
					   .sh_offset = offsetof(struct image, section_names),
					   .sh_size = sizeof(names) };
	image->sections[2] = (Elf64_Shdr){ .sh_name = 11,
					   .sh_type = SHT_NOBITS,
					   .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
					   .sh_addr = CODE,
					   .sh_size = (Elf64_Xword)FUNCTIONS * SPACE };
	image->sections[3] = (Elf64_Shdr){ .sh_name = 17,
					   .sh_type = SHT_PROGBITS,
					   .sh_offset = offsetof(struct image, table),
					   .sh_size = table_size,
					   .sh_addralign = 8 };
}

/* Returns how many bytes of the table are left. */
static size_t damage(uint8_t *table, size_t size)
{
	static const uint32_t numbers[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };
	static const struct {
		uint32_t start, length;
	} parts[] = { { 0, NAMES },
		      { NAMES, 900 },
		      { UNITS, FUNCTIONS * 4 },
		      { FILES, 300 },
		      { VALUES, FUNCTIONS * 8 },
		      { ROWS, FUNCTIONS * (8 + FUNCTION_SIZE) } };
	size_t part = roll(6), at = parts[part].start + roll(parts[part].length - 8);

	switch (roll(7)) {
	case 0:
		table[at] = (uint8_t)roll(256);
		break;
	case 1:
		table[at] ^= (uint8_t)(1u << roll(8));
		break;
	case 2:
		memcpy(table + at / 4 * 4, &numbers[roll(6)], sizeof(numbers[0]));
		break;
	case 3:
		memset(table + at, 0xff, 8);
		break;
	case 4: /* values that hold for no code, without an end */
		for (; at < TABLE_MAX; at++)
			table[at] = at & 1;
		break;
	case 5:
		put(table, 8 + roll(8) * 8, roll(2) ? roll(0) : roll(TABLE_MAX), 8);
		break;
	default:
		return roll(size) + 1;
	}
	return size;
}

/* Whether the table has for ADDRESS what make_table() has put into it. */
static bool is_right(const struct go_place *found, uint64_t address)
{
	unsigned int i = (unsigned int)((address - CODE) / SPACE);
	unsigned int line = i + 1 + ((address - CODE) % SPACE < SPACE / 2 ? 0 : 100);
	char function[32], file[32];

	sprintf(function, "main.function%u", i);
	sprintf(file, "%u.go", i);
	return strcmp(found->function, function) == 0 && found->file &&
	       strcmp(found->file, file) == 0 && found->line == line;
}

/* How often the table has shown rightly where a function begins. */
static unsigned int entries;

/* Names addresses by the table of MODULE. Returns how many have names, and in *right how many have
 * the right ones. */
static int look(Dwfl_Module *module, const uint8_t *table, size_t size, int *right)
{
	struct go_names *names = go_names_new(module);
	uint64_t entry;
	int found = 0, i;

	if (!names)
		return 0;
	ASAN_POISON_MEMORY_REGION(table - MARGIN, MARGIN);
	ASAN_POISON_MEMORY_REGION(table + size, MARGIN);
	for (i = 0; i < LOOKS; i++) {
		uint64_t address = roll(8) ? CODE + roll(FUNCTIONS * SPACE) : roll(0);
		struct go_place place;

		if (!go_names_find(names, address, &place))
			continue;
		if (strlen(place.function) >= size || (place.file && strlen(place.file) >= size))
			abort();
		found++;
		*right += is_right(&place, address);
	}
	if (go_names_entry(names, "main.function7", &entry))
		entries += entry == CODE + 7 * SPACE;
	ASAN_UNPOISON_MEMORY_REGION(table - MARGIN, MARGIN);
	ASAN_UNPOISON_MEMORY_REGION(table + size, MARGIN);
	free(names);
	return found;
}

/* Returns how many addresses have names by IMAGE. */
static int name_by(const struct image *image, int *right)
{
	static const Dwfl_Callbacks callbacks = { .section_address = dwfl_offline_section_address };
	Dwfl *dwfl = dwfl_begin(&callbacks);
	int fd = memfd_create("go", MFD_CLOEXEC), found;
	Dwfl_Module *module;
	const Elf_Data *data;
	GElf_Addr bias;

	if (fd < 0 || write(fd, image, sizeof(*image)) != (ssize_t)sizeof(*image))
		abort();
	dwfl_report_begin(dwfl);
	module = dwfl_report_elf(dwfl, "go", "go", fd, 0, true);
	if (!module || dwfl_report_end(dwfl, NULL, NULL) != 0)
		abort();
	data = elf_rawdata(elf_getscn(dwfl_module_getelf(module, &bias), 3), NULL);
	if (!data)
		abort();
	found = look(module, data->d_buf, data->d_size, right);
	dwfl_end(dwfl);
	return found;
}

/* Whole tables are understood, or refused. */
static bool check_whole(struct image *image)
{
	bool good = true;
	size_t i;

	for (i = 0; i < LAYOUTS; i++) {
		int found, right = 0;

		state = 1;
		make_image(image, TABLE_MAX);
		make_table(image->table, layouts[i].magic);
		found = name_by(image, &right);
		if (found != right || (found > LOOKS / 2) != layouts[i].understood) {
			printf("magic %x: %d of %d have names, %d the right ones\n",
			       layouts[i].magic, found, LOOKS, right);
			good = false;
		}
	}
	return good;
}

int main(void)
{
	const struct itimerval patience = { .it_value.tv_sec = PATIENCE_S };
	struct image *image = calloc(1, sizeof(*image));
	int found = 0, right = 0, round;

	setitimer(ITIMER_PROF, &patience, NULL);
	if (!check_whole(image) || entries != 2)
		return 1;
	for (round = 0; round < ROUNDS; round++) {
		size_t size = TABLE_MAX, wounds;

		state = 0x9e3779b97f4a7c15 * (uint64_t)(round + 1);
		make_table(image->table, layouts[roll(8) ? 2 + roll(2) : roll(2)].magic);
		for (wounds = 1 + roll(3); wounds > 0; wounds--)
			size = damage(image->table, size);
		make_image(image, size);
		found += name_by(image, &right);
	}
	printf("%d names, %d of them right, by %d damaged tables\n", found, right, ROUNDS);
	free(image);
	/* Tables that were all refused would have shown nothing. */
	return found < ROUNDS * LOOKS / 10 || right == found;
}
