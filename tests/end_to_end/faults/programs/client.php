<?php
// SPDX-License-Identifier: MIT
// client.php PORT MS: a client reads the answer to its end, forgets the connection, and ends MS
// milliseconds later.

function fetch(int $port)
{
    $connection = stream_socket_client("tcp://127.0.0.1:$port");
    fwrite($connection, "q\n");
    while (!feof($connection)) {
        fread($connection, 4096);
    }
    return $connection;
}

$kept = fetch($argv[1]);
usleep(1000 * $argv[2]);
