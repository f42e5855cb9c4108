# SPDX-License-Identifier: MIT
"""Root's report on another user's recordings prints no line of a file that this user could not read,
however the file is named."""
import os
import pwd
import shutil
import subprocess

import trust

SECRET = "root-only-0x5ec2e7"

LEAK = """
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#line 1 "%s"
static int leak(int listener, struct sockaddr_in *address) { int client = socket(AF_INET, SOCK_STREAM, 0), server; char byte; connect(client, (struct sockaddr *)address, sizeof(*address)); server = accept(listener, NULL, NULL); close(client); return read(server, &byte, 1); }
int main(void) { struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } }; socklen_t size = sizeof(address); int listener = socket(AF_INET, SOCK_STREAM, 0); listen(listener, 5); getsockname(listener, (struct sockaddr *)&address, &size); return leak(listener, &address); }
"""


class ForeignSources(trust.Test):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("not root")
        try:
            self.user = pwd.getpwnam("nobody")
        except KeyError:
            self.skipTest("no user nobody")
        os.chmod(self.folder, 0o755)
        # The build folder may be closed to others.
        self.library = self.folder / "libfinleak.so"
        shutil.copy(trust.LIBRARY, self.library)
        self.theirs = self.folder / "theirs"
        self.theirs.mkdir()
        os.chown(self.theirs, self.user.pw_uid, self.user.pw_gid)

    def record(self, name):
        """The folder of recordings of the user's program whose source claims to be NAME."""
        program = self.theirs / "program"
        subprocess.run(["cc", "-xc", "-g", "-O1", "-fno-inline", "-w", "-", "-o", program],
                       input=(LEAK % name).encode(), check=True)
        recordings = self.theirs / "recordings"
        shutil.rmtree(recordings, ignore_errors=True)
        subprocess.run([program], check=True, stdin=subprocess.DEVNULL, cwd=self.theirs,
                       user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[],
                       env={"PATH": os.environ["PATH"], "LD_PRELOAD": str(self.library),
                            "FINLEAK_OPTIONS": f"recordings={recordings}"})
        return recordings

    def report(self, recordings, *more, form="text"):
        done = self.finleak("report", "--all", "--min-held=0", "-f", form, recordings, *more)
        self.assertEqual(done.status, 0, done)
        self.assertIn(b"eof-unclosed", done.out)
        self.assertIn(b"leak", done.out)
        return (done.out + done.err).decode(errors="replace")

    def secret(self, path, mode=0o600):
        path.write_text(SECRET + "\n")
        os.chmod(path, mode)
        return path

    def test_readable(self):
        """The control: what the user can read is printed."""
        path = self.secret(self.theirs / "source.c", 0o644)
        self.assertIn(SECRET, self.report(self.record(path)))

    def test_not_readable(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0o700)
        behind = self.secret(closed / "source.c", 0o644)
        secret = self.secret(self.folder / "secret")
        link = self.theirs / "link"
        link.symlink_to(secret)
        through = self.theirs / "through"
        through.symlink_to(closed)
        hard = self.theirs / "hard"
        os.link(secret, hard)
        names = [secret, behind, link, through / "source.c", hard,
                 f"/proc/self/root{secret}", f"/proc/1/root{secret}", f"/proc/{os.getpid()}/root{secret}",
                 f"/proc/self/cwd/../..{secret}", f"{self.theirs}/../secret"]
        for name in names:
            with self.subTest(name=name):
                recordings = self.record(name)
                for form in ("text", "json"):
                    self.assertNotIn(SECRET, self.report(recordings, form=form))

    def test_access_list(self):
        if not shutil.which("setfacl"):
            self.skipTest("no setfacl")
        path = self.secret(self.folder / "listed", 0o644)
        if subprocess.run(["setfacl", "-m", "u:nobody:---", path]).returncode:
            self.skipTest("no access lists here")
        self.assertNotIn(SECRET, self.report(self.record(path)))

    def test_beside_a_recording_of_root(self):
        """A report on root's recording as well is still no way to read what is root's."""
        path = self.secret(self.folder / "secret")
        recordings = self.record(path)
        own = self.recorded()
        self.assertNotIn(SECRET, self.report(own.parent, recordings))
        self.assertNotIn(SECRET, self.report(recordings, own.parent))

    def test_environment(self):
        """Not of the report's own process either."""
        for name in ("/proc/self/environ", "/proc/self/cmdline", "/proc/self/mem"):
            self.assertNotIn("PATH=", self.report(self.record(name)))


if __name__ == "__main__":
    trust.main()
