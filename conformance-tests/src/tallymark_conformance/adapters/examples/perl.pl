#!/usr/bin/env perl
# A client of TMP/1 and its adapter (TMC/1), with Perl's own library; what is due goes out between two requests.
use strict; use warnings;
use Digest::SHA qw(sha256);
use HTTP::Tiny;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use List::Util qw(max min);
use Time::HiRes qw(alarm clock_gettime sleep time CLOCK_MONOTONIC);
use Time::Piece;
my $json = JSON::PP->new->utf8->canonical->allow_bignum;    # a double keeps its digits
my ($anchor, $start, %clients) = (time(), clock_gettime(CLOCK_MONOTONIC));
my %again = map { $_ => 1 } 402, 404, 405, 407, 408, 410, 415, 421, 425, 429;    # TM-RTY-07
my %short = (name => 'e', user => 'u', device => 'd', groups => 'g', time => 't', properties => 'p');
sub now { return $anchor + clock_gettime(CLOCK_MONOTONIC) - $start }    # TM-CLK-01
sub uuid {    # of 16 bytes
    my ($version, @words) = ($_[0], unpack 'n8', $_[1]);
    @words[3, 4] = ($words[3] & 0xfff | $version << 12, $words[4] & 0x3fff | 0x8000);
    return sprintf '%04x%04x-%04x-%04x-%04x-%04x%04x%04x', @words;
}
sub create {
    my $stream = uuid(7, substr(pack('Q>', now() * 1000), 2) . pack 'n5', map { rand 65_536 } 1 .. 5);
    return {flush_at => 100, flush_ms => 5000, max_events => 500, timeout_ms => 10_000, %{$_[0]}, stream => $stream, hwm => 0, fails => 0,
        next => 0, text => {}, lost => {}, queue => [], http => HTTP::Tiny->new(max_redirect => 0, max_size => 1 << 20)};    # TM-ACK-02
}
sub track {    # number, time and bytes are given once, before anything can fail (TM-LED-01)
    my ($c, $args, $n) = (@_, ++$_[0]{hwm});
    my %event = (t => int(now() * 1000), map { $short{$_} => $args->{$_} } grep { defined $args->{$_} } keys %short);
    $c->{text}{$n} = $json->encode(\%event);
    $c->{due} //= now() + $c->{flush_ms} / 1000;
    attempt($c) if keys %{$c->{text}} >= $c->{flush_at} && now() >= $c->{next};
    return uuid(8, sha256('tm1id' . pack 'H*Q>', $c->{stream} =~ s/-//gr, $n));    # TM-LED-07
}
sub body {    # an envelope; losses ride along until they are acked (TM-LED-03)
    my ($c, $fin, @numbers) = @_;
    my ($first, $place) = ($numbers[0] // $c->{hwm} + 1, 0);
    my @drops = map { {reason => $c->{lost}{$_}, ranges => [[$_ + 0, $_ + 0]]} } keys %{$c->{lost}};
    my @events = map { $_ == $first + $place++ ? $c->{text}{$_} : $c->{text}{$_} =~ s/^\{/{"n":$_,/r } @numbers;
    my %head = (v => 1, stream => $c->{stream}, seq => $first + 0, hwm => $c->{hwm}, t0 => 0, ctx => {lib => 'perl'},
        @drops ? (drops => \@drops) : (), $fin ? (fin => JSON::PP::true) : ());
    return $json->encode(\%head) =~ s/\}$/',"events":[' . join(',', @events) . ']}'/er;
}
sub attempt {    # one request: the first batch of the queue; its bytes stay the same (TM-HDR-01)
    my ($c, $fin, @last) = (@_[0, 1], sort { $a <=> $b } keys %{$_[0]{text}});
    return unless @{$c->{queue}} || @last || %{$c->{lost}} || $fin;
    my @first = splice @last, 0, $c->{max_events};
    my $batch = $c->{queue}[0] //= {numbers => \@first, fin => $fin && !@last};
    my $content = $batch->{body} //= body($c, $batch->{fin}, grep { $c->{text}{$_} } @{$batch->{numbers}});
    my %headers = (Authorization => "Bearer $c->{key}", 'Content-Type' => 'application/json', 'Tallymark-SDK' => 'perl/1.0.0',
        'Tallymark-Sent-At' => int(now() * 1000), 'Tallymark-Attempt' => ++$batch->{attempt});
    gzip(\$batch->{body} => \$content) && ($headers{'Content-Encoding'} = 'gzip') if length $content > 1024 && !$c->{plain};
    local $SIG{ALRM} = sub { die "too slow\n" }; alarm($c->{timeout_ms} / 1000);    # one deadline for the whole request
    my $got = $c->{http}->post($c->{url} =~ s{/+$}{}r . '/v1/batch', {content => $content, headers => \%headers}); alarm(0);
    my ($said, $status) = (eval { $json->decode($got->{content}) }, $got->{status});
    my ($answer, $proof) = (ref $said eq 'HASH' ? $said : {}, $got->{headers}{'tallymark-ack'} // '');
    my $mine = index($proof, '1; s=' . substr($c->{stream}, 0, 8) . ';') == 0 && ($answer->{stream} // '') eq $c->{stream};
    return settle($c, $answer->{ack}) if $status =~ /^2/ && $mine;    # TM-ACK-01
    my $kept = $status =~ /^40[13]/ || ($answer->{code} // '') eq 'unsupported_version';
    return cut($c, $status, shift @{$c->{queue}}) if $status =~ /^4/ && !$again{$status} && !$kept;
    $c->{plain} ||= $status == 415;
    my $wait = rand min($c->{fails} >= 10 ? 300 : 60, 0.5 * 2**min($c->{fails}++, 20));    # TM-RTY-01
    my $asked = $got->{headers}{'retry-after'} // '';    # TM-RTY-05, TM-RTY-08
    $asked = eval { Time::Piece->strptime($asked, '%a, %d %b %Y %T GMT')->epoch - int time() } // 0 if $asked !~ /^\d{1,9}$/;
    $c->{next} = now() + ($kept ? 900 : $asked > 0 ? min($asked, 3600) * (1 + rand 0.2) : $wait);
}
sub settle {    # all the ack names is over, whichever request it came from (TM-LED-05)
    my ($c, $ack) = @_;
    @$c{qw(fails next due fin)} = (0, 0, undef, shift(@{$c->{queue}})->{fin});
    my $over = sub { grep { $_->[0] <= $_[0] && $_[0] <= $_->[1] } [1, $ack->{upto}], @{$ack->{settled}} };
    delete @$_{grep { $over->($_) } keys %$_} for @$c{qw(text lost)};
}
sub cut {    # two smaller batches; a single event is a declared loss
    my ($c, $status, $batch, @last) = (@_, @{$_[2]{numbers}});
    my @first = splice @last, 0, @last / 2;
    return unshift @{$c->{queue}}, {numbers => \@first}, {numbers => \@last, fin => $batch->{fin}} if @first;
    $c->{lost}{$_} = $status == 413 ? 'too_large' : 'send_rejected' for grep { delete $c->{text}{$_} } @last;
}
sub flush {
    my ($c, $ms, $fin) = @_;
    my ($until, $left) = (now() + $ms / 1000, sub { %{$c->{text}} || %{$c->{lost}} || $fin && $c->{hwm} && !$c->{fin} });
    while ($left->() && now() < $until) { now() >= $c->{next} ? attempt($c, $fin) : sleep min($c->{next}, $until) - now() + 0.001 }
    return $left->() ? JSON::PP::false : JSON::PP::true;
}
my %ops = (
    hello => sub { {name => 'perl', version => '1.0.0', language => 'perl', platform => 'server', capabilities => [qw(track batching headers)]} },
    create => sub { $clients{$_[0]{client}} = create($_[0]{config}); {} },
    call => sub { $_[0]{method} eq 'track' ? {id => track($_[1], $_[0]{args})} : undef },
    flush => sub { {complete => flush($_[1], $_[0]{timeout_ms})} },
    close => sub { {complete => $_[1]{closed} //= flush($_[1], $_[0]{timeout_ms}, 1)} });
for (my ($rest) = ('', $| = 1); ;) {
    my @open = grep { $_->{due} && !$_->{closed} } values %clients;
    my $wait = max 0, min(60, map { max($_->{due}, $_->{next}) - now() } @open);
    select(my $in = "\1", undef, undef, $wait) and sysread(STDIN, $rest, 65_536, length $rest) || exit;
    while ($rest =~ s/^(.*)\n//) {
        my $request = $json->decode($1);
        my $ok = eval { ($ops{$request->{op}} // sub { })->($request, $clients{$request->{client} // ''}) };
        print $json->encode({id => $request->{id}, $ok ? (ok => $ok) : $@ ? (error => "$@") : (unsupported => JSON::PP::true)}), "\n";
    }
    now() >= max($_->{due} // 9e9, $_->{next}) and attempt($_) for @open;
}
