# SPDX-License-Identifier: MIT
"""check_build.py BUILD: the build as cmake/compilation.cmake wants it. Targets link how they are
compiled; nothing holds for a whole folder. Sources are listed, so each has to be in a list, and each
test is in a suite that ctest -L can choose. ./run.sh builds all that is installed."""
import json
import os
import re
import subprocess
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FOLDERS = ["analyzer", "cmake", "docs", "preload", "samples", "tests"]

FOR_FOLDERS = re.compile(r"^\s*(add_compile_options|add_compile_definitions|add_definitions|"
                         r"add_link_options|include_directories|link_libraries|link_directories)\b",
                         re.M)
# What is searched for outside the tree (Rust's library has a hash in its name) is no source.
GLOB = re.compile(r"file\(\s*GLOB(?:_RECURSE)?\s+\w+\s+(?!\$\{sysroot\})")


def files(*endings):
    yield from (name for name in os.listdir(TOP) if name.endswith(endings))
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            yield from (os.path.relpath(os.path.join(path, name), TOP) for name in names
                        if name.endswith(endings))


def without_comments(name):
    with open(os.path.join(TOP, name)) as file:
        return re.sub(r"#.*", "", file.read())


def list_for(source):
    """The words of the CMakeLists.txt nearest to SOURCE, as names without folder and ending."""
    folder = os.path.dirname(source)
    while not os.path.exists(os.path.join(TOP, folder, "CMakeLists.txt")):
        folder = os.path.dirname(folder)
    words = re.findall(r"[\w./+-]+", without_comments(os.path.join(folder, "CMakeLists.txt")))
    return {os.path.splitext(os.path.basename(word))[0] for word in words}


def wrong_in_lists():
    for name in files("CMakeLists.txt", ".cmake"):
        text = without_comments(name)
        for command in FOR_FOLDERS.findall(text):
            yield "%s: %s() holds for a whole folder" % (name, command)
        if GLOB.search(text):
            yield "%s: list the files" % name
    for source in files(".c", ".cc", ".cpp", ".S"):
        if os.path.splitext(os.path.basename(source))[0] not in list_for(source):
            yield "%s is in no list" % source


def wrong_in_commands(build):
    with open(os.path.join(build, "compile_commands.json")) as file:
        commands = json.load(file)
    for entry in commands:
        if entry["file"].endswith(".S"):
            continue
        for option in (" -Wall ", " -D_GNU_SOURCE "):
            if option not in entry["command"]:
                yield "%s is compiled without%s: link finleak-common" % (
                    os.path.relpath(entry["file"], TOP), option.rstrip())


def wrong_in_tests(build):
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, stdout=subprocess.PIPE,
                           check=True).stdout
    for test in json.loads(shown)["tests"]:
        if not any(each["name"] == "LABELS" for each in test.get("properties", [])):
            yield "the test %s has no label" % test["name"]


def ninja_lists(build, *tool):
    return subprocess.run(["ninja", "-C", build, "-t", *tool], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout.splitlines()


def wrong_in_run(build):
    """./run.sh builds all that is installed: README.md installs and packs what it has left."""
    with open(os.path.join(TOP, "run.sh")) as file:
        targets = re.search(r"^build release (.*?) \|\|", file.read(), re.M).group(1).split()
    built = {line.split(":")[0] for line in ninja_lists(build, "targets", "all")}
    commands = "\n".join(ninja_lists(build, "commands", *targets))
    for path, _, names in os.walk(build):
        for name in names:
            if name != "cmake_install.cmake":
                continue
            with open(os.path.join(path, name)) as file:
                installed = re.findall(r'"%s/([^"]+)"' % re.escape(build), file.read())
            for output in built.intersection(installed):
                if os.path.basename(output) not in commands:
                    yield "%s is installed, and run.sh does not build it" % output


def main(build):
    wrong = [*wrong_in_lists(), *wrong_in_commands(build), *wrong_in_tests(build),
             *wrong_in_run(build)]
    if wrong:
        sys.exit("\n".join(wrong))


main(sys.argv[1])
