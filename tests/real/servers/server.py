# SPDX-License-Identifier: MIT
"""What one row of the tables says: a server of Debian's, how it is set up, its load and its ends."""
import dataclasses
from typing import Callable, Optional


@dataclasses.dataclass(frozen=True)
class Server:
    """A server that must run as bare under finleak, and be reported without a word.

    Text between @ signs is replaced, in FILES and in commands: @folder@ is the server's own folder,
    @port@ a free port (@port2@, @port3@ more of them), @origin@ the port of a web server for
    proxies to ask, @user@ who the test is run by, @NAME@ the path of a program that is needed.

    name        of the test
    programs    what must be installed: NAME, or NAME: glob where it is not on the PATH
    command     starts it, in the foreground
    load        a function of loads.py: talks to it, returns what must be the same bare and recorded
    files       what its folder holds: relative name -> text; a name that ends in / is a folder
    prepare     commands that must succeed before it is started
    stop        its own stop command; "" where it has none but a signal
    stop_signal what its own way to stop is, where that is another signal than SIGTERM
    user        whom it runs as when the test is root's; that user owns the folder. Or it changes
                its user itself: options has --share-recordings then
    switches    it changes its user itself, so its processes share a recordings folder
    needs_root  it can't serve otherwise
    environment more variables
    options     more for `finleak run`
    min_held    what counts as a leak at the end. A busy machine lets a server wait for a CPU longer
                than the default of 100 ms while its clients have gone; what the first clients left
                is held for longer than this in every end but "stop"
    ready       a regular expression that it prints once it can serve; else its port is waited for
    waits       ... these ports
    blind_spots a regular expression for what finleak may say it can't see here, each true
    in_test_sh  cheap enough for ./test.sh: its package is a line "test" of cmake/packages
    opened      at least so many sockets are recorded
    """
    name: str
    programs: tuple
    command: str
    load: Callable
    files: dict = dataclasses.field(default_factory=dict)
    prepare: tuple = ()
    stop: str = ""
    stop_signal: Optional[str] = None
    user: Optional[str] = None
    switches: bool = False
    needs_root: bool = False
    environment: dict = dataclasses.field(default_factory=dict)
    options: tuple = ()
    min_held: str = "1s"
    ready: Optional[str] = None
    waits: tuple = ("port",)
    blind_spots: Optional[str] = None
    in_test_sh: bool = False
    opened: int = 5
