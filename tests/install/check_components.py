# SPDX-License-Identifier: MIT
"""Installs finleak below a folder of its own (DESTDIR), component by component: each has its files,
together they are what is installed, and what is installed works there, far from its prefix."""
import os
import subprocess
import tempfile
import unittest

ENV = os.environ
PAGES = ("finleak.1", "finleak-run.1", "finleak-attach.1", "finleak-report.1", "finleak-watch.1", "finleak-scan.1",
         "finleak-diff.1", "finleak-pack.1", "finleak-explain.1", "finleak-classes.7", "libfinleak.7")
COMPONENTS = {
    "finleak-runtime": {"%s/finleak" % ENV["BINDIR"],
                        "share/doc/finleak/copyright",
                        "share/bash-completion/completions/finleak",
                        "share/zsh/site-functions/_finleak",
                        "share/fish/vendor_completions.d/finleak.fish"},
    "finleak-recorder": {"%s/finleak/%s" % (ENV["LIBDIR"], name)
                         for name in ("libfinleak.so", "node_modules/finleak-node.js", "finleak-node.node")},
    "finleak-doc": {"%s/man%s/%s" % (ENV["MANDIR"], page[-1], page) for page in PAGES} |
                   {"share/doc/finleak/" + name
                    for name in ("CI.md", "CLASSES.md", "FLEET.md", "JSON.md", "LANGUAGES.md",
                                 "LIMITATIONS.md", "PERFORMANCE.md", "RECIPES.md", "RELIABILITY.md",
                                 "TROUBLESHOOTING.md", "TUTORIAL.md", "WHICH_TOOL.md",
                                 "fleet/finleak.rules.yml", "fleet/grafana-dashboard.json",
                                 "report.schema.json")},
    "finleak-development": {"share/finleak/finleak_pytest.py",
                            "%s/finleak.h" % ENV["INCLUDEDIR"],
                            "%s/finleak_catch2.h" % ENV["INCLUDEDIR"],
                            "%s/finleak_cmocka.h" % ENV["INCLUDEDIR"],
                            "%s/finleak_gtest.h" % ENV["INCLUDEDIR"],
                            "%s/pkgconfig/finleak.pc" % ENV["LIBDIR"],
                            "%s/cmake/finleak/finleak-config.cmake" % ENV["LIBDIR"],
                            "%s/cmake/finleak/finleak-functions.cmake" % ENV["LIBDIR"],
                            "%s/cmake/finleak/finleak-config-version.cmake" % ENV["LIBDIR"]},
}


def without_finleak():
    return {name: value for name, value in ENV.items() if not name.startswith("FINLEAK_")}


def files(folder):
    return {os.path.relpath(os.path.join(path, name), folder)
            for path, _, names in os.walk(folder) for name in names}


class Components(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="installed.", dir=ENV["FINLEAK_BUILD"])
        self.addCleanup(folder.cleanup)
        self.work = folder.name
        self.root = os.path.join(self.work, "root")
        self.prefix = self.root + ENV["PREFIX"]
        self.recordings = os.path.join(self.work, "recordings")

    def install(self, *components):
        for component in components:
            subprocess.run([ENV["CMAKE"], "--install", ENV["FINLEAK_BUILD"], "--component", component],
                           env=dict(ENV, DESTDIR=self.root), stdout=subprocess.DEVNULL, check=True)

    def finleak(self, *arguments):
        return subprocess.run([os.path.join(self.prefix, ENV["BINDIR"], "finleak"), *arguments],
                              cwd=self.work, env=without_finleak(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)

    def run_sample(self, sample):
        return self.finleak("run", "--recorder=preload", "--error-exitcode=9", "--min-held=0ms",
                            "--recordings=" + self.recordings, "--", sample)

    def pkg_config(self, *options):
        path = os.path.join(self.prefix, ENV["LIBDIR"], "pkgconfig")
        return subprocess.run([ENV["PKG_CONFIG"], *options, "finleak"],
                              env=dict(ENV, PKG_CONFIG_PATH=path), stdout=subprocess.PIPE, text=True,
                              check=True).stdout.strip()

    def test_each_component_has_its_files(self):
        wanted = set()
        for component, own in COMPONENTS.items():
            self.install(component)
            wanted |= own
            self.assertEqual(files(self.prefix), wanted, component)

    def test_no_file_is_without_a_component(self):
        subprocess.run([ENV["CMAKE"], "--install", ENV["FINLEAK_BUILD"]],
                       env=dict(ENV, DESTDIR=self.root), stdout=subprocess.DEVNULL, check=True)
        self.assertEqual({os.path.join(self.root, name) for name in files(self.root)},
                         {os.path.join(self.prefix, name)
                          for name in set().union(*COMPONENTS.values())})

    def test_the_command_finds_the_recorder_beside_it(self):
        self.install("finleak-runtime")
        self.assertEqual(self.run_sample(ENV["SAMPLE"]).returncode, 125)
        self.install("finleak-recorder")
        done = self.run_sample(ENV["SAMPLE"])
        self.assertEqual(done.returncode, 9, done.stdout)
        self.assertIn("eof-unclosed", done.stdout)
        done = self.run_sample(ENV["SAMPLE_FIXED"])
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_pkg_config_knows_the_recorder(self):
        self.install(*COMPONENTS)
        self.assertEqual(self.pkg_config("--modversion"), ENV["FINLEAK_VERSION"])
        self.assertEqual(self.pkg_config("--libs"), "")
        self.assertEqual(os.path.realpath(self.pkg_config("--cflags")[2:]),
                         os.path.realpath(os.path.join(self.prefix, ENV["INCLUDEDIR"])))
        preload = self.pkg_config("--variable=preload")
        self.assertEqual(os.path.realpath(preload), os.path.realpath(os.path.join(
            self.prefix, ENV["LIBDIR"], "finleak", "libfinleak.so")))
        # As a program is recorded without `finleak run`.
        os.mkdir(self.recordings)
        subprocess.run([ENV["SAMPLE"]], stdout=subprocess.DEVNULL, timeout=120, check=True,
                       env=dict(without_finleak(), LD_PRELOAD=preload,
                                FINLEAK_OPTIONS="recordings=" + self.recordings))
        done = self.finleak("report", "--error-exitcode=9", "--min-held=0ms", self.recordings)
        self.assertEqual(done.returncode, 9, done.stdout)

    def test_find_package_finds_the_command_and_the_recorder(self):
        self.install(*COMPONENTS)
        source = os.path.join(self.work, "source")
        os.mkdir(source)
        with open(os.path.join(source, "CMakeLists.txt"), "w") as file:
            file.write("""cmake_minimum_required(VERSION 3.20)
project(user NONE)
find_package(finleak %s REQUIRED)
get_target_property(command finleak::finleak LOCATION)
get_target_property(recorder finleak::preload LOCATION)
file(WRITE found "${command}\n${recorder}\n")
""" % ENV["FINLEAK_VERSION"])
        subprocess.run([ENV["CMAKE"], "-S", source, "-B", os.path.join(self.work, "user"), "-G",
                        "Ninja", "-DCMAKE_PREFIX_PATH=" + self.prefix], check=True,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(source, "found")) as file:
            found = [os.path.relpath(line.strip(), self.prefix) for line in file]
        self.assertEqual(found, [os.path.join(ENV["BINDIR"], "finleak"),
                                 os.path.join(ENV["LIBDIR"], "finleak", "libfinleak.so")])


unittest.main()
