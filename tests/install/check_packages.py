# SPDX-License-Identifier: MIT
"""The packages that cpack makes: they install, work and leave nothing behind, in a root of their own
(an overlay over this machine's, so that what they depend on is there)."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ENV = os.environ
BUILD = ENV["FINLEAK_BUILD"]
# Directories of the running system that the overlay shows as they are.
SHARED = ("proc", "dev", "sys")


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300, **options)
    if done.returncode != 0:
        raise AssertionError("%s: status %d\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


# In a mount namespace that ends with the shell: chroot to an overlay of / whose changes go to $1.
IN_ROOT = r"""
set -eu
work=$1; shift
mkdir -p "$work/changes" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/changes,workdir=$work/work" "$work/root"
for folder in proc dev sys; do mount --rbind /$folder "$work/root/$folder"; done
exec chroot "$work/root" sh -euc "$@"
"""


def overlay_works():
    if os.getuid() != 0:
        return False
    with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
        return subprocess.run(["unshare", "-m", "sh", "-c", IN_ROOT, "sh", work, "true"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="packages.", dir="/dev/shm")
        self.addCleanup(folder.cleanup)
        self.work = folder.name

    def package(self, generator):
        cpack = re.sub("cmake$", "cpack", ENV["CMAKE"])
        run(cpack, "-G", generator, "-B", os.path.join(self.work, generator), cwd=BUILD)
        made, = [entry.path for entry in os.scandir(os.path.join(self.work, generator))
                 if entry.name.endswith("." + generator.lower())]
        self.assertIn(ENV["FINLEAK_VERSION"], os.path.basename(made))
        return made

    def left_behind(self):
        """What a package manager keeps of its own aside."""
        changes = os.path.join(self.work, "changes")
        return {os.path.relpath(os.path.join(path, name), changes)
                for path, _, names in os.walk(changes) for name in names
                if "finleak" in os.path.join(path, name)[len(changes):]}

    def check(self, package, install, remove):
        """Installs PACKAGE, finds a leak by it, removes it; in between Python compiles its plugin."""
        in_root = os.path.join(self.work, "root")
        shutil.copy(package, "/dev/shm/")
        copied = os.path.join("/dev/shm", os.path.basename(package))
        self.addCleanup(os.remove, copied)
        script = "%s >/dev/null; %s; status=0; cd /dev/shm; " \
                 "finleak run -e 9 -d '%s/recordings' -- '%s' >/dev/null 2>'%s/report' || status=$?; " \
                 "echo \"status $status\"; finleak --version; " \
                 "python3 -m compileall -q /usr/share/finleak; %s >/dev/null" % (
                     install % copied, "hash -r", self.work, ENV["SAMPLE"], self.work, remove)
        printed = run("unshare", "-m", "sh", "-c", IN_ROOT, "sh", self.work, script,
                      env=dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin"))
        self.assertIn("status 9\n", printed)
        self.assertIn("finleak " + ENV["FINLEAK_VERSION"], printed)
        self.assertEqual(self.left_behind(), set())
        self.assertTrue(os.path.isdir(in_root))

    @unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "dpkg-dev is not installed")
    @unittest.skipUnless(overlay_works(), "needs root and overlayfs")
    def test_debian_package(self):
        package = self.package("DEB")
        self.check(package, "dpkg -i '%s'", "dpkg -P finleak")

    @unittest.skipUnless(shutil.which("rpmbuild"), "rpmbuild is not installed")
    @unittest.skipUnless(overlay_works(), "needs root and overlayfs")
    def test_rpm_package(self):
        package = self.package("RPM")
        # On Debian no rpm provides what it needs.
        self.check(package, "rpm --initdb; rpm -i --nodeps '%s'", "rpm -e finleak")

    @unittest.skipUnless(shutil.which("rpmbuild"), "rpmbuild is not installed")
    def test_rpm_package_owns_only_what_is_finleaks(self):
        for path in run("rpm", "-qpl", self.package("RPM")).splitlines():
            self.assertRegex(path, "finleak|/usr/lib/.build-id")


unittest.main()
