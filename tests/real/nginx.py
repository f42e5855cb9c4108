# SPDX-License-Identifier: MIT
"""nginx: a master and two workers (which give up root for www-data), under wrk with kept
connections and with one connection a request. How wrk leaves is up to the moment (FIN or RST), so
clients that only leave bring the ends of stream that must be seen."""

import os
import re
import signal

from under_finleak import Expected, client, connect_and_close, find_program, run

PAGE = "a page of nginx\n" * 64

CONFIGURATION = """
daemon off;
master_process on;
worker_processes 2;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/html; }}
}}
"""


def load(wrk, port, *options):
    """wrk's complaints: [] when each request was answered well."""
    printed = client([wrk, "--threads=2", "--connections=32", "--duration=1s", *options,
                   f"http://127.0.0.1:{port}/page"])
    assert int(re.search(r"(\d+) requests in", printed).group(1)) > 100, printed
    return re.findall(r"Non-2xx.*|Socket errors: connect [1-9].*", printed)


def scenario(launcher):
    nginx, wrk, curl = find_program("nginx"), find_program("wrk"), find_program("curl")
    folder = launcher.folder()
    (folder / "html").mkdir()
    (folder / "html" / "page").write_text(PAGE)

    def command(port):
        user = "user www-data;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            CONFIGURATION.format(folder=folder, port=port, user=user))
        return [nginx, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]

    server, port = launcher.start_on_free_port(
        command, Expected(processes=3, opened=100, eof=10), options=["--share-recordings"])
    for _ in range(10):
        connect_and_close(port)
    server.look(100, lambda: load(wrk, port, "--header=Connection: close"))
    return {
        "page": client([curl, "-sS", f"http://127.0.0.1:{port}/page"]) == PAGE,
        "missing": client([curl, "-sS", "-o", os.devnull, "-w", "%{http_code}",
                           f"http://127.0.0.1:{port}/none"]),
        "kept connections": load(wrk, port),
        "connection a request": load(wrk, port, "--header=Connection: close"),
        "status": server.stop(signal.SIGQUIT),
        "stdout": server.out.text,
    }


run(scenario)
