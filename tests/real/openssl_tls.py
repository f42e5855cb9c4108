# SPDX-License-Identifier: MIT
"""openssl s_server and s_client, each under finleak: an EOF below TLS."""

from under_finleak import Expected, client, find_program, run


def scenario(launcher):
    openssl = find_program("openssl")
    folder = launcher.folder()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    client([openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate])

    server = launcher.start([openssl, "s_server", "-accept", "127.0.0.1:0", "-naccept", "3",
                             "-rev", "-cert", certificate, "-key", key], Expected(opened=3, eof=1))
    port = server.wait_for_match(r"ACCEPT 127\.0\.0\.1:(\d+)").group(1)
    seen = {"clients": []}
    for line in "one", "two", "three":
        peer = launcher.start([openssl, "s_client", "-quiet", "-no_ign_eof", "-verify_return_error",
                               "-CAfile", certificate, "-connect", f"127.0.0.1:{port}"],
                              Expected(eof=0))
        peer.send_line(line)
        peer.wait_for_match(line[::-1])
        seen["clients"].append((peer.wait(), peer.out.text))
    seen["status"] = server.wait()
    return seen


run(scenario)
