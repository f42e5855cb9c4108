# SPDX-License-Identifier: MIT
"""Each format of a report is read by who it is for, or by rules in a few lines where that is not
installed. FINLEAK_NODE_MODULES names a folder with npm's validators (HOWTO_TEST.md)."""
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import commands

SAMPLE = "half_of_paths"
NODE_MODULES = os.environ.get("FINLEAK_NODE_MODULES")


def node_module(*parts):
    """A file of a package of npm; skips the test where it is not there."""
    path = os.path.join(NODE_MODULES or "", *parts)
    if not NODE_MODULES or not os.path.exists(path):
        raise unittest.SkipTest("no FINLEAK_NODE_MODULES with %s" % parts[-1])
    return path


def needs(program):
    if not shutil.which(program):
        raise unittest.SkipTest("no %s" % program)
    return program


class Recorded:
    """One run with leaks and one without, for all tests."""
    folder = None

    @classmethod
    def make(cls):
        cls.folder = commands.folder()
        cls.work = cls.folder.name
        cls.root = os.path.dirname(os.path.realpath(commands.sample_source(SAMPLE)))
        cls.leaky, cls.clean = (os.path.join(cls.work, name) for name in ("leaky", "clean"))
        for path, fixed in (cls.leaky, False), (cls.clean, True):
            commands.finleak("run", "-d", path, "-o", os.devnull, "--",
                             *commands.sample_command(SAMPLE, fixed=fixed))
        cls.document = commands.report(cls.leaky)[1]
        cls.leak, = cls.document["leaks"]


def setUpModule():
    Recorded.make()


def tearDownModule():
    Recorded.folder.cleanup()


class Formats(Recorded, unittest.TestCase):
    def written(self, form, recordings=None, *options, **environ):
        """The path of a report in FORM; its status is checked."""
        path = os.path.join(self.work, "report." + form)
        done = commands.finleak("report", "-f", form, "-o", path, *options,
                                recordings or self.leaky,
                                env=commands.environment(**environ))
        self.assertEqual((done.returncode, done.stderr, done.stdout), (0, "", ""))
        return path

    def line(self, marker):
        return commands.marked_line(SAMPLE, marker)[0]


class Sarif(Formats):
    def setUp(self):
        self.path = self.written("sarif", GITHUB_WORKSPACE=self.root)
        self.log = commands.load_report(self.path)
        self.run_, = self.log["runs"]
        self.rules = self.run_["tool"]["driver"]["rules"]

    def place(self, location):
        """(file, line) of a location in what was checked out."""
        physical = location["physicalLocation"]
        self.assertEqual(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%")
        return physical["artifactLocation"]["uri"], physical["region"]["startLine"]

    def test_rules(self):
        self.assertEqual(self.log["version"], "2.1.0")
        self.assertEqual(len({rule["id"] for rule in self.rules}), len(self.rules))
        listed = commands.finleak("explain").stdout
        for rule in self.rules:
            self.assertIn(rule["id"], listed)
            self.assertTrue(rule["helpUri"].endswith("#" + rule["id"]))
            self.assertIn("**How to fix it**", rule["help"]["markdown"])
            for text in (rule["help"]["text"], rule["shortDescription"]["text"],
                         rule["fullDescription"]["text"]):
                self.assertTrue(text.strip())

    def test_result(self):
        result, = self.run_["results"]
        self.assertEqual(result["ruleId"], "eof-unclosed")
        self.assertEqual(self.rules[result["ruleIndex"]]["id"], "eof-unclosed")
        self.assertEqual((result["level"], result["occurrenceCount"]), ("error", 2))
        self.assertEqual(result["partialFingerprints"], {"finleakId/v1": self.leak["id"]})
        self.assertIn(self.leak["fix"], result["message"]["text"])
        location, = result["locations"]
        self.assertEqual(self.place(location), (SAMPLE + ".c", self.line("eof")))
        base = self.run_["originalUriBaseIds"]["%SRCROOT%"]["uri"]
        self.assertEqual(base, "file://%s/" % self.root)

    def test_flow(self):
        """From the opening to the end of stream to what came next."""
        flow, = self.run_["results"][0]["codeFlows"]
        steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
        titles = [step["message"]["text"].split(" at ")[0] for step in steps]
        self.assertEqual(titles, ["Opened", "Used", "EOF read", "Next call"])
        self.assertEqual(self.place(steps[0])[1], self.line("opened"))
        self.assertEqual(self.place(steps[2])[1], self.line("eof"))

    def test_siblings(self):
        related, = self.run_["results"][0]["relatedLocations"]
        self.assertEqual(self.place(related)[0], SAMPLE + ".c")
        self.assertEqual(self.place(related)[1],
                         self.leak["siblings"]["closed_at"][0]["site"]["line"])
        self.assertIn("2 of 4 EOFs read here were closed", related["message"]["text"])

    def test_elsewhere(self):
        """What lies outside the checked out folder has an absolute address."""
        log = commands.load_report(self.written("sarif", GITHUB_WORKSPACE="/nowhere"))
        artifact = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        self.assertEqual(artifact, {"uri": "file://%s/%s.c" % (self.root, SAMPLE)})

    def test_clean(self):
        run, = commands.load_report(self.written("sarif", self.clean))["runs"]
        self.assertEqual(run["results"], [])
        self.assertTrue(run["invocations"][0]["executionSuccessful"])

    def test_official_schema(self):
        import jsonschema
        with open(node_module("@microsoft/sarif-multitool-linux", "sarif-2.1.0.json")) as file:
            schema = json.load(file)
        validator = jsonschema.validators.validator_for(schema)(schema)
        self.assertEqual([error.message for error in validator.iter_errors(self.log)], [])

    def test_validator(self):
        tool = node_module("@microsoft/sarif-multitool-linux", "Sarif.Multitool")
        done = subprocess.run([tool, "validate", self.path], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn(" error ", done.stdout)


class Junit(Formats):
    def suites(self, *arguments):
        root = xml.etree.ElementTree.parse(self.written("junit", *arguments)).getroot()
        self.assertEqual(root.tag, "testsuites")
        for suite in root:
            cases = list(suite)
            self.assertEqual(int(suite.get("tests")), len(cases))
            for kind in "failure", "error":
                self.assertEqual(int(suite.get(kind + "s")), len(suite.findall("*/" + kind)))
        return list(root)

    def test_leak_is_a_failed_case(self):
        # The sample's clients are a child.
        suites = self.suites()
        self.assertEqual(len(suites), len(self.document["processes"]))
        suite, = [suite for suite in suites if suite.find("*/failure") is not None]
        self.assertRegex(suite.get("name"), r"^%s \(pid \d+\)$" % SAMPLE)
        self.assertGreater(float(suite.get("time")), 0)
        case, = suite
        self.assertEqual(case.get("classname"), "eof-unclosed")
        self.assertIn("2 sockets at %s.c:%d" % (SAMPLE, self.line("eof")), case.get("name"))
        failure = case.find("failure")
        self.assertEqual(failure.get("message"), self.leak["headline"])
        for part in (self.leak["fix"], "EOF read at", "Opened at",
                     "%s.c:%d" % (SAMPLE, self.line("opened"))):
            self.assertIn(part, failure.text)

    def test_clean_is_a_passed_case(self):
        for suite in self.suites(self.clean):
            case, = suite
            self.assertEqual(list(case), [])

    def test_notes_do_not_fail(self):
        suite, = [suite for suite in self.suites(None, "--min-held=1h", "--all")
                  if suite.find("*/system-out") is not None]
        self.assertEqual((suite.get("failures"), suite.get("tests")), ("0", "1"))

    def test_junitparser(self):
        try:
            import junitparser
        except ImportError:
            self.skipTest("no python3-junitparser")
        report = junitparser.JUnitXml.fromfile(self.written("junit"))
        failed = [case for suite in report for case in suite
                  if any(isinstance(result, junitparser.Failure) for result in case.result)]
        self.assertEqual([case.classname for case in failed], ["eof-unclosed"])

    def test_xmllint(self):
        subprocess.run([needs("xmllint"), "--noout", "--nonet", self.written("junit")], check=True)


class GitHub(Formats):
    def run_in_actions(self, *options, fixed=False, **environ):
        summary = os.path.join(self.work, self.id() + ".md")
        with open(summary, "w") as file:
            file.write("before\n")
        done = commands.finleak(
            "run", "-d", os.path.join(self.work, self.id()), *options, "--",
            *commands.sample_command(SAMPLE, fixed=fixed),
            env=commands.environment(GITHUB_ACTIONS="true", GITHUB_WORKSPACE=self.root,
                                     GITHUB_STEP_SUMMARY=summary, **environ))
        with open(summary) as file:
            return done, file.read()

    def annotations(self, done):
        return [line for line in done.stderr.splitlines() if line.startswith("::")]

    def test_run_annotates_unasked(self):
        done, summary = self.run_in_actions()
        annotation, = self.annotations(done)
        self.assertTrue(annotation.startswith("::error file=%s.c,line=%d," % (SAMPLE, self.line("eof"))))
        self.assertIn("finleak: 2 sockets leaked at 1 site", done.stderr)
        before, headline, empty, head, rule, row, *rest = summary.splitlines()
        self.assertEqual((before, empty, rest), ("before", "", [""]))
        self.assertTrue(headline.startswith("### finleak\\: 2 sockets leaked"))
        for line in head, rule, row:
            self.assertEqual(len(re.findall(r"(?<!\\)\|", line)), 5, line)
        self.assertIn("half\\_of\\_paths\\.c\\:%d" % self.line("eof"), row)

    def test_beside_another_format(self):
        """Nor does the line on where the report is get lost."""
        path = os.path.join(self.work, "beside.txt")
        done, summary = self.run_in_actions("-e", "9", "-o", path)
        self.assertEqual((done.returncode, len(self.annotations(done))), (9, 1))
        self.assertIn("the report is in " + path, done.stderr)
        self.assertEqual(summary.count("###"), 1)

    def test_asked_for_once(self):
        path = os.path.join(self.work, "asked.txt")
        done, summary = self.run_in_actions("-f", "github", "-o", path)
        self.assertEqual((self.annotations(done), summary.count("###")), ([], 1))
        with open(path) as file:
            self.assertEqual(file.read().count("::error "), 1)

    def test_clean(self):
        done, summary = self.run_in_actions(fixed=True)
        self.assertEqual(self.annotations(done), [])
        self.assertFalse(done.stderr.endswith("\n\n"))
        self.assertIn("no leaks", summary)

    def test_elsewhere(self):
        done = commands.finleak("run", "-d", os.path.join(self.work, self.id()), "--",
                                *commands.sample_command(SAMPLE))
        self.assertEqual(self.annotations(done), [])

    def test_summary_that_cannot_be_written(self):
        """The report and the exit status are what they are."""
        done = commands.finleak("report", "-f", "github", self.leaky, env=commands.environment(
            GITHUB_STEP_SUMMARY=os.path.join(self.work, "none", "summary.md")))
        self.assertEqual(done.returncode, 0)
        self.assertIn("cannot write", done.stderr)
        self.assertIn("::error ", done.stdout)


if __name__ == "__main__":
    unittest.main()
