<?php
// SPDX-License-Identifier: MIT
function connect($listener, $address, $depth)
{
    if ($depth > 0)
        return connect($listener, $address, $depth - 1);
    $peer = stream_socket_client("tcp://$address");
    $connection = stream_socket_accept($listener);
    fclose($peer);
    fread($connection, 1);
    fclose($connection);
}

function spent()
{
    $usage = getrusage();
    return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1000000000
        + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) * 1000;
}

[, $rounds, $depth] = $argv;
if ($rounds == 0)
    exit;
$listener = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($listener, false);
for ($i = 0; $i < $rounds; $i++)
    connect($listener, $address, $depth);
$before = spent();
for ($i = 0; $i < $rounds; $i++)
    connect($listener, $address, $depth);
echo intdiv(spent() - $before, $rounds), "\n";
