#!/usr/bin/env php
<?php
// SPDX-License-Identifier: MIT
/* A client in PHP that keeps the curl handle of each request, and so its connection. With --fixed it
 * lets go of it. finleak: fin-unread.
 *
 *     php_client.php [--fixed] [--self-test N]    N requests to a server of its own, then the end
 */
$fixed = in_array('--fixed', $argv);
$held = in_array('--hold', $argv);
$words = array_values(array_diff(array_slice($argv, 1), ['--fixed', '--hold']));
$history = [];
// finleak run samples on this signal, and passes it on to a program that handles it, as PHP does.
pcntl_signal(SIGUSR1, SIG_IGN);

function check_status($port, $fixed)
{
    global $history;

    $request = curl_init("http://127.0.0.1:$port/status");
    curl_setopt($request, CURLOPT_RETURNTRANSFER, true);
    $answer = curl_exec($request); // LEAK: opened
    $history[] = $fixed ? $answer : $request; // for the statistics page
    return $answer === "ready\n";
}

$visits = (int)($words[1] ?? 4);
$upstream = proc_open(['python3', __DIR__ . '/http_upstream.py', (string)$visits],
                      [['pipe', 'r'], ['pipe', 'w'], STDERR], $pipes);
$port = (int)fgets($pipes[1]);
for ($i = 0; $i < $visits; $i++)
    check_status($port, $fixed);
if ($held)
    stream_get_contents(STDIN);
else
    usleep(400000);
fclose($pipes[0]);
proc_close($upstream);
// Killed, as servers are: at the end of a script PHP closes everything.
posix_kill(getmypid(), SIGKILL);
