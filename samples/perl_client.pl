#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A client in Perl that makes a user agent with keep_alive for each request, and keeps it. With --fixed
# it drops the idle connection. finleak: fin-unread.
#
#     perl_client.pl [--fixed] [--self-test N]    N requests to a server of its own, then exit 0
use strict;
use warnings;
use FindBin;
use IPC::Open2;
use LWP::UserAgent;
use POSIX ();

my $fixed = grep { $_ eq '--fixed' } @ARGV;
my $held = grep { $_ eq '--hold' } @ARGV;
my @words = grep { $_ ne '--fixed' && $_ ne '--hold' } @ARGV;
my @history;

sub check_status {
    my ($port) = @_;
    my $agent = LWP::UserAgent->new(keep_alive => 1);
    my $answer = $agent->get("http://127.0.0.1:$port/status"); # LEAK: opened
    push @history, $agent; # for the statistics page
    $agent->conn_cache->drop if $fixed;
    return $answer->is_success;
}

my $visits = $words[1] // 4;
my $child = open2(my $address, my $upstream, 'python3', "$FindBin::Bin/http_upstream.py", $visits);
my $port = <$address> + 0;
check_status($port) for 1 .. $visits;
if ($held) {
    my @rest = <STDIN>;
} else {
    select(undef, undef, undef, 0.4);
}
close($upstream);
waitpid($child, 0);
# Servers end by no return.
POSIX::_exit(0);
