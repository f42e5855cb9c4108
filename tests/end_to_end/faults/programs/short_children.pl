# SPDX-License-Identifier: MIT
# The peer hangs up, the program runs a child that lives for a moment, and closes. It goes on.
use strict;
use warnings;
use IO::Socket::INET;

$^F = 100;    # what is opened from here on, children inherit
my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die $!;
for (1 .. 3) {
    my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1",
                                       PeerPort => $listener->sockport) or die $!;
    my $connection = $listener->accept or die $!;
    close $client;
    sysread($connection, my $byte, 1) == 0 or die "no EOF";
    select undef, undef, undef, 0.2;
    system("true") == 0 or die $?;
    close $connection;
}
select undef, undef, undef, 0.3;
