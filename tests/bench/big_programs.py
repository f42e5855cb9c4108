# SPDX-License-Identifier: MIT
"""Programs with much debug information, of many small files with functions inlined into one another,
in C, C++ and Rust. They are compiled, never run."""

import concurrent.futures
import os
import random
import subprocess

from recorder import Missing, find_program

C_UNIT = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/nl80211.h>
#include <linux/perf_event.h>
#include <sys/stat.h>
#include <unistd.h>
struct item_{unit} {{ struct item_{unit} *next; char name[32]; int kind; long size[{unit} + 1]; }};
static inline int step_{unit}(int value)
{{
	if (value % 7 == 3)
		printf("%d", value);
	return value * 3 + {unit};
}}
static inline int two_steps_{unit}(int value)
{{
	int first = step_{unit}(value);
	return step_{unit}(first) + rand();
}}
"""
C_FUNCTION = """struct pair_{unit}_{number} {{ struct item_{unit} *left, *right; int weight[{number} + 1]; }};
int work_{unit}_{number}(struct pair_{unit}_{number} *pair, int rounds)
{{
	int sum = {number}, i;
	for (i = 0; i < rounds; i++) {{
		int inner = two_steps_{unit}(pair->weight[i % {number_1}]);
		if (pair->left && pair->left->kind == inner)
			sum += two_steps_{unit}(pair->left->kind);
		else
			sum -= step_{unit}(inner);
	}}
	return sum;
}}
"""
CXX_UNIT = """#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <unordered_map>
#include <vector>
namespace unit_{unit} {{
struct Tag {{ int value; std::string name; }};
template <int N> int scaled(std::vector<Tag> &tags)
{{
	std::sort(tags.begin(), tags.end(),
		  [](const Tag &a, const Tag &b) {{ return a.value * N < b.value; }});
	int sum = 0;
	for (auto &tag : tags)
		sum += tag.value * N;
	return sum;
}}
"""
CXX_FUNCTION = """int work_{number}(std::map<std::string, std::vector<Tag>> &all, const std::string &key)
{{
	auto &tags = all[key + "{number}"];
	tags.push_back(Tag{{{number}, key}});
	return scaled<{number}>(tags) + (std::regex_search(key, std::regex("a{number}+")) ? 1 : 0);
}}
"""
RUST_UNIT = """pub mod unit_{unit} {{
use std::collections::{{BTreeMap, HashMap}};
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Tag {{ pub value: i64, pub name: String }}
#[inline] fn scaled<const N: i64>(tags: &mut Vec<Tag>) -> i64 {{
    tags.sort_by(|a, b| (a.value * N).cmp(&b.value));
    tags.iter().filter(|t| t.value % 3 != 0).map(|t| t.value * N).sum()
}}
"""
RUST_FUNCTION = """#[inline(never)] pub fn work_{number}(all: &mut BTreeMap<String, Vec<Tag>>, key: &str) -> i64 {{
    let tags = all.entry(format!("{{key}}{number}")).or_default();
    tags.push(Tag {{ value: {number}, name: key.to_string() }});
    let mut counts: HashMap<[u8; {number_1}], usize> = HashMap::new();
    for t in tags.iter() {{ *counts.entry([t.value as u8; {number_1}]).or_insert(0) += t.name.len(); }}
    scaled::<{number}>(tags) + counts.values().sum::<usize>() as i64
}}
"""


def function_text(template, unit, count):
    return "".join(template.format(unit=unit, number=n, number_1=n + 1) for n in range(count))


def compile_all(commands):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda argv: subprocess.run(argv, capture_output=True, text=True,
                                                         check=False), commands):
            if done.returncode:
                raise RuntimeError(f"{done.args} failed: {done.stderr[:2000]}")


def c_like(folder, compiler, suffix, unit_text, function, end, units, functions, flags):
    compiler = find_program(compiler)
    objects, commands = [], []
    for unit in range(units):
        source = folder / f"unit_{unit}{suffix}"
        source.write_text(unit_text.format(unit=unit) + function_text(function, unit, functions)
                          + end)
        objects.append(folder / f"unit_{unit}.o")
        commands.append([compiler, "-O2", "-c", *flags, source, "-o", objects[-1]])
    main = folder / f"main{suffix}"
    main.write_text("int main() { return 0; }\n")
    compile_all(commands)
    compile_all([[compiler, *flags, main, *objects, "-Wl,--build-id", "-o", folder / "program"]])
    return folder / "program"


def c_program(folder, flags=("-g",), units=240, functions=12):
    # All that the headers declare is described, as where a program uses much of its own headers.
    return c_like(folder, "gcc", ".c", C_UNIT, C_FUNCTION, "", units, functions,
                  ("-fno-eliminate-unused-debug-types", *flags))


def cxx_program(folder, flags=("-g",), units=12, functions=25):
    return c_like(folder, "g++", ".cc", CXX_UNIT, CXX_FUNCTION, "}\n", units, functions, flags)


def rust_program(folder, version=4, units=15, functions=25):
    # As a library whose functions are all kept: nothing calls them.
    source = folder / "lib.rs"
    source.write_text("".join(RUST_UNIT.format(unit=unit) + function_text(RUST_FUNCTION, unit, functions)
                              + "}\n" for unit in range(units)))
    compile_all([[find_program("rustc"), "--edition=2021", "--crate-type=dylib", "-Copt-level=2",
                  "-Cdebuginfo=2", "-Ccodegen-units=4", "-Clink-arg=-Wl,--build-id",
                  f"-Cdwarf-version={version}",
                  source, "-o", folder / "program"]])
    return folder / "program"


def with_dwz(program):
    """Types and functions that several units have, once: DW_TAG_partial_unit and imports."""
    compile_all([[find_program("dwz"), program]])
    return program


def sample_addresses(program, count):
    """COUNT addresses in the functions of PROGRAM (fewer where it has no more), ascending and always
    the same."""
    functions = []
    for line in subprocess.run(["nm", "-S", "--defined-only", program], capture_output=True,
                               text=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) == 4 and words[2] in "tTwW" and int(words[1], 16) > 4:
            functions.append((int(words[0], 16), int(words[1], 16)))
    if not functions:
        raise RuntimeError(f"{program} has no functions")
    chosen, pick = set(), random.Random(1)
    for _ in range(20 * count):
        start, size = pick.choice(functions)
        chosen.add(start + pick.randrange(size))
        if len(chosen) == count:
            break
    return sorted(chosen)


def debug_info_size(program):
    sections = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True,
                              check=True).stdout
    for line in sections.splitlines():
        words = line.replace("[ ", "[").split()
        if len(words) > 5 and words[1] in (".debug_info", ".debug_info.dwo"):
            return int(words[5], 16)
    raise Missing(f"{program} has no debug information")
