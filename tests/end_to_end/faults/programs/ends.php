<?php
// SPDX-License-Identifier: MIT
// ends.php HOW: three connections whose ends were read are forgotten, and closed only when the
// program ends: by a shutdown function, by destructors, or by the interpreter's teardown.

class Session
{
    public function __construct(public $connection, private bool $closes)
    {
    }

    public function __destruct()
    {
        if ($this->closes) {
            fclose($this->connection);
        }
    }
}

function read_request($connection): void
{
    if (fread($connection, 1) !== "") {
        exit(1);
    }
}

function forget_some(bool $closes): array
{
    $kept = [];
    $listener = stream_socket_server("tcp://127.0.0.1:0");
    for ($i = 0; $i < 3; $i++) {
        $client = stream_socket_client("tcp://" . stream_socket_get_name($listener, false));
        $connection = stream_socket_accept($listener);
        fclose($client);
        read_request($connection);
        $kept[] = new Session($connection, $closes);
    }
    fclose($listener);
    return $kept;
}

function close_all(): void
{
    foreach ($GLOBALS["kept"] as $session) {
        fclose($session->connection);
    }
}

$kept = forget_some($argv[1] === "destructor");
if ($argv[1] === "shutdown") {
    register_shutdown_function("close_all");
}
usleep(400000);
