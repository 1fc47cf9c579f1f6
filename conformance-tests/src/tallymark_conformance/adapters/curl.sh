#!/bin/sh
# A device behind TMC/1, in POSIX shell and curl. Each event is one POST of /v1/e with a boot and a
# number (TM-IOT-01), so that it may be sent again at every wake until an answer proves it is stored.
set -u
state=$(mktemp -d) || exit 1
trap 'rm -rf "$state"' EXIT

# The text, or the number, of a field: the first one of that name in a line of compact JSON.
text() { rest=${line#*\""$1"\":\"}; printf '%s' "${rest%%\"*}"; }
number() { rest=${line#*\""$1"\":}; printf '%s' "${rest%%[!0-9]*}"; }
reply() { printf '{"id":%s,%s}\n' "$id" "$1"; }

hello() {
    reply '"ok":{"name":"curl","version":"1.0.0","language":"sh","platform":"device","spec":"1.0.0",
"capabilities":["track"]}' | tr -d '\n'
    echo
}

create() {
    rm -rf "$dir" && mkdir -p "$dir/queue"
    text url > "$dir/url"
    text key > "$dir/key"
    case $line in *'"timeout_ms":'*) number timeout_ms ;; *) printf 10000 ;; esac > "$dir/timeout"
    # A device that forgets its counter takes another name: its numbers begin anew.
    printf 'sh-%s' "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')" > "$dir/device"
    echo 0 > "$dir/count"
    stream > "$dir/stream"
    reply '"ok":{}'
}

# The first eight characters of the stream of boot 0: what a proof must name (TM-ACK-01).
stream() {
    printf 'tm1dev\0%s\0%s\0000' "$(cat "$dir/key")" "$(cat "$dir/device")" | sha256sum | cut -c 1-8
}

# A call only writes its event down, as it will be sent each time (TM-LED-01, TM-HDR-01).
call() {
    [ "$(text method)" = track ] || { reply '"unsupported":true'; return; }
    count=$(($(cat "$dir/count") + 1))
    echo "$count" > "$dir/count"
    args=${line#*\"args\":\{\"name\":}
    event=$(printf '%s' "${args%\}}" | sed 's/,"properties":/,"p":/; s/,"user":/,"u":/; s/,"time":/,"t":/')
    case $event in *',"t":'*) time= ;; *) time=",\"t\":$(date +%s)000" ;; esac
    printf '{"d":"%s","n":%s%s,"e":%s' "$(cat "$dir/device")" "$count" "$time" "$event" \
        > "$dir/queue/$(printf '%09d' "$count")"
    reply '"ok":{}'
}

# Send one event; true when it is over and done with: stored, or refused with a verdict (TM-IOT-03).
send() {
    milliseconds=$(cat "$dir/timeout")
    status=$(curl -s -o "$dir/body" -D "$dir/head" -w '%{http_code}' --noproxy '*' \
        -m "$((milliseconds / 1000)).$(printf '%03d' $((milliseconds % 1000)))" \
        -H "Authorization: Bearer $(cat "$dir/key")" -H 'Content-Type: application/json' \
        -H 'Tallymark-SDK: sh-curl/1.0.0' -H "Tallymark-Sent-At: $(date +%s)000" \
        --data-binary "@$1" "$(cat "$dir/url")/v1/e") || return 1
    case $status in
        200 | 204) grep -qi "^tallymark-ack: 1; s=$(cat "$dir/stream");" "$dir/head" ;;
        422) grep -q '"code":"event_rejected"' "$dir/body" ;;
        *) return 1 ;;
    esac
}

# One wake after the other, until nothing is left or the time is up.
flush() {
    until=$(($(date +%s) + $(number timeout_ms) / 1000))
    while :; do
        left=0
        for file in "$dir"/queue/*; do
            [ -e "$file" ] || continue
            if send "$file"; then rm "$file"; else left=1 && break; fi
        done
        [ $left = 0 ] && { reply '"ok":{"complete":true}'; return; }
        [ "$(date +%s)" -ge "$until" ] && { reply '"ok":{"complete":false}'; return; }
        sleep 0.2 2> /dev/null || sleep 1
    done
}

while IFS= read -r line; do
    id=$(number id)
    dir=$state/$(text client)
    case $(text op) in
        hello) hello ;;
        create) create ;;
        call) call ;;
        flush | close) flush ;;
        *) reply '"unsupported":true' ;;
    esac
done
