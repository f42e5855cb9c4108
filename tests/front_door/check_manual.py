# SPDX-License-Identifier: MIT
"""The manual pages: rendered without a warning in 80 columns, and of one mind with `finleak --help`.

When it fails: a page has lost track of an option or a command, or a terminal shows it broken."""
import glob
import os
import re
import shutil
import subprocess
import unittest

FINLEAK = os.environ["FINLEAK"]
PAGES = sorted(glob.glob(os.path.join(os.environ["FINLEAK_PAGES"], "*.[17]")))
NAMES = {os.path.basename(page) for page in PAGES}


def rendered(page):
    return subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, MANWIDTH="80", MANPAGER="cat", LC_ALL="C.UTF-8"))


def section(page, title):
    with open(page, encoding="utf-8") as file:
        text = file.read().replace("\\-", "-")
    return re.search(r"^\.SH %s\n(.*?)(?=^\.SH |\Z)" % title, text, re.M | re.S).group(1)


def helped(*arguments):
    done = subprocess.run([FINLEAK, *arguments, "--help"], stdout=subprocess.PIPE, text=True)
    return done.stdout


@unittest.skipUnless(shutil.which("man"), "man is not installed")
class Rendering(unittest.TestCase):
    def test_pages_render_in_80_columns(self):
        self.assertIn("finleak.1", NAMES)
        for page in PAGES:
            with self.subTest(page):
                done = rendered(page)
                self.assertEqual(done.stderr, "")
                self.assertIn("NAME", done.stdout)
                self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])


class Pages(unittest.TestCase):
    def test_options_are_those_of_help(self):
        for page in PAGES:
            name = os.path.basename(page).split(".")[0].split("-", 1)
            if page.endswith(".7"):
                continue
            documented = re.findall(r"^\.TP\n\.BR? .*?(--[a-z-]+)", section(page, "OPTIONS"), re.M)
            known = re.findall(r"^ +(?:-\w, )? *(--[a-z-]+)", helped(*name[1:]), re.M)
            self.assertEqual(sorted(documented), sorted(known), page)

    def test_each_command_has_a_page(self):
        commands = re.findall(r"^([a-z]+) {2,}", helped(), re.M)
        for command in set(commands) - {"help"}:
            self.assertIn("finleak-%s.1" % command, NAMES)
            self.assertIn(".BR finleak-%s (1)" % command, section(PAGES[0].replace(
                os.path.basename(PAGES[0]), "finleak.1"), "DESCRIPTION"))

    def test_pages_refer_to_pages_that_exist(self):
        for page in PAGES:
            with open(page, encoding="utf-8") as file:
                text = file.read().replace("\\-", "-")
            for name, number in re.findall(r"^\.BR ((?:lib)?finleak[a-z-]*) \((\d)\)", text, re.M):
                self.assertIn("%s.%s" % (name, number), NAMES, page)

    def test_every_class_is_described(self):
        classes = re.findall(r"^  ([a-z-]+) +(leak|warning|note) ", subprocess.run(
            [FINLEAK, "explain"], stdout=subprocess.PIPE, text=True).stdout, re.M)
        page = next(page for page in PAGES if page.endswith("finleak-classes.7"))
        described = re.findall(r"^\.SS (\S+) \((\w+)\)$", section(page, "CLASSES"), re.M)
        self.assertEqual(described, classes)
        self.assertGreater(len(classes), 5)


if __name__ == "__main__":
    unittest.main()
