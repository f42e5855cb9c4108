# SPDX-License-Identifier: MIT
"""What finleak asks of node concerns the recorded process alone: not what it starts, nor what it sees."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FINLEAK = os.environ["FINLEAK"]
LIBRARY = os.environ["FINLEAK_LIBRARY"]
PATIENCE = 120

# What a program can see of the options that its node was started with.
SHOW = """
const { spawnSync } = require('child_process');
const { Worker } = require('worker_threads');
const vm = require('vm');
const show = "console.log(JSON.stringify([process.env.NODE_OPTIONS, process.execArgv,"
    + "Object.keys(require.cache), Object.keys(process.env).filter((name) => /NODE/.test(name))]))";
eval(show);
for (const environment of [process.env, { ...process.env, LD_PRELOAD: '', FINLEAK_OPTIONS: '' }])
    process.stdout.write(spawnSync(process.execPath, ['-e', show], { env: environment }).stdout);
new Worker(show, { eval: true });
new Worker(show, { eval: true, env: { ...process.env } }).on('error', (error) => console.log(error.message));
"""
# Is the code that a node without finleak has kept of any use to one that is not recorded?
CACHE = """
const vm = require('vm');
const { spawnSync } = require('child_process');
const text = 'function a() { return 1; } a();';
if (process.argv.length > 1) {
    const cachedData = Buffer.from(process.argv[1], 'hex');
    console.log(new vm.Script(text, { cachedData }).cachedDataRejected);
} else {
    const own = new vm.Script(text).createCachedData().toString('hex');
    console.log(own);
}
"""


def node(*arguments, **variables):
    return subprocess.run(["node", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE, env={**os.environ, **variables})


class Options(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="finleak-scripts.")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_recorded(self, *command, **variables):
        return subprocess.run([FINLEAK, "run", "-d", os.path.join(self.folder, "recordings"), "-o", os.devnull, "--",
                               *command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE, env={**os.environ, **variables})

    def test_program_sees_its_own_options(self):
        for options in (None, "", "--no-warnings", "--no-warnings  --require \"path\"", "--interpreted-frames-native-stack"):
            variables = {} if options is None else {"NODE_OPTIONS": options}
            with self.subTest(options):
                bare, recorded = node("-e", SHOW, **variables), self.run_recorded("node", "-e", SHOW, **variables)
                self.assertEqual(sorted(recorded.stdout.splitlines()), sorted(bare.stdout.splitlines()))
                self.assertEqual(recorded.returncode, 0, recorded.stderr)

    def test_programs_that_are_not_node_see_nothing(self):
        done = self.run_recorded("sh", "-c", "echo ${NODE_OPTIONS-none}; env | grep -c finleak-node")
        self.assertEqual(done.stdout, "none\n0\n")

    def test_starts_where_recorder_is_not_visible(self):
        """A container or chroot that has inherited the environment."""
        hide = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                "mount -t tmpfs none '%s' && exec \"$@\"" % os.path.dirname(LIBRARY), "hide"]
        if subprocess.run([*hide, "true"], capture_output=True).returncode:
            self.skipTest("no namespaces")
        for command in (["node", "-p", "6 * 7"],
                        ["node", "-e", "require('child_process').spawnSync(process.execPath, "
                                       "['-p', '6 * 7'], { stdio: 'inherit' })"]):
            done = self.run_recorded(*hide, *command)
            self.assertEqual((done.returncode, done.stdout), (0, "42\n"), done.stderr)
        hidden = json.dumps([*hide, "node", "-p", "6 * 7"])
        done = self.run_recorded("node", "-e", "const [command, ...given] = %s; require('child_process')"
                                 ".spawnSync(command, given, { stdio: 'inherit' })" % hidden)
        self.assertEqual((done.returncode, done.stdout), (0, "42\n"), done.stderr)

    def test_child_that_is_not_recorded_keeps_its_code(self):
        """It leaves no map behind, and accepts the code that V8 has cached."""
        kept = node("-e", CACHE).stdout.strip()
        done = self.run_recorded("env", "LD_PRELOAD=", "node", "-e", CACHE, kept)
        self.assertEqual(done.stdout, "false\n", done.stderr)
        before = set(glob.glob("/tmp/perf-*.map"))
        done = self.run_recorded("sh", "-c", "LD_PRELOAD= node -p process.pid")
        self.assertFalse(os.path.exists("/tmp/perf-%s.map" % done.stdout.strip()), before)

    def test_refused_options_start_as_without(self):
        for option in (["--experimental-permission", "--allow-fs-read=*"], ["--snapshot-blob=x"]):
            for shell in ([], ["sh", "-c", "exec \"$@\"", "sh"]):
                command = ["node", *option, "-p", "process.permission?.has('fs.read', '/tmp')"]
                bare = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
                done = self.run_recorded(*shell, *command)
                self.assertEqual((done.returncode, done.stdout), (bare.returncode, bare.stdout), done.stderr)
                self.assertNotIn("node runs with", done.stderr)

    def test_by_preload_alone_on_request(self):
        for wanted, count in (":script-frames=1", 1), (":script-frames=0", 0), ("", 0):
            before = set(glob.glob("/tmp/perf-*.map"))
            done = node("-p", "process.pid", LD_PRELOAD=LIBRARY,
                        FINLEAK_OPTIONS="recordings=" + self.folder + wanted)
            path = "/tmp/perf-%s.map" % done.stdout.strip()
            made = os.path.exists(path) and path not in before
            self.assertEqual(made, bool(count), done.stderr)
            if count:
                os.unlink(path)

    def test_recorder_counts_in_no_coverage(self):
        test = os.path.join(self.folder, "own.test.js")
        with open(test, "w") as file:
            file.write("require('node:test')('own', () => {});\n")
        options = ["--test", "--experimental-test-coverage", "--test-reporter=tap", test]
        bare, recorded = node(*options), self.run_recorded("node", *options)
        self.assertIn("own.test.js", bare.stdout)
        covered = [[line for line in re.sub(r"\d+\.\d+", "N", done.stdout).splitlines() if "|" in line]
                   for done in (bare, recorded)]
        self.assertEqual(*covered)


if __name__ == "__main__":
    if not shutil.which("node"):
        sys.exit(77)
    unittest.main(verbosity=2)
