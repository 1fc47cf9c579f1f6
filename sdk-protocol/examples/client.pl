#!/usr/bin/env perl
# A client of TMP/1 that needs nothing but Perl: reads one JSON event a line from stdin, sends them,
# and exits 0 once each is stored, rejected with a verdict, or declared as lost.
#   TALLYMARK_URL=http://127.0.0.1:7300 TALLYMARK_KEY=tmk_… perl client.pl < events.ndjson
use strict;
use warnings;
use HTTP::Tiny;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use List::Util qw(min);
use Time::HiRes qw(sleep time);

my ($url, $key) = map { $ENV{$_} || die "$_ is not set\n" } qw(TALLYMARK_URL TALLYMARK_KEY);
my %again = map { $_ => 1 } 402, 404, 405, 407, 408, 410, 415, 421, 425, 429;    # RTY-07
my $until = time() + ($ENV{PATIENCE_S} || 60);
my $http = HTTP::Tiny->new(max_redirect => 0, max_size => 1 << 20, timeout => 10);    # ACK-02, ACK-03
my $json = JSON::PP->new->utf8->canonical;
my $stream = uuid7();
my ($hwm, $failures, $cap, %pending, %lost, %end) = (0, 0, $ENV{BATCH} || 500);

while (my $line = <STDIN>) {
    $hwm++;    # LED-01: the number comes before anything can fail
    my $event = eval { $json->decode($line) };
    if (ref $event ne 'HASH') { $lost{$hwm} = 'unserialisable'; next }
    $event->{t} //= now_ms();
    my $text = $json->encode($event);
    if (length $text > 65_536) { $lost{$hwm} = 'too_large' }
    else { $pending{$hwm} = $text }
}
while ((%pending || %lost) && time() < $until) {
    my @numbers = sort { $a <=> $b } keys %pending;
    deliver(@numbers[0 .. min($cap, scalar @numbers) - 1]);
}
print $json->encode({assigned => $hwm, pending => scalar keys %pending, stream => $stream, %end}), "\n";
exit(%pending || %lost ? 1 : 0);

sub deliver {
    my @numbers = @_;
    my %headers = (Authorization => "Bearer $key", 'Content-Type' => 'application/json');
    my $body = envelope(@numbers);
    if (length $body > 1024) {    # HDR-05
        gzip \(my $plain = $body) => \$body;
        $headers{'Content-Encoding'} = 'gzip';
    }
    for (my $attempt = 1; time() < $until; $attempt++) {    # HDR-01: the same bytes in every attempt
        my %now = ('Tallymark-Sent-At' => now_ms(), 'Tallymark-Attempt' => $attempt);
        my $answer = $http->post("$url/v1/batch", {content => $body, headers => {%headers, %now}});
        my $status = $answer->{status};
        my $said = eval { $json->decode($answer->{content}) } || {};
        return settle($said) if proves($answer, $said);
        die "the key is refused: $answer->{content}\n" if $status == 401 || $status == 403;
        die "another version is spoken here\n" if ($said->{code} // '') eq 'unsupported_version';
        return cut($status, @numbers) if $status =~ /^4/ && !$again{$status};
        pause($answer->{headers}{'retry-after'} // '');
    }
}

sub envelope {
    my ($first, $place, %ranges) = ($_[0] // $hwm + 1, 0);
    push @{$ranges{$lost{$_}}}, [$_ + 0, $_ + 0] for keys %lost;
    my $drops = $json->encode([map { {reason => $_, ranges => $ranges{$_}} } sort keys %ranges]);
    my @events = map { $_ == $first + $place++ ? $pending{$_} : $pending{$_} =~ s/^\{/{"n":$_,/r } @_;
    return qq({"v":1,"stream":"$stream","seq":$first,"hwm":$hwm,"fin":true,"t0":0,)
        . qq("events":[@{[join ',', @events]}],"drops":$drops});
}

sub proves {    # ACK-01: a 2xx alone is no ack
    my ($answer, $said) = @_;
    my $mine = substr $stream, 0, 8;
    my $proof = $answer->{headers}{'tallymark-ack'} // '';
    return $answer->{status} =~ /^2/ && $proof =~ /^1;.*\bs=$mine\b/ && ($said->{stream} // '') eq $stream;
}

sub settle {    # LED-05: all the ack names is over and done with, whichever request it came from
    my ($said) = @_;
    $failures = 0;
    $end{stored} += $said->{stored} + $said->{duplicate};
    $end{$_->{code}}++ for @{$said->{rejected} || []};
    for my $range ([1, $said->{ack}{upto}], @{$said->{ack}{settled}}) {
        for my $n (grep { $range->[0] <= $_ && $_ <= $range->[1] } keys %pending, keys %lost) {
            $end{delete $lost{$n}}++ if exists $lost{$n};
            delete $pending{$n};
        }
    }
}

sub cut {    # RTY-07, bisect and halve: one bad event must not take the others with it
    my ($status, @numbers) = @_;
    if (@numbers > 1) { $cap = int(@numbers / 2); return }
    die "the server refuses the loss report\n" unless @numbers;
    delete $pending{$numbers[0]};
    $lost{$numbers[0]} = $status == 413 ? 'too_large' : 'send_rejected';
    $cap = $ENV{BATCH} || 500;
}

sub pause {    # RTY-01, RTY-05, RTY-08
    my $asked = $_[0] =~ /^(\d{1,9})$/ ? min($1, 3600) * (1 + rand 0.2) : undef;
    my $ceiling = min(++$failures > 10 ? 300 : 60, 0.5 * 2**min($failures - 1, 20));
    sleep(min($asked // rand $ceiling, $until > time() ? $until - time() : 0));
}

sub now_ms { return int(time() * 1000) }

sub uuid7 {
    my $hex = sprintf '%012x', now_ms();
    my @random = map { int rand 65_536 } 1 .. 5;
    return sprintf '%s-%s-7%03x-%04x-%04x%04x%04x', substr($hex, 0, 8), substr($hex, 8),
        $random[0] & 0xfff, $random[1] & 0x3fff | 0x8000, @random[2 .. 4];
}
