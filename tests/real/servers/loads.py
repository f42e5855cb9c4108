# SPDX-License-Identifier: MIT
"""What clients do to a server of the tables: a function for each protocol, which is given a Place
and returns the answers that must be the same bare and recorded.

Each one ends connections in the ways that clients do: after the server, before it, in the midst of
a request, and by a reset."""
import contextlib
import ftplib
import hashlib
import http.client
import imaplib
import re
import smtplib
import socket
import ssl
import struct
import subprocess

import under_finleak as base

PATIENCE = 30  # seconds one answer may take


class Place:
    """Where a server is: what stands between @ signs in its row."""

    def __init__(self, values):
        self.values = values

    def __getattr__(self, name):
        return self.values[name]

    def connect(self, name="port"):
        return socket.create_connection(("127.0.0.1", self.values[name]), timeout=PATIENCE)


def short(data):
    """An answer, short enough to print."""
    data = data if isinstance(data, bytes) else data.encode()
    return f"{len(data)} bytes, {hashlib.sha256(data).hexdigest()[:12]}"


def leave_rudely(place, text, times=3, name="port"):
    """Clients that send the beginning of something and go: by a FIN, at once, and by a reset."""
    for number in range(times):
        with contextlib.suppress(ConnectionError), place.connect(name) as connection:
            if number % 2:
                connection.sendall(text)
            if number % 3 == 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def ask(connection, text, until):
    """Sends TEXT and reads until the answer matches UNTIL; returns the match's groups or text."""
    connection.sendall(text if isinstance(text, bytes) else text.encode())
    answer = b""
    while not (found := re.search(until, answer)):
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError(f"EOF after {answer!r}, {until!r} expected")
        answer += chunk
    return found.group(found.lastindex or 0).decode(errors="backslashreplace")


# --- the web ----------------------------------------------------------------------------------

def http_pages(place, *pages, port="port", prefix="", context=None):
    """A kept connection for all pages, then a connection for each."""
    def connection():
        if context:
            return http.client.HTTPSConnection("127.0.0.1", place.values[port], timeout=PATIENCE,
                                               context=context)
        return http.client.HTTPConnection("127.0.0.1", place.values[port], timeout=PATIENCE)

    def get(from_where, page, **headers):
        for once_more in True, False:
            try:
                from_where.request("GET", prefix + page, headers=headers)
                answer = from_where.getresponse()
                break
            except http.client.RemoteDisconnected:  # it does not keep connections, or no longer
                from_where.close()
                if not once_more:
                    raise
        return answer.status, short(answer.read())

    kept, seen = connection(), []
    for page in pages * 3:
        seen.append(get(kept, page))
    kept.close()
    for page in pages * 3:
        with contextlib.closing(connection()) as one:
            seen.append(get(one, page, Connection="close"))
    return sorted(set(seen))


def web(place):
    seen = http_pages(place, "/page", "/none")
    leave_rudely(place, b"GET /page HTTP/1.1\r\nHo")
    return seen


def web_application(place):
    """What an application answers, and what it answers to a POST."""
    seen = http_pages(place, "/page")
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=PATIENCE)
    connection.request("POST", "/page", b"x" * 100_000)
    seen.append((connection.getresponse().status,))
    connection.close()
    leave_rudely(place, b"POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
    return seen


def web_proxy(place):
    """Through the proxy to the origin, and a tunnel."""
    seen = http_pages(place, "/one", "/two", prefix=f"http://127.0.0.1:{place.origin}")
    with place.connect() as connection:
        seen.append(ask(connection, f"CONNECT 127.0.0.1:{place.origin} HTTP/1.0\r\n\r\n",
                        rb"HTTP/1.. (\d+)[^\n]*\n(?:[^\n]+\n)*\r\n"))
        seen.append(ask(connection, "GET /tunnel HTTP/1.0\r\n\r\n", rb"the origin's \S+"))
    leave_rudely(place, f"GET http://127.0.0.1:{place.origin}/ HTTP/1.1\r\n".encode())
    return seen


def web_front(place):
    """A server that asks the origin for its pages."""
    seen = http_pages(place, "/one", "/two")
    leave_rudely(place, b"GET /page HTTP/1.1\r\nHo")
    return seen


def web_tls(place):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    seen = http_pages(place, "/one", "/two", context=context)
    leave_rudely(place, b"\x16\x03\x01\x02\x00\x01")
    return seen


def debugger(place):
    """A browser's, for whoever drives it by its port."""
    seen = http_pages(place, "/json/protocol", "/none")
    leave_rudely(place, b"GET /json/version HTTP/1.1\r\nHo")
    return seen


# --- names ------------------------------------------------------------------------------------

def dns_question(name, number=7):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    message = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    return struct.pack(">H", len(message)) + message


def names(place):
    """Questions over TCP: one a connection, and many."""
    def answer(connection, name):
        connection.sendall(dns_question(name))
        with connection.makefile("rb") as stream:
            message = stream.read(struct.unpack(">H", stream.read(2))[0])
        return message[3] & 15, socket.inet_ntoa(message[-4:]) if message[7] else None

    seen = []
    with place.connect() as kept:
        for number in range(3):
            seen.append(answer(kept, f"host{number}.finleak.test"))
    for number in range(4):
        with place.connect() as connection:
            seen.append(answer(connection, f"host{number}.finleak.test"))
    leave_rudely(place, dns_question("host.finleak.test")[:9])
    return seen


# --- mail -------------------------------------------------------------------------------------

def mail_in(place):
    seen = []
    for number in range(4):
        with smtplib.SMTP("127.0.0.1", place.port, timeout=PATIENCE) as connection:
            connection.ehlo("client.test")
            connection.sendmail("one@finleak.test", [f"{place.user}@finleak.test"],
                                f"Subject: {number}\r\n\r\nHello.\r\n")
            seen.append(connection.noop()[0])
    with smtplib.SMTP("127.0.0.1", place.port, timeout=PATIENCE) as connection:
        seen.append(connection.docmd("MAIL", "FROM:<>>")[0])
    leave_rudely(place, b"EHLO a\r\nMAIL FR")
    return seen


def mail_box(place):
    seen = []
    for _ in range(4):
        with imaplib.IMAP4("127.0.0.1", place.port, timeout=PATIENCE) as connection:
            seen.append(connection.login("tester", "secret")[0])
            seen.append(connection.select("INBOX")[0])
            seen.append(connection.noop()[0])
    connection = imaplib.IMAP4("127.0.0.1", place.port, timeout=PATIENCE)
    connection.login("tester", "secret")
    connection.shutdown()  # without LOGOUT
    leave_rudely(place, b"a LOGIN tes")
    return seen


# --- files ------------------------------------------------------------------------------------

def files_by_ftp(place):
    seen = []
    for passive in True, False, True:
        with ftplib.FTP() as connection:
            connection.connect("127.0.0.1", place.port, timeout=PATIENCE)
            connection.login("anonymous", "guest@finleak.test")
            connection.set_pasv(passive)
            text = []
            connection.retrbinary("RETR page", text.append)
            seen += [short(b"".join(text)), [name for name in connection.nlst() if name == "page"]]
            with contextlib.suppress(ftplib.error_perm):
                connection.retrbinary("RETR none", text.append)
    leave_rudely(place, b"USER anonymous\r\nPA")
    return seen


def files_by_rsync(place):
    seen = []
    for _ in range(4):
        printed = base.client([place.rsync, "--list-only", f"rsync://127.0.0.1:{place.port}/files/"])
        seen.append("page" in printed)
    seen.append(short(subprocess.run([place.rsync, "--no-motd",
                                      f"rsync://127.0.0.1:{place.port}/none/"], text=True,
                                     stderr=subprocess.PIPE, timeout=PATIENCE,
                                     check=False).stderr.partition("(code")[0]))
    leave_rudely(place, b"@RSYNCD: 31.0\n")
    return seen


def files_by_git(place):
    seen = [base.client([place.git, "ls-remote", f"git://127.0.0.1:{place.port}/tree.git"])
            for _ in range(4)]
    leave_rudely(place, b"0030git-upload-p")
    return seen


# --- stores and messages ----------------------------------------------------------------------

def memcached(place):
    seen = []
    with place.connect() as kept:
        seen.append(ask(kept, "set a 0 0 5\r\nhello\r\n", rb"STORED"))
        for _ in range(20):
            seen.append(ask(kept, "get a\r\n", rb"VALUE a 0 5\r\n(\w+)\r\nEND"))
    for _ in range(10):
        with place.connect() as connection:
            seen.append(ask(connection, "get a\r\n", rb"VALUE a 0 5\r\n(\w+)\r\nEND"))
    leave_rudely(place, b"set a 0 0 5\r\nhel")
    return sorted(set(seen))


def mqtt(place):
    def connected(name):
        connection = place.connect()
        payload = b"\0\4MQTT\4\2\0\x3c" + struct.pack(">H", len(name)) + name
        connection.sendall(bytes([0x10, len(payload)]) + payload)
        assert connection.recv(4) == b"\x20\2\0\0"
        return connection

    def publish(topic, text):
        payload = struct.pack(">H", len(topic)) + topic + text
        return bytes([0x30, len(payload)]) + payload

    seen = []
    unique = str(id(seen)).encode()
    with connected(b"reader" + unique) as reader:
        topic = b"news/" + unique
        reader.sendall(b"\x82" + bytes([5 + len(topic)]) + b"\0\1" +
                       struct.pack(">H", len(topic)) + topic + b"\0")
        assert reader.recv(5)[:1] == b"\x90"
        for number in range(10):
            with connected(b"writer%d" % number + unique) as writer:
                writer.sendall(publish(topic, b"hello"))
                if number % 2:
                    writer.sendall(b"\xe0\0")  # DISCONNECT
            seen.append(ask(reader, b"", rb"hello"))
    leave_rudely(place, b"\x10\x20\0\4MQ")
    return seen


def irc(place):
    seen = []
    for number in range(4):
        with place.connect() as connection:
            nick = f"n{connection.getsockname()[1]}"
            ask(connection, f"NICK {nick}\r\nUSER a 0 * :a\r\n", rb" (?:376|422) ")
            seen.append(ask(connection, f"JOIN #c{nick}\r\n", rb" 366 "))
            if number % 2:
                seen.append(ask(connection, "QUIT :bye\r\n", rb"ERROR"))
    leave_rudely(place, b"NICK a\r\nUS")
    return seen


def sql(place):
    seen = []
    for question in "select 1+1", "select count(*) from mysql.user where user = 'root'", "selec":
        done = subprocess.run([place.mariadb, "--no-defaults", "-h", "127.0.0.1", "-P",
                               str(place.port), "-u", "tester", "--password=secret",
                               "--skip-ssl", "-N", "-e", question],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=PATIENCE, check=False)
        seen.append((done.returncode, done.stdout, done.stderr[:60]))
    leave_rudely(place, b"\x01\0\0\0")
    return seen


def directory(place):
    seen = []
    for _ in range(4):
        printed = base.client([place.ldapsearch, "-x", "-LLL", "-H", f"ldap://127.0.0.1:{place.port}",
                            "-b", "", "-s", "base", "+"])
        seen.append(re.findall(r"supportedLDAPVersion: .*", printed))
    leave_rudely(place, b"\x30\x0c\x02\x01")
    return seen


def presence(place):
    """XMPP, up to what the server offers."""
    seen = []
    hello = ("<?xml version='1.0'?><stream:stream to='localhost' version='1.0' "
             "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")
    for number in range(5):
        with place.connect() as connection:
            seen.append(ask(connection, hello, rb"<stream:features"))
            if number % 2:
                seen.append(ask(connection, "</stream:stream>", rb"</stream:stream>"))
    leave_rudely(place, b"<?xml version='1.0'?><stre")
    return seen


def amqp(place):
    seen = []
    for _ in range(5):
        with place.connect() as connection:
            seen.append(ask(connection, b"AMQP\0\0\x09\x01", rb"RabbitMQ"))
    with place.connect() as connection:
        seen.append(ask(connection, b"HTTP/1.0\r\n\r\n", rb"AMQP"))
    leave_rudely(place, b"AM")
    return seen


def relay(place):
    """STUN over TCP: what is my address?"""
    seen = []
    for _ in range(5):
        with place.connect() as connection:
            connection.sendall(struct.pack(">HHI12s", 1, 0, 0x2112A442, b"finleak-test"))
            seen.append(connection.recv(1024)[:2].hex())
    leave_rudely(place, b"\0\1\0\0")
    return seen


def jobs(place):
    seen = []
    for number in range(5):
        with place.connect() as connection:
            ask(connection, "use t%d\r\n" % number, rb"USING")
            seen.append(ask(connection, "list-tube-used\r\n", rb"USING t\d"))
    leave_rudely(place, b"put 0 0 0 10\r\nab")
    return seen


# --- shells and others ------------------------------------------------------------------------

def log_in(place):
    return subprocess.run([place.ssh, "-p", str(place.port), "-i", place.folder / "client_key",
                           "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes",
                           "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
                           "-o", "UserKnownHostsFile=/dev/null", f"{place.user}@127.0.0.1",
                           "echo", "hello"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE, check=False)


def shell(place):
    seen = [log_in(place).stdout for _ in range(3)]
    leave_rudely(place, b"SSH-2.0-a\r\n\0\0", times=6)
    return seen


def shell_refused(place):
    """All of SSH but the log-in: the server wants a key that is in no folder of ours."""
    seen = [log_in(place).returncode for _ in range(3)]
    leave_rudely(place, b"SSH-2.0-a\r\n\0\0", times=6)
    return seen


def torrents(place):
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=PATIENCE)
    seen = []
    for _ in range(4):
        connection.request("POST", "/transmission/rpc", b"{}")
        answer = connection.getresponse()
        seen.append((answer.status, answer.getheader("X-Transmission-Session-Id") is not None))
        answer.read()
    connection.close()
    leave_rudely(place, b"GET /transmission/web/ HTTP/1.1\r\nHo")
    return seen


def printers(place):
    seen = http_pages(place, "/robots.txt")
    leave_rudely(place, b"POST /printers/ HTTP/1.1\r\nHo")
    return seen


def tor_control(place):
    """Tor's control port: no network is needed for that."""
    seen = []
    for number in range(6):
        with place.connect() as connection:
            seen.append(ask(connection, "PROTOCOLINFO\r\n", rb"250 OK"))
            if number % 2:
                seen.append(ask(connection, "QUIT\r\n", rb"250 closing"))
    leave_rudely(place, b"PROTO")
    return seen


def socks(place):
    """SOCKS5 to the origin."""
    seen = []
    for _ in range(4):
        with place.connect() as connection:
            connection.sendall(b"\5\1\0")
            seen.append(connection.recv(2).hex())
            connection.sendall(b"\5\1\0\1\x7f\0\0\1" + struct.pack(">H", place.origin))
            seen.append(connection.recv(2).hex())
    leave_rudely(place, b"\5")
    return seen


def shares(place):
    seen = []
    for _ in range(3):
        printed = base.client([place.smbclient, "-N", "-s", "/dev/null", "-p", place.port, "-c", "ls",
                            "//127.0.0.1/files"])
        seen.append("page" in printed)
    leave_rudely(place, b"\0\0\0\x40")
    return seen
