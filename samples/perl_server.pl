#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A server in Perl that keeps each connection in a list and does not close it. With --fixed it does.
# finleak: eof-unclosed.
#
#     perl_server.pl [--fixed] [--self-test N]    N peers of its own, then exit 0
#     perl_server.pl [--fixed] --serve [PORT]     serves real clients until killed
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();

my $fixed = grep { $_ eq '--fixed' } @ARGV;
my @words = grep { $_ ne '--fixed' } @ARGV;
my $serving = @words && $words[0] eq '--serve';
my $number = $words[1] // 0;
my @history;

sub read_request {
    my ($connection) = @_;
    sysread($connection, my $request, 512); # LEAK: eof
    return $request;
}

sub serve_connection {
    my ($connection) = @_;
    while (my $request = read_request($connection)) {
        syswrite($connection, $request);
    }
    push @history, $connection; # for the statistics page
    close($connection) if $fixed;
}

# The peers, in a child that has none of the server's sockets.
sub visit {
    my ($port, $visits) = @_;
    for (1 .. $visits) {
        my $peer = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die "connect: $!";
        syswrite($peer, "hello\n");
        sysread($peer, my $answer, 512);
        close($peer);
    }
    POSIX::_exit(0);
}

my $visits = $number || 4;
pipe(my $address_from, my $address_to) or die "pipe: $!";
visit(scalar(<$address_from>) + 0, $visits) if !$serving && fork() == 0;
my $listener = IO::Socket::INET->new(
    LocalAddr => '127.0.0.1', LocalPort => $serving ? $number : 0, Listen => 16) or die "listen: $!";
my $port = $listener->sockport();
print "listening on 127.0.0.1:$port\n";
syswrite($address_to, "$port\n");
while ($serving || $visits-- > 0) {
    accept(my $connection, $listener) or die "accept: $!"; # LEAK: opened
    serve_connection($connection);
}
# Longer than finleak's --min-held (100 ms); servers end by no return.
$| = 1;
select(undef, undef, undef, 0.4);
POSIX::_exit(0);
