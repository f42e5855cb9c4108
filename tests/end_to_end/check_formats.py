# SPDX-License-Identifier: MIT
"""Each format of a report is read by who it is for, or by rules in a few lines where that is not
installed. FINLEAK_NODE_MODULES names a folder with npm's validators (HOWTO_TEST.md)."""
import base64
import collections
import gzip
import html
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import commands

SAMPLE = "half_of_paths"
PPROF_SOURCES = "/usr/share/gocode/src/github.com/google/pprof"
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
    def needs_format(self, form):
        """Skips the test where finleak is built without it."""
        if not re.search(r"\b%s\b" % form, commands.finleak("report", "--format=?").stderr):
            self.skipTest("built without the format %s" % form)

    def written(self, form, recordings=None, *options, **environ):
        """The path of a report in FORM; its status is checked."""
        self.needs_format(form)
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

    def flow(self, result):
        """The titles of a result's steps, and their locations."""
        flow, = result["codeFlows"]
        steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
        return [step["message"]["text"].split(" at ")[0] for step in steps], steps

    def test_flow(self):
        """From the opening to EOF; the loop polls next, which is no step."""
        titles, steps = self.flow(self.run_["results"][0])
        self.assertEqual(titles, ["Opened", "Used", "EOF read"])
        self.assertEqual(self.place(steps[0])[1], self.line("opened"))
        self.assertEqual(self.place(steps[2])[1], self.line("eof"))

    def test_flow_to_what_came_next(self):
        with commands.folder() as folder:
            commands.finleak("run", "-d", folder, "-o", os.devnull, "--",
                             *commands.sample_command("two_sided_proxy"))
            path = self.written("sarif", folder)
        with open(path) as file:
            result, = json.load(file)["runs"][0]["results"]
        titles, _ = self.flow(result)
        self.assertEqual(titles[-2:], ["EOF read", "Next call"])

    def test_siblings(self):
        related, = self.run_["results"][0]["relatedLocations"]
        self.assertEqual(self.place(related)[0], SAMPLE + ".c")
        self.assertEqual(self.place(related)[1],
                         self.leak["siblings"]["closed_at"][0]["site"]["line"])
        self.assertIn("2 of the 4 sockets whose EOF was read at half_of_paths.c:", related["message"]["text"])

    def with_suppressed(self):
        file = os.path.join(self.work, "suppressions")
        with open(file, "w") as out:
            out.write("leak:^serve_connection$\n")
        return self.written("sarif", None, "--suppressions", file)

    def test_suppressed(self):
        """It stays in the log, and whoever reads that knows that it does not count."""
        run, = commands.load_report(self.with_suppressed())["runs"]
        result, = run["results"]
        self.assertEqual(result["suppressions"],
                         [{"kind": "external", "justification": "leak:^serve_connection$"}])
        self.assertNotIn("baselineState", result)

    def test_baseline(self):
        baseline = self.written("json")
        for document, state in (self.document, "unchanged"), ({**self.document, "leaks": []}, "new"):
            with open(baseline, "w") as out:
                json.dump(document, out)
            run, = commands.load_report(self.written("sarif", None, "--baseline", baseline))["runs"]
            self.assertEqual([result["baselineState"] for result in run["results"]], [state])

    def with_fixed(self):
        """The path of a log against a baseline that has the leak, and another: and that one."""
        baseline = os.path.join(self.work, "fixed.json")
        gone = {**self.leak, "id": "0123456789abcdef", "class": "fin-unread", "reason": None,
                "where": "pool.c:7 in drop()", "count": 3}
        with open(baseline, "w") as out:
            json.dump({**self.document, "leaks": [self.leak, gone]}, out)
        return self.written("sarif", None, "--baseline", baseline, GITHUB_WORKSPACE=self.work), gone

    def test_fixed(self):
        """What only the baseline has is absent, and no problem for a reader that knows no baselines."""
        path, gone = self.with_fixed()
        run, = commands.load_report(path)["runs"]
        known, fixed = run["results"]
        self.assertEqual((known["baselineState"], fixed["baselineState"]), ("unchanged", "absent"))
        self.assertEqual((fixed["ruleId"], fixed["kind"], fixed["level"]), ("fin-unread", "pass", "none"))
        self.assertEqual(run["tool"]["driver"]["rules"][fixed["ruleIndex"]]["id"], "fin-unread")
        self.assertEqual(fixed["partialFingerprints"], {"finleakId/v1": gone["id"]})
        self.assertEqual(fixed["message"]["text"],
                         "Fixed since the baseline: fin-unread at pool.c:7 in drop(): 3 sockets")
        location, = fixed["locations"]
        self.assertEqual(location["physicalLocation"]["artifactLocation"],
                         {"uri": "fixed.json", "uriBaseId": "%SRCROOT%"})

    def test_what_counts_alone(self):
        """The filter of docs/CI.md, for a reader that knows neither suppressions nor baselines."""
        with open(os.path.join(self.root, "..", "docs", "CI.md")) as page:
            keep = re.search(r"jq '(.*?)' all\.sarif", page.read(), re.S).group(1)

        def kept(path):
            done = subprocess.run([needs("jq"), keep, path], capture_output=True, text=True, check=True)
            run, = json.loads(done.stdout)["runs"]
            return run["results"]
        self.assertEqual(kept(self.path), self.run_["results"])
        self.assertEqual(kept(self.with_fixed()[0]), [])
        self.assertEqual(kept(self.with_suppressed()), [])

    def test_elsewhere(self):
        """What lies outside the checked out folder has an absolute address."""
        log = commands.load_report(self.written("sarif", GITHUB_WORKSPACE="/nowhere"))
        artifact = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        self.assertEqual(artifact, {"uri": "file://%s/%s.c" % (self.root, SAMPLE)})

    def test_clean(self):
        run, = commands.load_report(self.written("sarif", self.clean))["runs"]
        self.assertEqual(run["results"], [])
        self.assertTrue(run["invocations"][0]["executionSuccessful"])

    def check_official(self, path):
        """Against the official schema and its validator, with GitHub's rules on top."""
        import jsonschema
        with open(node_module("@microsoft/sarif-multitool-linux", "sarif-2.1.0.json")) as file:
            schema = json.load(file)
        validator = jsonschema.validators.validator_for(schema)(schema)
        self.assertEqual([error.message for error in validator.iter_errors(commands.load_report(path))], [])
        tool = node_module("@microsoft/sarif-multitool-linux", "Sarif.Multitool")
        done = subprocess.run([tool, "validate", "--rule-kind=Sarif;Gh", path], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn(" error ", done.stdout)

    def test_official(self):
        self.check_official(self.path)
        self.check_official(self.with_fixed()[0])


class Junit(Formats):
    def suites(self, *arguments):
        root = xml.etree.ElementTree.parse(self.written("junit", *arguments)).getroot()
        self.assertEqual(root.tag, "testsuites")
        for suite in root:
            cases = list(suite)
            self.assertEqual(int(suite.get("tests")), len(cases))
            for number, kind in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
                self.assertEqual(int(suite.get(number)), len(suite.findall("*/" + kind)))
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

    def test_suppressed_is_skipped(self):
        file = os.path.join(self.work, "suppressions")
        with open(file, "w") as out:
            out.write("leak:^serve_connection$\n")
        suite, = [suite for suite in self.suites(None, "--suppressions", file)
                  if suite.find("*/skipped") is not None]
        self.assertEqual(suite.find("*/skipped").get("message"), "leak:^serve_connection$")
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

    def test_table_by_cmark(self):
        """As GitHub shows it: a table, and in it plain text."""
        with open(self.written("markdown")) as file:
            done = subprocess.run([needs("cmark-gfm"), "-e", "table", "-e", "autolink", "-e", "strikethrough"],
                                  stdin=file, capture_output=True, text=True, check=True)
        page = xml.etree.ElementTree.fromstring("<page>%s</page>" % done.stdout)
        cells = [["".join(cell.itertext()) for cell in row] for row in page.iter("tr")]
        self.assertEqual([len(row) for row in cells], [4, 4])
        self.assertIn("%s.c:%d in serve_connection()" % (SAMPLE, self.line("eof")), cells[1])
        self.assertEqual({element.tag for element in page.iter()} - {
            "page", "h3", "p", "table", "thead", "tbody", "tr", "th", "td"}, set())

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


class Profiles(Formats):
    """The deciding stack of each leak, for flame graphs and continuous profiling."""
    def stack(self):
        """The functions of the leak's deciding stack, outermost first, below the program."""
        return [SAMPLE] + [frame["function"] for frame in self.leak["stacks"]["eof"]][::-1]

    def folded(self, *arguments):
        with open(self.written("folded", *arguments)) as file:
            return [line.rstrip("\n").rsplit(" ", 1) for line in file]

    def test_folded(self):
        (stack, count), = self.folded()
        self.assertEqual((stack.split(";"), count), (self.stack(), "2"))

    def test_clean(self):
        self.assertEqual(self.folded(self.clean), [])
        self.assertEqual(Pprof.read(self.written("pprof", self.clean)).samples, [])
        for profile in commands.load_report(self.written("speedscope", self.clean))["profiles"]:
            self.assertEqual((profile["samples"], profile["endValue"]), ([], 0))

    def test_notes_do_not_count(self):
        self.assertEqual(self.folded(None, "--min-held=1h", "--all"), [])

    def test_speedscope(self):
        document = commands.load_report(self.written("speedscope"))
        frames = document["shared"]["frames"]
        self.assertEqual([profile["unit"] for profile in document["profiles"]], ["none", "seconds"])
        for profile, weight in zip(document["profiles"], (2, sum(
                socket["held_ms"] for socket in self.leak["sockets"]) / 1000)):
            sample, = profile["samples"]
            self.assertEqual([frames[index]["name"] for index in sample], self.stack())
            self.assertAlmostEqual(sum(profile["weights"]), weight, delta=0.002)
            self.assertAlmostEqual(profile["endValue"], weight, delta=0.002)
        self.assertEqual(frames[sample[-1]]["line"], self.line("eof"))

    def test_speedscope_schema(self):
        import jsonschema
        with open(node_module("speedscope", "dist", "release", "file-format-schema.json")) as file:
            schema = json.load(file)
        document = commands.load_report(self.written("speedscope"))
        validator = jsonschema.validators.validator_for(schema)(schema)
        self.assertEqual([error.message for error in validator.iter_errors(document)], [])

    def test_by_speedscope(self):
        """The program itself: it shows both of its formats."""
        index = node_module("speedscope", "dist", "release", "index.html")
        browser = os.environ.get("FINLEAK_BROWSER")
        if not browser:
            self.skipTest("no FINLEAK_BROWSER")
        for form, shown in ("speedscope", "sockets (1/2)"), ("folded", "report.folded"):
            with open(self.written(form), "rb") as file:
                arguments = json.dumps("report." + form), json.dumps(base64.b64encode(file.read()).decode())
            script = os.path.join(self.work, "profile.js")
            with open(script, "w") as file:
                file.write("speedscope.loadFileFromBase64(%s, %s)" % arguments)
            done = subprocess.run([browser, "--headless", "--no-sandbox", "--allow-file-access-from-files",
                                   "--user-data-dir=" + os.path.join(self.work, "browser"),
                                   "--virtual-time-budget=10000", "--dump-dom",
                                   "file://%s#localProfilePath=%s" % (index, script)],
                                  capture_output=True, text=True, timeout=120)
            text = html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", "", done.stdout, flags=re.S))
            self.assertIn(shown, text)
            self.assertIn("Sandwich", text)

    def test_pprof(self):
        profile = Pprof.read(self.written("pprof"))
        self.assertEqual(profile.types, [("close_wait", "count"), ("held", "seconds")])
        (stack, values, labels), = profile.samples
        self.assertEqual([SAMPLE] + stack[::-1], self.stack())
        self.assertEqual(values, [2, 1])
        self.assertEqual(labels, {"executable": SAMPLE, "class": "eof-unclosed",
                                  "id": self.leak["id"]})
        builds = {frame["build_id"] for frame in self.leak["stacks"]["eof"]}
        self.assertEqual(set(profile.builds), builds)

    def test_pprof_by_protoc(self):
        """By pprof's own schema: each field is known there, and each module has its build-id."""
        schema = os.path.join(PPROF_SOURCES, "proto", "profile.proto")
        if not os.path.exists(schema):
            self.skipTest("no golang-github-google-pprof-dev")
        with gzip.open(self.written("pprof")) as file:
            done = subprocess.run([needs("protoc"), "--decode=perftools.profiles.Profile",
                                   "-I" + os.path.dirname(schema), schema], input=file.read(),
                                  capture_output=True, check=True)
        text = done.stdout.decode()
        self.assertNotRegex(text, r"(?m)^ *\d+:")
        strings = [json.loads(line) for line in re.findall(r"(?m)^string_table: (.*)$", text)]
        mappings = [dict(re.findall(r"(\w+): (\d+)", mapping))
                    for mapping in re.findall(r"(?ms)^mapping \{\n(.*?)^\}", text)]
        self.assertTrue(mappings)
        for mapping in mappings:
            module, build = strings[int(mapping["filename"])], strings[int(mapping["build_id"])]
            notes = subprocess.run(["readelf", "-n", module], capture_output=True, text=True, check=True)
            self.assertIn("Build ID: %s\n" % build, notes.stdout)

    def test_pprof_by_go(self):
        home = os.path.join(self.work, "go")
        done = subprocess.run([needs("go"), "tool", "pprof", "-raw", self.written("pprof")],
                              capture_output=True, text=True,
                              env=commands.environment(HOME=home, GOFLAGS="", PPROF_TMPDIR=home))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"serve_connection \S*%s\.c:%d" % (SAMPLE, self.line("eof")))
        self.assertIn("id:[%s]" % self.leak["id"], done.stdout)

    def test_pprof_needs_a_file(self):
        self.needs_format("pprof")
        done = commands.finleak("report", "-f", "pprof", self.leaky)
        self.assertEqual((done.returncode, done.stdout), (125, ""))
        self.assertIn("needs an --output", done.stderr)


class OpenMetrics(Formats):
    SAMPLE = re.compile(r'(finleak_[a-z_]+)(?:\{([a-z]+="(?:[^"\\\\]|\\\\.)*"(?:,|(?=\})))+\})? \S+')

    def samples(self, text):
        """{line without its value: value}; each is there once."""
        self.assertTrue(text.endswith("\n# EOF\n"))
        found = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            self.assertRegex(line, self.SAMPLE)
            name, value = line.rsplit(" ", 1)
            self.assertNotIn(name, found)
            found[name] = float(value)
        return found

    def text(self, *arguments):
        with open(self.written("openmetrics", *arguments)) as file:
            return file.read()

    def check_leaky(self, text, common=""):
        """COMMON: the label that all have."""
        samples = self.samples(text)
        self.assertEqual(samples['finleak_leaked_sockets{%sexecutable="%s",class="eof-unclosed",id="%s"}'
                                 % (common, SAMPLE, self.leak["id"])], 2)
        self.assertEqual(samples['finleak_site_info{%sid="%s",site="%s.c:%d in serve_connection()"}'
                                 % (common, self.leak["id"], SAMPLE, self.line("eof"))], 1)
        return samples

    def test_numbers(self):
        samples = self.check_leaky(self.text())
        for key, name in ("opened", "sockets_opened"), ("eof", "eofs_read"), ("closed", "sockets_closed"):
            self.assertEqual(samples['finleak_%s_total{executable="%s"}' % (name, SAMPLE)],
                             sum(process[key] for process in self.document["processes"]))
        self.assertEqual(samples["finleak_not_judged"], 0)

    def test_clean(self):
        self.assertFalse([name for name in self.samples(self.text(self.clean))
                          if name.startswith("finleak_leaked_sockets")])

    def test_parsers(self):
        """Of OpenMetrics, and of the format that node_exporter reads."""
        try:
            from prometheus_client import openmetrics, parser
            import prometheus_client.openmetrics.parser
        except ImportError:
            self.skipTest("no python3-prometheus-client")
        text = self.text()
        for read in (openmetrics.parser, parser):
            found = {sample.name for family in read.text_string_to_metric_families(text)
                     for sample in family.samples}
            self.assertIn("finleak_leaked_sockets", found)
            self.assertIn("finleak_sockets_opened_total", found)

    def test_promtool(self):
        tool = needs("promtool")
        with open(self.written("openmetrics")) as file:
            done = subprocess.run([tool, "check", "metrics"], stdin=file, capture_output=True, text=True)
        self.assertNotIn("error while linting", done.stderr)
        rules = os.path.join(self.root, "..", "docs", "fleet", "finleak.rules.test.yml")
        done = subprocess.run([tool, "test", "rules", rules], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_textfile(self):
        folder = os.path.join(self.work, "collector")
        os.mkdir(folder)
        path = os.path.join(folder, "finleak.prom")
        done = commands.finleak("watch", "--textfile", path, self.leaky)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.listdir(folder), ["finleak.prom"])
        with open(path) as file:
            self.check_leaky(file.read(), 'recordings="leaky",')
        # A reader that has the old file open goes on reading it.
        with open(path) as old:
            inode = os.fstat(old.fileno()).st_ino
            commands.finleak("watch", "--textfile", path, self.leaky)
            self.assertNotEqual(os.stat(path).st_ino, inode)
            self.check_leaky(old.read(), 'recordings="leaky",')
        for name, message in ((path + "/none.prom", "cannot write"), (folder + "/name", ".prom")):
            done = commands.finleak("watch", "--textfile", name, self.leaky)
            self.assertEqual((done.returncode, done.stdout), (125, ""))
            self.assertIn(message, done.stderr)


class Pprof:
    """A profile, by the few fields of profile.proto that matter here."""
    @staticmethod
    def number(data, at):
        value = shift = 0
        while True:
            value |= (data[at] & 0x7f) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                return value, at

    @classmethod
    def fields(cls, data):
        """{field: [values]} of a message."""
        found, at = collections.defaultdict(list), 0
        while at < len(data):
            key, at = cls.number(data, at)
            value, at = cls.number(data, at)
            if key & 7 == 2:
                assert at + value <= len(data)
                value, at = data[at:at + value], at + value
            else:
                assert key & 7 == 0
            found[key >> 3].append(value)
        return found

    @classmethod
    def packed(cls, data):
        numbers, at = [], 0
        while at < len(data):
            value, at = cls.number(data, at)
            numbers.append(value)
        return numbers

    @classmethod
    def read(cls, path):
        with gzip.open(path) as file:
            message = cls.fields(file.read())
        profile = cls()
        strings = [text.decode() for text in message[6]]
        assert strings[0] == ""

        def text(fields, number):
            return strings[fields[number][0] if fields[number] else 0]

        profile.types = [(text(kind, 1), text(kind, 2)) for kind in map(cls.fields, message[1])]
        functions = {f[1][0]: text(f, 2) for f in map(cls.fields, message[5])}
        mappings = {m[1][0]: m for m in map(cls.fields, message[3])}
        profile.builds = [text(mapping, 6) for mapping in mappings.values()]
        locations = {}
        for location in map(cls.fields, message[4]):
            locations[location[1][0]] = [functions[cls.fields(line)[1][0]] for line in location[4]]
            for mapping in (mappings[number] for number in location[2]):
                assert mapping[2][0] <= location[3][0] < mapping[3][0]
        profile.samples = [
            ([name for location in cls.packed(sample[1][0]) for name in locations[location]],
             cls.packed(sample[2][0]),
             {text(label, 1): text(label, 2) for label in map(cls.fields, sample[3])})
            for sample in map(cls.fields, message[2])]
        return profile


if __name__ == "__main__":
    unittest.main()
