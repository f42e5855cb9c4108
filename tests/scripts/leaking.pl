# SPDX-License-Identifier: MIT
# As leaking.rb, in Perl:
#
#     leaking.pl FOLDER [SCENARIO...]
use strict;
use warnings;
use utf8;
use IO::Socket::INET;
use POSIX ();
use threads;

my @kept;

# Says the caller's stack: on the line where the connection is read next.
sub note {
    my ($connection) = @_;
    my ($level, @frames, @at) = (1);
    (undef, @at) = caller(0);
    while (my ($package, $file, $line, $sub) = caller($level++)) {
        next if $sub eq '(eval)';
        push @frames, [$at[0], $sub =~ s/.*:://r, $at[1]];
        @at = ($file, $line);
    }
    push @frames, [$at[0], '<main>', $at[1]];
    my $ends = join ',', map { '"' . $_ . '"' }
        $connection->sockhost . ':' . $connection->sockport,
        $connection->peerhost . ':' . $connection->peerport;
    my $places = join ',', map { qq(["$_->[0]","$_->[1]",$_->[2]]) } @frames;
    syswrite(STDOUT, qq({"ends":[$ends],"frames":[$places]}\n));
}

sub closed_by_peer {
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1) or die "listen: $!";
    my $peer = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport)
        or die "connect: $!";
    my $connection = $listener->accept;
    close($listener);
    close($peer);
    push @kept, $connection;
    return $connection;
}

package Server;

our $AUTOLOAD;
sub new { my ($class, @last) = @_; return bless { last => $last[0] }, $class }
sub handle { my ($self, $c) = @_; return $self->inner($c) }
sub inner {
    my ($self, $c) = @_;
    main::note($c); return sysread($c, my $byte, 1);
}
sub AUTOLOAD {
    my ($self, $c) = @_;
    main::note($c); return sysread($c, my $byte, 1);
}
sub DESTROY {
    my ($self) = @_;
    my $c = $self->{last};
    if ($c) { main::note($c); sysread($c, my $byte, 1); }
}
use overload '+' => sub { my ($self, $c) = @_; main::note($c); sysread($c, my $byte, 1); return 1 };

package main;

sub with_connection { my ($code) = @_; return $code->(closed_by_peer()) }

sub fails {
    my $c = closed_by_peer();
    eval { main::note($c); sysread($c, my $byte, 1); die "broken\n" };
    $c = closed_by_peer();
    if ($@) { note($c); sysread($c, my $byte, 1); }
    local $@;
    eval { eval { die "once\n" }; die "twice\n" };
    $c = closed_by_peer();
    note($c); sysread($c, my $byte, 1);
}

sub down {
    my ($depth, $c) = @_;
    no warnings 'recursion';
    if ($depth == 0) { note($c); return sysread($c, my $byte, 1); }
    return down($depth - 1, $c);
}

my @scenarios = (
    subs => sub {
        Server->new->handle(closed_by_peer());
        Server->new->anything(closed_by_peer());
        my $sum = Server->new + closed_by_peer();
    },
    closures => sub {
        my $read = sub { my ($c) = @_; note($c); sysread($c, my $byte, 1) };
        $read->(closed_by_peer());
        with_connection(sub { my ($c) = @_; note($c); sysread($c, my $byte, 1) });
    },
    called_by_perl => sub {
        my @c = (closed_by_peer(), closed_by_peer());
        my @mapped = map { note($_); sysread($_, my $byte, 1) } @c;
        my $c = closed_by_peer();
        my $first = 1;
        my @sorted = sort { if ($first) { note($c); sysread($c, my $byte, 1); $first = 0 } 0 } 1, 2;
        sub by_reading { my $c = closed_by_peer(); note($c); sysread($c, my $byte, 1); return 0 }
        @sorted = sort by_reading 1, 2;
        my $text = 'x' =~ s/x/my $c = closed_by_peer(); note($c); sysread($c, my $byte, 1); ''/er;
    },
    exceptions => \&fails,
    destructor => sub { my $server = Server->new(closed_by_peer()); undef $server },
    evaluated => sub {
        my $c = closed_by_peer();
        eval "\n\nnote(\$c); sysread(\$c, my \$byte, 1);";
        my $path = "$ARGV[0]/loaded.pl";
        open(my $file, '>', $path) or die "$path: $!";
        print $file "sub loaded {\n    my (\$c) = \@_;\n    note(\$c); sysread(\$c, my \$byte, 1);\n}\n",
                    "loaded(closed_by_peer());\n1;\n";
        close($file);
        require $path;
    },
    deep => sub { down(300, closed_by_peer()) },
    signals => sub {
        local $SIG{USR1} = sub { my $c = closed_by_peer(); note($c); sysread($c, my $byte, 1) };
        kill 'USR1', $$;
        my $wait = 0;
        $wait++ while $wait < 10;
    },
    threads => sub {
        my @workers = map { threads->create(sub { Server->new->handle(closed_by_peer()); sleep 1; }) } 1 .. 4;
        $_->join for @workers;
    },
    forked => sub {
        my $c = closed_by_peer();
        my $child = fork();
        if ($child == 0) {
            Server->new->handle($c);
            POSIX::_exit(0);
        }
        waitpid($child, 0);
    },
    stress => sub {
        for my $round (1 .. 300) {
            my $c = closed_by_peer();
            eval "\n" x ($round % 50) . "sysread(\$c, my \$byte, 1);";
            pop @kept;
            close($c);
        }
    },
);
my %scenarios = @scenarios;
my @names = @scenarios[map { 2 * $_ } 0 .. $#scenarios / 2];
for my $name (@ARGV > 1 ? @ARGV[1 .. $#ARGV] : @names) {
    $scenarios{$name}->();
}
# Servers end by no return.
POSIX::_exit(0);
