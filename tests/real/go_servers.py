# SPDX-License-Identifier: MIT
"""Go programs, which make system calls of their own: the kernel alone judges their sockets. Leaks
count, with class, peer and port; connections that are in use do not."""
import argparse
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
GATE = 9

COMMON = """
package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"time"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func pair(l net.Listener) (net.Conn, net.Conn) {
	client, err := net.Dial("tcp", l.Addr().String())
	must(err)
	server, err := l.Accept()
	must(err)
	return client, server
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	kept := use(listener)
	os.Stdout.WriteString("ready\\n")
	os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(kept)
	runtime.KeepAlive(listener)
}

var _ = io.Copy
var _ = time.Now
"""

# The ends of its connections are read, and nobody closes them.
LEAKS = COMMON + """
func use(l net.Listener) (kept []net.Conn) {
	for i := 0; i < 5; i++ {
		client, server := pair(l)
		client.Close()
		server.Read(make([]byte, 1))
		kept = append(kept, server)
	}
	return kept
}
"""

# Some connections stay open at both ends, others come, are served and go.
HEALTHY = COMMON + """
func use(l net.Listener) (kept []net.Conn) {
	for i := 0; i < 4; i++ {
		client, server := pair(l)
		kept = append(kept, client, server)
	}
	for i := 0; i < 400; i++ {
		client, server := pair(l)
		client.Write([]byte("x"))
		client.Close()
		io.Copy(io.Discard, server)
		server.Close()
		time.Sleep(time.Millisecond)
	}
	return kept
}
"""


def fail(what, *details):
    sys.exit("\n".join([what, *map(str, details)]))


def build(work, name, source):
    path = os.path.join(work, name)
    with open(path + ".go", "w") as file:
        file.write(source)
    environment = {**os.environ, "GOCACHE": os.path.join(work, "cache"), "GOFLAGS": "-mod=mod",
                   "GO111MODULE": "off", "CGO_ENABLED": "1"}
    subprocess.run(["go", "build", "-o", path, path + ".go"], check=True, env=environment)
    return path


def sample(process, recordings):
    """A sample of PROCESS, by finleak run, has been kept when this returns."""
    def kept():
        return [os.stat(path).st_mtime_ns
                for path in glob.glob(os.path.join(recordings, "*.observed"))]
    before = kept()
    process.send_signal(signal.SIGUSR1)
    while kept() in (before, []):
        if process.poll() is not None:
            fail("finleak has ended")
        time.sleep(0.005)


def run(finleak, work, program, *options):
    """Runs PROGRAM and samples it until --min-held has passed. Returns status, report and text."""
    recordings = tempfile.mkdtemp(dir=work)
    output = os.path.join(recordings, "report.json")
    process = subprocess.Popen(
        [finleak, "run", "--recorder=preload", "-e", str(GATE), "-d", recordings, "-f", "json",
         "-o", output, *options,
         "--", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True)
    process.stdout.readline()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        sample(process, recordings)
    _, errors = process.communicate("")
    with open(output) as file:
        document = json.load(file)
    text = subprocess.run([finleak, "report", recordings], stdout=subprocess.PIPE, text=True,
                          check=False).stdout
    return process.returncode, document, text, errors


def check_leaks(finleak, work):
    status, document, text, errors = run(finleak, work, build(work, "leaks", LEAKS))
    leaks = document["leaks"]
    if status != GATE or len(leaks) != 1:
        fail("the gate passed, or there is not one finding", status, leaks, errors)
    if (leaks[0]["class"], leaks[0]["count"], leaks[0]["verdict"]) != ("eof-unclosed", 5, "leak"):
        fail("wrong finding", leaks[0])
    if leaks[0]["site"] or not all(socket["peer"] and socket["local"]
                                   for socket in leaks[0]["sockets"]):
        fail("a line of code, or no peers", leaks[0])
    port = leaks[0]["sockets"][0]["local"].rsplit(":", 1)[1]
    for words in "5 sockets of leaks", "local port %s" % port, "It is a Go program":
        if words not in text:
            fail("the text does not have %r" % words, text)


def check_healthy(finleak, work):
    status, document, text, errors = run(finleak, work, build(work, "healthy", HEALTHY))
    if status or document["leaks"]:
        fail("a healthy program is reported", status, document["leaks"], errors)
    headline = text.splitlines()[0]
    if "no leaks; " not in headline or "no recorded call opened" not in headline:
        fail("the headline is silent about what was not recorded", headline)


# Waits with what it was started with.
IDLE = COMMON + """
func use(l net.Listener) []net.Conn { return nil }
"""


def check_inherited(finleak, work):
    """A connection that it was started with, and whose peer closed, is that of who started it."""
    program = build(work, "idle", IDLE)
    for as_input in False, True:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            server = listener.accept()[0]
            output = os.path.join(work, "idle.json")
            recordings = tempfile.mkdtemp(dir=work)
            process = subprocess.Popen(
                [finleak, "run", "--recorder=preload", "-e", str(GATE), "--min-held=0", "-f",
                 "json", "-o", output, "-d",
                 recordings, "--", program],
                stdin=server if as_input else subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, pass_fds=[server.fileno()])
            process.stdout.readline()
            server.close()
            sample(process, recordings)
            client.close()
            _, errors = process.communicate()
            with open(output) as file:
                document = json.load(file)
            if process.returncode or document["summary"]["leaked_sockets"]:
                fail("what it inherited is reported", process.returncode, document["leaks"],
                     errors)


def check_not_asked(finleak, work):
    """Without samples nothing is known of a Go program."""
    program = build(work, "unasked", HEALTHY)
    done = subprocess.run([finleak, "run", "--recorder=preload", "-e", str(GATE), "--observe=0",
                           "-d",
                           os.path.join(work, "unasked-recordings"), "--", program],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 125 or "Go program" not in done.stderr:
        fail("a gate that could not look has passed", done.returncode, done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--finleak", required=True)
    finleak = parser.parse_args().finleak
    if not shutil.which("go") or not shutil.which("gcc"):
        print("skipped: no Go toolchain")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as work:
        for check in check_leaks, check_healthy, check_inherited, check_not_asked:
            check(finleak, work)


if __name__ == "__main__":
    main()
