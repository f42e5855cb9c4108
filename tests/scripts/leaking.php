<?php
// SPDX-License-Identifier: MIT
/* As leaking.rb, in PHP:
 *
 *     leaking.php FOLDER [SCENARIO...]
 */
$kept = [];

function say($connection, $trace)
{
    $frames = [];
    foreach ($trace as $i => $step) {
        $caller = $trace[$i + 1] ?? null;
        $name = $caller ? ($caller['class'] ?? '') . (isset($caller['class']) ? '::' : '') . $caller['function']
                        : '<main>';
        // Without a file it was called by a function of PHP's own.
        if (!isset($step['file']) || in_array($name, ['include', 'require', 'eval']))
            $name = in_array($name, ['include', 'require', 'eval']) ? '<main>' : null;
        // A generator that delegates (yield from) is on no stack: PHP adds it to traces.
        if ($name !== null && $name !== 'Server::outer')
            $frames[] = [$step['file'], $name, $step['line']];
    }
    $ends = [stream_socket_get_name($connection, false), stream_socket_get_name($connection, true)];
    fwrite(STDOUT, json_encode(['ends' => $ends, 'frames' => $frames], JSON_UNESCAPED_SLASHES) . "\n");
}

/* Says the caller's stack: on the line where the connection is read next. */
function note($connection)
{
    say($connection, debug_backtrace(DEBUG_BACKTRACE_IGNORE_ARGS));
}

function closed_by_peer()
{
    global $kept;

    $listener = stream_socket_server('tcp://127.0.0.1:0');
    $peer = stream_socket_client('tcp://' . stream_socket_get_name($listener, false));
    $connection = stream_socket_accept($listener);
    fclose($listener);
    fclose($peer);
    return $kept[] = $connection;
}

class Server
{
    private $last;

    public function handle($c)
    {
        return $this->inner($c);
    }

    private function inner($c)
    {
        note($c); return fread($c, 1);
    }

    public static function made($c)
    {
        return (new self)->handle($c);
    }

    public function __call($name, $arguments)
    {
        note($arguments[0]); return fread($arguments[0], 1);
    }

    public function __invoke($c)
    {
        note($c); return fread($c, 1);
    }

    public function parts($c)
    {
        yield 1;
        note($c); yield fread($c, 1);
    }

    public function outer($c)
    {
        yield from $this->parts($c);
    }

    public function closing($c)
    {
        return function () use ($c) { note($c); return fread($c, 1); };
    }

    public function leaveLast($c)
    {
        $this->last = $c;
    }

    public function __destruct()
    {
        if ($this->last) { note($this->last); fread($this->last, 1); }
    }
}

function fails($c)
{
    try {
        throw new RuntimeException('broken');
    } catch (RuntimeException $error) {
        note($c); fread($c, 1);
    } finally {
        $c = closed_by_peer();
        note($c); fread($c, 1);
    }
}

function down($depth, $c)
{
    if ($depth === 0) { note($c); return fread($c, 1); }
    return down($depth - 1, $c);
}

$scenarios = [
    'functions' => function () {
        (new Server)->handle(closed_by_peer());
        Server::made(closed_by_peer());
        (new Server)->anything(closed_by_peer());
        (new Server)(closed_by_peer());
    },
    'closures' => function () {
        $read = fn($c) => [note($c), fread($c, 1)];
        $read(closed_by_peer());
        (new Server)->closing(closed_by_peer())();
        $static = static function ($c) { note($c); fread($c, 1); };
        $static(closed_by_peer());
    },
    'called_by_php' => function () {
        array_map(function ($c) { note($c); fread($c, 1); }, [closed_by_peer()]);
        call_user_func([new Server, 'handle'], closed_by_peer());
        $list = [closed_by_peer(), 1];
        usort($list, function ($a, $b) { $c = is_resource($a) ? $a : $b; note($c); fread($c, 1); return 0; });
        (new ReflectionMethod('Server', 'inner'))->invoke(new Server, closed_by_peer());
    },
    'generators' => function () {
        foreach ((new Server)->parts(closed_by_peer()) as $part);
        foreach ((new Server)->outer(closed_by_peer()) as $part);
        iterator_to_array((new Server)->parts(closed_by_peer()));
    },
    'fibers' => function () {
        $c = closed_by_peer();
        $fiber = new Fiber(function () use ($c) { Fiber::suspend(); note($c); fread($c, 1); Fiber::suspend(); });
        $fiber->start();
        $fiber->resume();
        $c = closed_by_peer();
        note($c); fread($c, 1);
        $fiber->resume();
    },
    'exceptions' => function () { fails(closed_by_peer()); },
    'destructor' => function () {
        $server = new Server;
        $server->leaveLast(closed_by_peer());
        $server = null;
    },
    'evaluated' => function () {
        global $argv;

        $c = closed_by_peer();
        eval("\n\nnote(\$c); fread(\$c, 1);");
        $path = $argv[1] . '/lösung.php';
        file_put_contents($path, "<?php\n\nfunction loaded(\$c)\n{\n    note(\$c); fread(\$c, 1);\n}\n" .
                                 "loaded(closed_by_peer());\n");
        include $path;
    },
    'deep' => function () { down(300, closed_by_peer()); },
    'signals' => function () {
        pcntl_async_signals(true);
        pcntl_signal(SIGUSR1, function () { $c = closed_by_peer(); note($c); fread($c, 1); });
        posix_kill(getmypid(), SIGUSR1);
        for ($i = 0; $i < 10; $i++);
    },
    'forked' => function () {
        $c = closed_by_peer();
        $child = pcntl_fork();
        if ($child === 0) {
            (new Server)->handle($c);
            posix_kill(getmypid(), SIGKILL);
        }
        pcntl_waitpid($child, $status);
    },
    'stress' => function () {
        global $kept;

        for ($i = 0; $i < 300; $i++) {
            $c = closed_by_peer();
            eval(str_repeat("\n", $i % 50) . "fread(\$c, 1);");
            array_pop($kept);
            fclose($c);
            gc_collect_cycles();
        }
    },
];

foreach (array_slice($argv, 2) ?: array_keys($scenarios) as $name)
    $scenarios[$name]();
// The end of a script closes everything.
posix_kill(getmypid(), SIGKILL);
