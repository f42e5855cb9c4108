#!/usr/bin/env php
<?php
// SPDX-License-Identifier: MIT
/* A server in PHP that keeps each connection in a list and does not close it. With --fixed it does.
 * finleak: eof-unclosed.
 *
 *     php_server.php [--fixed] [--self-test N]    N peers of its own, then exit 0
 *     php_server.php [--fixed] --serve [PORT]     serves real clients until killed
 */
$fixed = in_array('--fixed', $argv);
$words = array_values(array_diff(array_slice($argv, 1), ['--fixed']));
$serving = ($words[0] ?? '') === '--serve';
$number = (int)($words[1] ?? 0);
$history = [];

function read_request($connection)
{
    return fread($connection, 512); // LEAK: eof
}

function serve_connection($connection, $fixed)
{
    global $history;

    while (($request = read_request($connection)) !== '' && $request !== false) // LEAK: caller
        fwrite($connection, $request);
    $history[] = $connection; // for the statistics page
    if ($fixed)
        fclose($connection);
}

function visit($port, $visits)
{
    for (; $visits > 0; $visits--) {
        $peer = stream_socket_client("tcp://127.0.0.1:$port");
        fwrite($peer, "hello\n");
        fread($peer, 512);
        fclose($peer);
    }
}

if ($words && $words[0] === '--peers') {
    visit($number, (int)$words[2]);
    exit(0);
}
$listener = stream_socket_server('tcp://127.0.0.1:' . ($serving ? $number : 0));
$port = (int)explode(':', stream_socket_get_name($listener, false))[1];
echo "listening on 127.0.0.1:$port\n";
$visits = $number ?: 4;
if (!$serving)
    proc_open([PHP_BINARY, __FILE__, '--peers', (string)$port, (string)$visits], [], $pipes);
for (; $serving || $visits > 0; $visits--)
    serve_connection(stream_socket_accept($listener, -1), $fixed); // LEAK: opened
// Longer than finleak's --min-held (100 ms).
usleep(400000);
exit(0);
