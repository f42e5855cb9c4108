# SPDX-License-Identifier: MIT
use strict;
use warnings;
no warnings 'recursion';
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_PROCESS_CPUTIME_ID);

sub connect_deep {
	my ($listener, $address, $depth) = @_;
	return connect_deep($listener, $address, $depth - 1) if $depth > 0;
	socket(my $peer, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
	connect($peer, $address) or die "connect: $!";
	accept(my $connection, $listener) or die "accept: $!";
	close($peer);
	sysread($connection, my $byte, 1);
	close($connection);
	return 1;
}

my ($rounds, $depth) = @ARGV;
exit unless $rounds;
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
bind($listener, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
listen($listener, 5) or die "listen: $!";
my $address = getsockname($listener);
connect_deep($listener, $address, $depth) for 1 .. $rounds;
my $before = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
connect_deep($listener, $address, $depth) for 1 .. $rounds;
printf "%d\n", (clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $before) * 1e9 / $rounds;
