# SPDX-License-Identifier: MIT
# ends.pl HOW: three connections whose ends were read are forgotten, and closed only when the
# program ends: in an END block, when globals are destroyed, or after SIGTERM.
use strict;
use warnings;
use IO::Socket::INET;

our @kept;
my $how = shift;

sub read_request {
    my $connection = shift;
    sysread($connection, my $byte, 1) == 0 or die "no EOF";
}

sub forget_some {
    my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5) or die $!;
    # Perl makes the first of all accepts in another way than those that follow.
    for my $number (0 .. 3) {
        my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1",
                                           PeerPort => $listener->sockport) or die $!;
        my $connection = $listener->accept or die $!;
        close $client;
        next if $number == 0;
        read_request($connection);
        push @kept, $connection;
    }
    close $listener;
}

sub close_all {
    close $_ for @kept;
}

forget_some();
$SIG{TERM} = sub { exit 0 };
select undef, undef, undef, 0.4;
$| = 1;
print "ready $$\n";
if ($how eq "signal") {
    select undef, undef, undef, 1 while 1;
}
END {
    close_all() if $how eq "end" or $how eq "signal";
}
