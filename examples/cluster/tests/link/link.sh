#!/usr/bin/env bash
# Runs the cluster on two nodes, and cuts the link between them for three seconds. Must be started by `unshare -rn`, with the
# program and a directory for the server as arguments. Prints the output of the coordinator and of the workers.
set -euo pipefail
cluster=$1
store=$2
export PATH="$PATH:/usr/sbin:/sbin"
trap 'kill -KILL $(jobs -p) 2>/dev/null || true; wait' EXIT

# The far node has the server and a worker, and this one has the coordinator and another worker.
unshare -n sleep 120 &
node=$!
while [[ $(readlink "/proc/$node/ns/net") == $(readlink /proc/self/ns/net) ]]; do
    sleep 0.01
done
far=(nsenter --target "$node" --net)
ip link add near type veth peer name far
ip link set far netns "$node"
ip address add 10.77.0.1/24 dev near
ip link set near up
"${far[@]}" ip address add 10.77.0.2/24 dev far
"${far[@]}" ip link set far up
"${far[@]}" ip link set lo up

url=nats://10.77.0.2:4222
"${far[@]}" nats-server --addr 10.77.0.2 --port 4222 --jetstream --store_dir "$store" >"$store/log" 2>&1 &
until grep -q "Server is ready" "$store/log"; do
    sleep 0.01
done
"${far[@]}" "$cluster" worker --url "$url" --name 1 >"$store/far" &
"$cluster" worker --url "$url" --name 2 >"$store/near" &
workers=$!
until grep -q "is ready" "$store/far" && grep -q "is ready" "$store/near"; do
    sleep 0.01
done

"$cluster" coordinator --url "$url" --jobs 2000 --replicas 2 --timeout 10s | while read -r line; do
    echo "$line"
    if [[ $line == *" 600 of 2000 "* ]]; then
        "${far[@]}" ip link set far down
        sleep 3
        "${far[@]}" ip link set far up
        echo "the link was cut"
    fi
done
kill -INT "$workers"
wait "$workers"
cat "$store/near"
