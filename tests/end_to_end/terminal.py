# SPDX-License-Identifier: MIT
"""A real terminal for a test: a pane of tmux, with a shell in it."""
import os
import re
import shlex
import subprocess

import commands

WIDTH, HEIGHT = 80, 24


class Terminal:
    """Ends with the `with` block. FOLDER is where its shell is, for files of its own, too."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.socket = os.path.join(folder, "tmux")
        # A prompt of the shell's own would differ for root.
        prompt = os.path.join(folder, "prompt")
        with open(prompt, "w") as file:
            file.write("PS1='$ '\n")
        self.environment = commands.environment(ENV=prompt, LC_ALL="C.UTF-8", **environment)
        self.environment.pop("TMUX", None)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT),
                  "-c", folder, "sh")
        try:
            self.wait_for(r"^\$ *$")
        except AssertionError:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """The terminal goes away, and so does all that ran in it: it would write on in FOLDER."""
        leader = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)
        commands.wait_for("the end of what ran in the terminal", lambda: not re.search(
            r"^[^Z]", subprocess.run(["ps", "--no-headers", "-o", "stat", "-s", leader],
                                     capture_output=True, text=True).stdout, re.M))

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], check=True, text=True,
                              capture_output=True, env=self.environment, cwd=self.folder,
                              timeout=commands.PATIENCE).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def wait_for(self, pattern):
        """Returns the match on the screen."""
        try:
            return commands.wait_for("%r on the screen" % pattern,
                                     lambda: re.search(pattern, self.screen(), re.M))
        except AssertionError as error:
            raise AssertionError("%s, which was\n%s" % (error, self.screen())) from None

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def start(self, *command, terminal=None):
        """Runs COMMAND; its pid and later its status are in files."""
        for name in ("pid", "status", "modes_before", "modes_after"):
            if os.path.exists(os.path.join(self.folder, name)):
                os.unlink(os.path.join(self.folder, name))
        with open(os.path.join(self.folder, "go"), "w") as script:
            script.write("trap : INT QUIT\nclear\nstty -g > modes_before\n%ssh -c 'echo $$ > pid; exec \"$@\"' sh %s\n"
                         "echo $? > status.new; stty -g > modes_after; mv status.new status\n" % (
                             "TERM=%s " % terminal if terminal else "",
                             " ".join(map(shlex.quote, command))))
        self.press(". ./go", "Enter")

    def read(self, name):
        try:
            with open(os.path.join(self.folder, name)) as file:
                return file.read().strip()
        except FileNotFoundError:
            return ""

    def pid(self):
        return int(commands.wait_for("the program in the terminal", lambda: self.read("pid")))

    def status(self):
        """Of the program, when it has ended."""
        return int(commands.wait_for("the end of the program", lambda: self.read("status")))

    def differences(self):
        """What the program left other than it was: "" nothing."""
        left = []
        if self.read("modes_before") != self.read("modes_after"):
            left.append("modes")
        flags = self.tmux("display-message", "-p",
                          "#{alternate_on} #{cursor_flag} #{keypad_flag} #{keypad_cursor_flag}")
        if flags.split() != ["0", "1", "0", "0"]:
            left.append("alternate screen, cursor, keypad: " + flags)
        return ", ".join(left)
