# SPDX-License-Identifier: MIT
"""socat: a listener that forks for each connection, with a cat behind it."""

import signal

from under_finleak import Expected, echoed, find_program, run


def scenario(launcher):
    socat, cat = find_program("socat"), find_program("cat")
    # A child lets its exit close the connection, up to half a second after EOF.
    server = launcher.start([socat, "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", f"EXEC:{cat}"],
                            Expected(opened=8, eof=8, processes=9),
                            options=["--wait", "--min-held=2s"])
    port = int(server.wait_for_match(r"listening on AF=2 127\.0\.0\.1:(\d+)").group(1))
    answers = [echoed(port, f"client {number}\n".encode() * 10) for number in range(8)]
    return {"answers": answers, "status": server.stop(signal.SIGTERM), "stdout": server.out.text}


run(scenario)
