# SPDX-License-Identifier: MIT
"""The recipes of docs/ that no shell runs: what they are written in, and what they say of finleak.

YAML and Dockerfiles are parsed and held against what their readers demand; each command of finleak in
them is given to finleak, which has to know its options; what they put into an environment is put into
a program's. The systemd drop-in is verified by systemd. e2e.ci runs the jobs of docs/CI.md."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import yaml

SOURCE = os.environ["FINLEAK_SOURCE"]
FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
# Where Debian's package has them, which the recipes go by.
INSTALLED_LIBRARY = "/usr/lib/finleak/libfinleak.so"


class Loader(yaml.SafeLoader):
    """YAML in which no key is there twice. In GitHub's workflows `on` is one."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), "a key twice: %s" % keys
        return super().construct_mapping(node, deep)


def blocks(language):
    """(page, text) of each block that is marked LANGUAGE."""
    for path in sorted(glob.glob(SOURCE + "/README.md") + glob.glob(SOURCE + "/docs/*.md")):
        with open(path, encoding="utf-8") as page:
            for text in re.findall(r"^```%s\n(.*?)^```$" % language, page.read(), re.M | re.S):
                yield os.path.basename(path), text


def documents():
    return [(page, yaml.load(text, Loader)) for page, text in blocks("yaml")]


def of_kind(*keys):
    """The documents that have one of KEYS on top, or in what is on top."""
    found = [document for _, document in documents()
             if set(keys) & set(document) or
             any(isinstance(value, dict) and set(keys) & set(value) for value in document.values())]
    assert found, keys
    return found


class Recipes(unittest.TestCase):
    def finleak(self, *arguments, **environment):
        return subprocess.run([FINLEAK, *arguments], env=dict(os.environ, **environment), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=60, check=False)

    def check_command(self, words):
        """WORDS, if they call finleak, are what it takes."""
        if words[:1] != ["finleak"]:
            return 0
        verb, rest = words[1], words[2:]
        options = rest[:rest.index("--")] if "--" in rest else rest
        done = self.finleak(verb, "--no-settings", "--show-options",
                            *[option for option in options if not option.startswith("${")])
        self.assertEqual(done.returncode, 0, "%s\n%s" % (words, done.stdout))
        return 1

    def check_script(self, script):
        """Returns how many commands of finleak SCRIPT has."""
        subprocess.run(["bash", "-n", "-c", script], check=True)
        if shutil.which("shellcheck"):
            done = subprocess.run(["shellcheck", "--shell=bash", "-"], input=script, text=True,
                                  stdout=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
        return sum(self.check_command(shlex.split(line)) for line in script.splitlines())

    def check_options(self, value):
        """FINLEAK_OPTIONS=VALUE is nothing that the recorder would warn of."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["/bin/true"], text=True, stderr=subprocess.PIPE, check=True,
                                  env={"LD_PRELOAD": LIBRARY,
                                       "FINLEAK_OPTIONS": "%s:recordings=%s" % (value, folder)})
        self.assertEqual(done.stderr, "")
        self.assertRegex(value, r"(^|:)recordings=/")

    def test_the_check_sees_mistakes(self):
        for words in (["finleak", "run", "--no-such-option", "--", "true"],
                      ["finleak", "report", "-f", "no-such-format"]):
            with self.assertRaises(AssertionError):
                self.check_command(words)
        with self.assertRaises(AssertionError):
            self.check_options("recordings=/x:no_such=1")
        with self.assertRaises(AssertionError):
            yaml.load("a: 1\na: 2\n", Loader)

    def test_yaml_is_yaml(self):
        self.assertGreater(len(documents()), 4)

    def test_github_actions(self):
        commands = 0
        for workflow in of_kind("jobs"):
            # PyYAML reads `on` as YAML 1.1 does.
            self.assertLessEqual(set(workflow), {"name", True, "jobs"})
            for job in workflow["jobs"].values():
                self.assertLessEqual(set(job), {"runs-on", "permissions", "steps"})
                for step in job["steps"]:
                    self.assertEqual(len({"run", "uses"} & set(step)), 1, step)
                    self.assertLessEqual(set(step), {"name", "run", "uses", "with", "if", "env"})
                    if "uses" in step:
                        self.assertRegex(step["uses"], r"^[\w-]+(/[\w-]+)+@v\d+$")
                    else:
                        commands += self.check_script(step["run"])
        self.assertGreater(commands, 1)

    def test_gitlab_ci(self):
        commands = 0
        for document in of_kind("script"):
            for job in document.values():
                self.assertLessEqual(set(job), {"script", "after_script", "artifacts", "variables"})
                self.assertEqual(job["artifacts"]["when"], "always")
                for part in "script", "after_script":
                    commands += sum(self.check_script(line) for line in job[part])
        self.assertGreater(commands, 3)

    def test_kubernetes(self):
        for pod in of_kind("kind"):
            self.assertEqual((pod["apiVersion"], pod["kind"]), ("v1", "Pod"))
            spec = pod["spec"]
            volumes = {volume["name"] for volume in spec["volumes"]}
            for container in spec["initContainers"] + spec["containers"]:
                self.assertIn("image", container)
                self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
            self.assertEqual(spec["initContainers"][0]["command"][:2], ["cp", INSTALLED_LIBRARY])
            environment = {entry["name"]: entry.get("value") for entry in spec["containers"][0]["env"]}
            self.assertEqual(environment["LD_PRELOAD"], "/finleak/libfinleak.so")
            self.check_options(environment["FINLEAK_OPTIONS"])
            self.assertIn("FINLEAK_LABEL", environment)

    def test_compose(self):
        for document in of_kind("services"):
            for service in document["services"].values():
                self.assertIn("image", service)
                preload = service["environment"]["LD_PRELOAD"]
                self.assertIn("%s:%s:ro" % (INSTALLED_LIBRARY, preload), service["volumes"])
                self.check_options(service["environment"]["FINLEAK_OPTIONS"])

    def test_dockerfiles(self):
        commands = 0
        for _, text in blocks("dockerfile"):
            lines = text.replace("\\\n", " ").splitlines()
            self.assertTrue(lines[0].startswith("FROM "))
            for line in lines:
                instruction, rest = line.split(" ", 1)
                self.assertIn(instruction, {"FROM", "COPY", "RUN", "ENTRYPOINT", "ENV"})
                if instruction == "ENTRYPOINT":
                    commands += self.check_command(json.loads(rest))
                elif instruction == "RUN":
                    self.check_script(rest)
        self.assertGreater(commands, 0)

    def test_systemd(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        script, = [text for page, text in blocks("sh") if "example.service.d" in text]
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["bash", "-e", "-c", script], cwd=folder, check=True,
                           env=dict(os.environ, PATH=os.path.dirname(FINLEAK) + ":" + os.environ["PATH"]))
            with open(os.path.join(folder, "example.service"), "w") as unit:
                unit.write("[Service]\nExecStart=/bin/true\n")
            done = subprocess.run(["systemd-analyze", "verify", folder + "/example.service"], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  env=dict(os.environ, SYSTEMD_UNIT_PATH=folder + ":"))
            # Other units of the machine may have faults of their own.
            complaints = [line for line in done.stdout.splitlines() if "example.service" in line]
            self.assertEqual((done.returncode, complaints), (0, []))
            with open(os.path.join(folder, "example.service.d", "finleak.conf")) as drop_in:
                settings = re.findall(r"^Environment=(\w+)=(.*)$", drop_in.read(), re.M)
        self.assertEqual([name for name, _ in settings], ["LD_PRELOAD", "FINLEAK_OPTIONS"])
        self.assertTrue(os.path.exists(settings[0][1]))
        self.check_options(settings[1][1])

    def test_settings(self):
        for page, text in blocks("toml"):
            with self.subTest(page), tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "finleak.toml"), "w") as file:
                    file.write(text)
                with open(os.path.join(folder, "leaks.json"), "w") as file:
                    file.write('{"schema": "finleak-baseline/1", "leaks": []}')
                done = self.finleak("run", "--settings=%s/finleak.toml" % folder, "--show-options")
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
